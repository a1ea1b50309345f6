"""Sentences of agents, and the training of the model that tells how they deal with callers."""
