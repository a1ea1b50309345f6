"""Builds the table of sounds that ``qa_pipeline.text.pinyin`` ships."""
