"""Brings over the weights of the speech network that ``qa_pipeline.audio.silero`` runs."""
