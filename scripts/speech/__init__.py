"""Synthesised Mandarin speech: the voice (espeak-ng), a pool of named speakers, and a telephone line."""
