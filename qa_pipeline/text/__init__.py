"""Text as heard: normalise with offsets kept, segment with jieba."""
