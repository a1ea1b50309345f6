"""The sentences that ``qa_pipeline.text.sentiment`` is trained on, and the training."""
