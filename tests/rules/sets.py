"""Rule sets for tests, written as a QA lead would write them, and judged on dialogues."""

import textwrap
from pathlib import Path

from qa_pipeline.features import CallFeatures
from qa_pipeline.records import RuleOutcome
from qa_pipeline.rules import Judgement, RuleSet, judge, load
from tests.rules.calls import call

HEAD = 'ruleset: test-set\ntitle: 测试\nversion: "1.0"\n'


def written(folder: Path, text: str, name: str = "test-set") -> Path:
    """A rule-set file with this text; the head is added where it has none."""
    text = textwrap.dedent(text).lstrip("\n")
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if text.startswith("ruleset:") else HEAD + text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str) -> RuleSet:
    """The rule set of this text."""
    return load(str(written(folder, text)))


def one_rule(folder: Path, text: str) -> RuleSet:
    """A set with one rule, ``r``: give its keys from ``require`` / ``forbid`` / ``reward`` on."""
    body = textwrap.indent(textwrap.dedent(text), "    ")
    return loaded(folder, f"rules:\n  - id: r\n    title: 规则\n    indicator: 分项/指标\n{body}")


def judged(ruleset: RuleSet, *lines: str | CallFeatures, **more) -> Judgement:
    """The judgement of a dialogue (lines), or of a call that is given."""
    features = lines[0] if lines and isinstance(lines[0], CallFeatures) else call(*lines, **more)
    return judge(features, ruleset)


def outcome(ruleset: RuleSet, *lines: str | CallFeatures, rule: str = "r", **more) -> RuleOutcome:
    """What one rule says of a dialogue."""
    return next(o for o in judged(ruleset, *lines, **more).outcomes if o.rule_id == rule)
