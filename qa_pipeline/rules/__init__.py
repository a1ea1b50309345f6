"""Rule sets: load, check, evaluate, score."""

from qa_pipeline.rules.files import shipped_names
from qa_pipeline.rules.judge import Judgement, judge
from qa_pipeline.rules.loader import Rule, RuleBook, RuleSet, load, load_in_force

__all__ = ["Judgement", "Rule", "RuleBook", "RuleSet", "judge", "load", "load_in_force", "shipped_names"]
