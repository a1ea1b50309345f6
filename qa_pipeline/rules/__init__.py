"""Rule sets: load, check, evaluate, score."""

from qa_pipeline.rules.judge import Judgement, judge
from qa_pipeline.rules.loader import Rule, RuleSet, load, shipped_names

__all__ = ["Judgement", "Rule", "RuleSet", "judge", "load", "shipped_names"]
