"""What a new version of a rule set changes, in its rules and in real calls.

``changes_between`` tells what is written differently, ``Comparison`` what that makes of one call, ``Tally`` of many,
``crossed_gates`` whether it is more than somebody allows. All of it is pure; ``engines.diff`` feeds it with calls.
"""

from qa_pipeline.rules.diff.calls import CallDelta, Comparison, RuleDelta, Standing, Subject
from qa_pipeline.rules.diff.changes import Changes, Kind, RuleChange, Side, Spot, changes_between, read_side, same_rules
from qa_pipeline.rules.diff.gates import Gates, Limit, crossed_gates
from qa_pipeline.rules.diff.result import CorpusNote, Diff
from qa_pipeline.rules.diff.tally import Tally

__all__ = [
    "CallDelta",
    "Changes",
    "Comparison",
    "CorpusNote",
    "Diff",
    "Gates",
    "Kind",
    "Limit",
    "RuleChange",
    "RuleDelta",
    "Side",
    "Spot",
    "Standing",
    "Subject",
    "Tally",
    "changes_between",
    "crossed_gates",
    "read_side",
    "same_rules",
]
