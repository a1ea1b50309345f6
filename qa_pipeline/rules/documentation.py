"""A page for each rule set, written from the YAML itself: what each rule catches, why, what it costs, with examples.

The pages are for people who read no YAML. They hold nothing that the files do not say, so they are never edited by
hand; ``stale_pages`` tells which of them no longer say what the files do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from qa_pipeline.errors import Fault, RuleSetError
from qa_pipeline.records import Severity, Utterance
from qa_pipeline.rules.cases import Case, Expected, cases_beside, load_cases
from qa_pipeline.rules.description import Description, RuleEntry, describe, set_name
from qa_pipeline.rules.dialogue import NAMES, RATE
from qa_pipeline.rules.schema import Guard, ScoreSpec
from qa_pipeline.rules.wording import Words, plain
from qa_pipeline.text.normalise import count_spoken

MARK = "<!-- 由 `qa-pipeline rules docs` 从规则集生成，不要手改。 Generated from the rule set; do not edit. -->"
INDEX = "README.md"
EXAMPLES = 4
"""How many examples of a kind a page shows; the case files hold the rest."""

KINDS = {"require": "必须做到 required", "forbid": "不能出现 forbidden", "reward": "做到加分 rewarded"}
SEVERITIES = {
    Severity.INFO: "提示 info",
    Severity.MINOR: "一般 minor",
    Severity.MAJOR: "严重 major",
    Severity.CRITICAL: "致命 critical",
}
_GUARDS = {
    Guard.QUOTED: "引用 quoted",
    Guard.NEGATED: "否定 negated",
    Guard.ECHO: "复述客户的话 echo",
    Guard.POLITE_TURN: "转折后给了办法 polite turn",
}
_METHODS = {"deduct": "从基础分里扣 deducted from the base", "earn": "按得分折算 scaled to what was earned"}
_PARAMETER_COLUMNS = ("名称 Name", "值 Value", "说明 About", "出处 Source", "预设 Presets")
_RULE_COLUMNS = ("指标 Indicator", "规则 Rule", "名称 Title", "分 Points", "写在 Written in")
_INDEX_COLUMNS = ("规则集 Rule set", "名称 Title", "版本 Version", "规则 Rules", "出处 Source")
_EXAMPLES = {
    Expected.FIRES: "要报 fires",
    Expected.SILENT: "不报 silent",
    Expected.NOT_APPLICABLE: "不适用 not applicable",
    Expected.CANNOT_TELL: "无法判断 cannot tell",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its path under the folder of the pages, and its text."""

    path: str
    text: str


def pages(rulesets: Sequence[Path], index: bool = True) -> tuple[Page, ...]:
    """The page of each set, and an ``index`` of them. Raises ``RuleSetError`` with the faults of all of them."""
    descriptions: list[Description] = []
    faults: list[Fault] = []
    for path in rulesets:
        try:
            descriptions.append(describe(path))
        except RuleSetError as error:
            faults.extend(fault for fault in error.faults if fault not in faults)
    if faults:
        raise RuleSetError(faults)
    written = tuple(Page(f"{d.name}.md", page(d)) for d in descriptions)
    return (Page(INDEX, _index(descriptions)), *written) if index else written


def write_pages(written: Sequence[Page], folder: Path) -> tuple[str, ...]:
    """Write the pages that are new or changed under ``folder``; their names. Raises ``OSError``."""
    stale = [page for page in written if _read(folder / page.path) != page.text]
    for each in stale:
        path = folder / each.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(each.text, encoding="utf-8", newline="\n")
    return tuple(each.path for each in stale)


