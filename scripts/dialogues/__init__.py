"""The labelled calls under tests/dialogues: from hand-written scripts to stored transcripts with labels."""
