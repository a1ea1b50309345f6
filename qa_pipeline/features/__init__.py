"""What rules look at, computed once per call and only when asked for: turns, overlap, dead air, talk rate, roles."""

from qa_pipeline.features.call import CallFeatures, call_features
from qa_pipeline.features.passages import Passage

__all__ = ["CallFeatures", "Passage", "call_features"]