def stale_pages(written: Sequence[Page], folder: Path, whole: bool = True) -> tuple[str, ...]:
    """The pages under ``folder`` that are missing or say something else.

    Where ``written`` is the ``whole`` of what should be there, pages whose rule set is gone are stale too.
    """
    stale = [page.path for page in written if _read(folder / page.path) != page.text]
    known = {page.path for page in written}
    ours = sorted(path for path in folder.rglob("*.md") if (_read(path) or "").startswith(MARK)) if whole else []
    return (*stale, *(name for path in ours if (name := path.relative_to(folder).as_posix()) not in known))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def page(description: Description) -> str:
    """The page of one set, as Markdown."""
    cases = _cases(description)
    words = Words(description.names)
    parts = [
        *_head(description),
        *_scoring(description),
        *_parameters(description),
        *_contents(description),
        *(line for entry in description.own for line in _rule(entry, words, cases.get(entry.spec.id, ()))),
        *_changes(description),
        *_lexicons(description),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _cases(description: Description) -> Mapping[str, tuple[Case, ...]]:
    path = cases_beside(description.path)
    by_rule: dict[str, tuple[Case, ...]] = {}
    for case in load_cases(path) if path.is_file() else ():
        by_rule[case.rule_id] = (*by_rule.get(case.rule_id, ()), case)
    return by_rule


def _head(description: Description) -> Iterator[str]:
    head = description.head
    yield from (MARK, f"# {plain(head.title or head.ruleset)}", "")
    yield f"`{head.ruleset}` {plain(head.version)}"
    if head.source:
        yield f"\n出处 Source：{plain(head.source)}"
    if head.include:
        links = (_link(file.path, file.head.title or file.head.ruleset, description) for file in description.files[:-1])
        yield f"\n包含 Includes：{'、'.join(links)}"
    since, until = head.effective.from_day, head.effective.until
    if since or until:
        yield f"\n生效 In force：{since or ''} – {until or ''}"
    yield ""


def _link(path: Path, title: str, description: Description) -> str:
    up = "../" * description.name.count("/")
    return f"[{plain(title)}]({up}{set_name(path)}.md)"


def _scoring(description: Description) -> Iterator[str]:
    scoring = description.head.scoring
    if scoring is None:
        return
    yield from ("## 计分 Scoring", "", f"- 基础分 Base：{scoring.base}，{_METHODS[scoring.method]}")
    if scoring.bonus_max is not None:
        yield f"- 加分最多 Bonus at most：{scoring.bonus_max}"
    if scoring.sections:
        sections = "、".join(f"{plain(name)} {section.weight}" for name, section in scoring.sections.items())
        yield f"- 分项 Sections：{sections}"
    yield f"- 一票否决后最高 After a veto at most：{scoring.veto_cap}"
    yield f"- 至少能判断 Needs to be told：{scoring.min_told:.0%}"
    if scoring.grades:
        bands = "、".join(f"{plain(band.grade)} ≥ {band.from_score}" for band in scoring.grades)
        yield f"- 等级 Grades：{bands}"
    if scoring.line_grades:
        key = set(scoring.line_grades.key)
        named = "、".join(plain(name) + ("★" if name in key else "") for name in scoring.line_grades.indicators)
        yield f"- 线路等级的指标（★ 重点）Indicators of the line grade (★ key)：{named}"
    yield ""


def _parameters(description: Description) -> Iterator[str]:
    own = [entry for entry in description.parameters if entry.name in description.head.parameters]
    if not own:
        return
    yield from ("## 参数 Parameters", "", *_columns(_PARAMETER_COLUMNS))
    for entry in own:
        file = entry.file
        presets = "；".join(f"`{name}` {preset.value}（{preset.source}）" for name, preset in file.presets.items())
        yield _row(f"`{entry.name}`", str(file.value), file.about, file.source, presets)
    yield ""


def _contents(description: Description) -> Iterator[str]:
    """All rules in force on one table, by section, those of included sets with a link to their page."""
    if not description.rules:
        return
    titles = {file.head.ruleset: (file.path, file.head.title or file.head.ruleset) for file in description.files}
    yield from ("## 规则 Rules", "", *_columns(_RULE_COLUMNS))
    for entry in (entry for entry in description.rules if not entry.disabled):
        spec = entry.spec
        path, title = titles[entry.place.set_id]
        home = "本页 here" if entry.place.set_id == description.head.ruleset else _link(path, title, description)
        yield _row(spec.indicator, f"`{spec.id}`", spec.title, points(spec.score), home)
    yield ""


def _rule(entry: RuleEntry, words: Words, cases: Sequence[Case]) -> Iterator[str]:
    spec = entry.spec
    facts = [KINDS[spec.kind], points(spec.score), SEVERITIES[spec.severity], plain(spec.indicator)]
    yield from (f"### {plain(spec.title)} `{spec.id}`", "", " · ".join(facts), "")
    if spec.source:
        yield from (f"出处 Source：{plain(spec.source)}", "")
    yield from _block("什么时候适用 When", words.condition(spec.when) if spec.when else ())
    where = f"（{words.scope(spec.within)}）" if spec.within else ""
    catches = "要听到 What must be there" if spec.kind == "require" else "抓什么 What it catches"
    yield from _block(catches + where, (*words.condition(entry.condition), *words.anchor(spec.within, 0)))
    yield from _block("不算的情形 Excuses", (line for excuse in entry.excuses for line in _excuse(excuse, words)))
    if spec.guards is not None:
        guards = "、".join(_GUARDS[guard] for guard in Guard if guard in spec.guards_in_force)
        yield from (f"说了不算 Not meant：{guards or '不看 not looked at'}", "")
    if spec.why_silent:
        yield from (f"没有命中时无法判断 No hit proves nothing：{plain(spec.why_silent)}", "")
    if spec.advice:
        yield from (f"建议 Advice：{plain(spec.advice)}", "")
    if spec.suggest:
        yield from (f"可以这样说 Say instead：{plain(spec.suggest)}", "")
    yield from _examples(cases)


def _block(title: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield from (f"**{title}**", "", *listed, "")


def _excuse(raw: object, words: Words) -> Iterator[str]:
    if not isinstance(raw, dict):
        return
    near = [f"{name} {raw[key]} 秒" for key, name in _NEAR.items() if key in raw]
    around = f"（{'、'.join(near)}）" if near else ""
    yield f"- `{raw.get('id', '')}` {plain(str(raw.get('why', '')))}{around}："
    condition = {key: value for key, value in raw.items() if key not in ("id", "why", *_NEAR)}
    yield from words.condition(condition, 1)


_NEAR = {"near_s": "前后", "before_s": "之前", "after_s": "之后"}


def points(score: ScoreSpec) -> str:
    """What a rule takes or gives, in words."""
    veto = ["一票否决 veto"] if score.veto else []
    amount, verb = (score.deduct, "扣") if score.deduct is not None else (score.add, "加")
    if amount is None:
        return "、".join(veto) or "不计分 unscored"
    each = f"每处{verb} {amount}，最多 {score.max}" if score.per == "hit" else f"{verb} {amount}"
    return "、".join([each, *veto])


def _examples(cases: Sequence[Case]) -> Iterator[str]:
    held = [case for case in cases if not case.how.todo]
    lines: list[str] = []
    for expected in Expected:
        chosen = [case for case in held if case.expected is expected]
        lines.extend(_example(case, _EXAMPLES[expected]) for case in chosen[:EXAMPLES])
    yield from _block("例子 Examples", lines)
    gaps = (case for case in cases if case.how.todo)
    told = [f"{_example(case, '应该' + _EXAMPLES[case.expected])}：{plain(case.how.todo)}" for case in gaps]
    yield from _block("已知缺口 Known gaps", told)


def _example(case: Case, label: str) -> str:
    known = [f"{key}: {value}" for key, value in case.how.metadata.items()] + ["单声道 mono"] * case.how.mono
    notes = "，".join(plain(note) for note in (case.how.why, *known) if note)
    said = " / ".join(_lines(case.transcript.utterances))
    return f"- {label}：{said}" + (f"（{notes}）" if notes else "")


def _lines(utterances: Sequence[Utterance]) -> Iterator[str]:
    """Each line with who says it, and how where that is out of the ordinary."""
    before: Utterance | None = None
    for utterance in utterances:
        how = []
        if before is not None and utterance.start - before.end >= 2:
            how.append(f"静音 {utterance.start - before.end:.0f} 秒后")
        if before is not None and before.end - utterance.start >= 0.5:
            how.append("对方没说完")
        rate = count_spoken(utterance.text) / max(0.1, utterance.end - utterance.start)
        if rate >= RATE + 1:
            how.append(f"每秒 {rate:.0f} 字")
        yield NAMES[utterance.role] + (f"（{'，'.join(how)}）" if how else "") + f"：{plain(utterance.text)}"
        before = utterance


def _changes(description: Description) -> Iterator[str]:
    """What the set's own file changes in the rules of included sets."""
    own = description.head.ruleset
    lines = []
    for entry in description.rules:
        ours = [change for change in entry.changes if change.place.set_id == own]
        for why, changes in groupby(ours, key=lambda change: change.why):
            what = "、".join(_CHANGES.get(change.what, f"改写 replaces `{change.what}`") for change in changes)
            lines.append(f"- `{entry.spec.id}` {plain(entry.spec.title)}：{what}。{plain(why)}")
    yield from _block("对包含规则的改动 Changes to included rules", lines)


_CHANGES = {"extend": "补充 extends", "disable": "停用 disables"}


def _lexicons(description: Description) -> Iterator[str]:
    own = [entry for entry in description.lexicons if entry.name in description.head.lexicons]
    if own:
        yield from ("## 词表 Lexicons", "")
    for entry in own:
        yield from (f"**`{entry.name}`**（{len(entry.phrases)}）：{'、'.join(map(plain, entry.phrases))}", "")


def _index(descriptions: Sequence[Description]) -> str:
    lines = [MARK, "# 规则集 Rule sets", "", *_columns(_INDEX_COLUMNS)]
    for description in descriptions:
        head, own, many = description.head, len(description.own), len(description.ruleset.rules)
        rules = f"{many}（自己的 own {own}）" if 0 < own < many else str(many)
        link = f"[`{description.name}`]({description.name}.md)"
        lines.append(_row(link, head.title, head.version, rules, head.source))
    return "\n".join([*lines, "", *_LEGEND]) + "\n"


_LEGEND = (
    "怎么读 How to read a page：",
    "",
    "- 必须做到：没有做到就是未过。不能出现：每出现一处是一处命中。做到加分：没有做到不扣分。",
    "- 不能出现的话，引用、否定、复述客户、说完给了办法的都不算，除非那条规则另有说明。",
    "- 词表里的短语列在词表所在的页上。匹配时不看标点、空格、全角和繁简。",
)


def _columns(names: Sequence[str]) -> tuple[str, str]:
    return _row(*names), "|" + "---|" * len(names)


def _row(*cells: str) -> str:
    return "| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell.replace("\n", " ")) for cell in cells) + " |"
