"""Sentences of agents, and the training of the model that tells their attitude."""
