"""How a rule set measures up against labelled calls, in a terminal and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa_pipeline.rules.agreement import Counts
from qa_pipeline.rules.dialogue import NAMES
from qa_pipeline.rules.evaluation import Evaluation, LabelResult, Target, Verdict, touches
from qa_pipeline.rules.labels import Kind

_COLUMNS = ("规则 Rule", "有 n", "准确 P", "召回 R", "F1", "κ", "误报 FA", "漏 Miss")
_MORE = ("? 有/无", "n/a 有/无", "误报 null", "处 Places")
_LEGEND = """? 和 n/a：标注为有/无的通话里判不了、不适用的 where nothing can be told, or applies, by the label.
误报 null：标注为不适用却判未过 fails where the label is null.  处：标注的话命中几句 labelled utterances hit."""
_WIDTH = 130


def show_evaluation(evaluation: Evaluation, misses: bool, rule: str | None = None) -> None:
    """Print the table, the targets, grades and scores.

    With ``misses``, every miss and false alarm before them; of one rule only where ``rule`` names it.
    """
    console = Console(markup=False, highlight=False, emoji=False)
    console.width = max(console.width, _WIDTH)  # figures that are cut off are no figures
    for line in _wrong(evaluation, rule) if misses or rule else ():
        console.print(line, soft_wrap=True)
    console.print(_table(evaluation))
    console.print(Text(_LEGEND, style="dim"), soft_wrap=True)
    console.print("等级 Grades（行：人 row: labelled；列：规则集 column: given）", soft_wrap=True)
    console.print(_confusion(evaluation))
    for line in _figures(evaluation):
        console.print(line, soft_wrap=True)


def as_json(evaluation: Evaluation, misses: bool) -> dict[str, Any]:
    """The evaluation as plain data; with ``misses``, every miss and false alarm too."""
    identity = evaluation.ruleset
    plain: dict[str, Any] = {
        "ruleset": {"id": identity.id, "version": identity.version, "sha256": identity.sha256},
        "calls": len(evaluation.graded),
        "macro_f1": evaluation.macro_f1,
        "macro_f1_by_fail": evaluation.macro_f1_by_fail,
        "targets": [_target_json(target) for target in evaluation.targets],
        "labels": [_result_json(result) for result in evaluation.results],
        "grades": {
            "kappa": evaluation.grade_kappa,
            "confusion": [
                {"labelled": labelled, "given": given, "calls": count}
                for (labelled, given), count in sorted(evaluation.confusion.items())
            ],
        },
        "scores": {
            "mean_absolute_error": evaluation.score_error,
            "rank_correlation": evaluation.score_rank_correlation,
        },
    }
    if misses:
        plain["wrong"] = [_wrong_json(verdict) for result in evaluation.results for verdict in result.wrong]
    return plain


def _target_json(target: Target) -> dict[str, Any]:
    return {"name": target.name, "value": target.value, "at_least": target.at_least, "reached": target.reached}


def _result_json(result: LabelResult) -> dict[str, Any]:
    counts, (hit, places) = result.counts, result.places
    return {
        "label": result.label.key,
        "kind": result.label.kind.value,
        "rules": list(result.rules),
        "support": counts.support,
        "hits": counts.hits,
        "misses": counts.misses,
        "false_alarms": counts.false_alarms,
        "rejections": counts.rejections,
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
        "f1_by_fail": result.by_fail.f1,
        "kappa": counts.kappa,
        "cannot_tell": {"true": result.cannot_tell(True), "false": result.cannot_tell(False)},
        "not_applicable": {"true": result.not_applicable(True), "false": result.not_applicable(False)},
        "false_on_null": result.false_on_null,
        "places_hit": hit,
        "places": places,
    }


def _wrong_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "call": verdict.call.transcript.recording_id,
        "label": verdict.label.key,
        "truth": verdict.truth,
        "rules": [{"rule_id": o.rule_id, "outcome": o.outcome.value, "reason": o.reason} for o in verdict.outcomes],
        "shown_at": verdict.call.shown_at(verdict.label.key),
        "near_miss": verdict.call.file.near_miss.get(verdict.label.key, []),
        "hard": verdict.call.file.hard_positive.get(verdict.label.key, []),
        "findings": [
            {"rule_id": f.rule_id, "start": f.evidence.start, "matched": f.evidence.matched, "quote": f.evidence.quote}
            for f in verdict.findings
        ],
    }


def _table(evaluation: Evaluation) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in (*_COLUMNS, *_MORE):
        table.add_column(name, justify="left" if name.startswith("规则") else "right", no_wrap=True)
    for result in evaluation.results:
        counts, (hit, places) = result.counts, result.places
        name = result.label.rule + ("-*" if result.label.family else "")
        table.add_row(
            Text(name, style="" if result.rules else "dim red"),
            str(counts.support),
            *(_percent(value) for value in (counts.precision, counts.recall)),
            Text(_percent(counts.f1), style="red" if (counts.f1 or 0) < 0.85 else "green"),
            _two(counts.kappa),
            str(counts.false_alarms),
            str(counts.misses),
            *(_pair(count(True), count(False)) for count in (result.cannot_tell, result.not_applicable)),
            str(result.false_on_null or ""),
            f"{hit}/{places}" if places else "",
        )
    return table


def _confusion(evaluation: Evaluation) -> Table:
    confusion = evaluation.confusion
    grades = list(dict.fromkeys([*evaluation.grades, *(grade for pair in sorted(confusion) for grade in pair)]))
    given = [name for name in grades if any(grade == name for _, grade in confusion)]
    table = Table(box=None, pad_edge=False)
    for name in ("", *given):
        table.add_column(name, justify="right")
    for labelled in (name for name in grades if any(grade == name for grade, _ in confusion)):
        table.add_row(labelled, *(str(confusion.get((labelled, grade), 0)) for grade in given))
    return table


def _figures(evaluation: Evaluation) -> Iterator[Text]:
    lacking = [result.label.rule for result in evaluation.results if not result.rules]
    if lacking:
        yield Text(f"没有规则 no rule ({len(lacking)}): {', '.join(lacking)}", style="red")
    yield Text(f"通话 calls {len(evaluation.graded)}  {evaluation.ruleset.id} {evaluation.ruleset.version}")
    error, rho = evaluation.score_error, evaluation.score_rank_correlation
    yield Text(f"分数误差 score error {_two(error)}  秩相关 rank correlation {_two(rho)}")
    yield Text(f"以“未过”为正的宏平均 macro F1 by rules that fail: {_two(evaluation.macro_f1_by_fail)}")
    for name, prefix in (("服务禁语 banned phrases", "banned_phrase"), ("红线 red lines", "redline_")):
        counts = evaluation.pooled(prefix)
        found = counts.hits + counts.false_alarms
        yield Text(f"{name}: 报 {found} 对 {counts.hits} right，漏 missed {counts.misses}")
    for target in evaluation.targets:
        mark, style = ("✓", "green") if target.reached else ("✗", "red")
        yield Text(f"{mark} {target.name} {_two(target.value)}（目标 target ≥ {target.at_least}）", style=style)


def _wrong(evaluation: Evaluation, rule: str | None) -> Iterator[Text]:
    for result in evaluation.results:
        if rule not in (None, result.label.rule, result.label.key, *result.rules):
            continue
        counts: Counts = result.counts
        if result.wrong:
            line = Text.assemble((result.label.rule, "bold"))
            yield line.append(f"  漏 missed {counts.misses}  误报 false alarms {counts.false_alarms}")
        for verdict in result.wrong:
            yield from _one(verdict)


def _one(verdict: Verdict) -> Iterator[Text]:
    call, key = verdict.call, verdict.label.key
    what, style = ("漏 missed", "yellow") if verdict.truth else ("误报 false alarm", "red")
    if verdict.truth is None:
        what = "误报（不适用）false alarm where it does not apply"
    yield Text.assemble(("  " + what, style), f" {call.transcript.recording_id}  {_outcomes(verdict)}")
    for index in call.shown_at(key) if verdict.truth else call.file.near_miss.get(key, ()):
        utterance = call.utterance(index)
        if utterance is not None:
            hard = " (hard)" if index in call.file.hard_positive.get(key, ()) else ""
            mark = "标 labelled" if verdict.truth else "易误 near miss"
            yield Text(f"      {mark} [{index}]{hard} {NAMES[utterance.role]}: {utterance.text}")
    if verdict.label.kind is Kind.GOOD and verdict.truth:
        return
    for finding in verdict.findings:
        evidence = finding.evidence
        at = [i for i, u in enumerate(call.transcript.utterances) if touches(evidence, u)][:1]
        said = f"【{evidence.matched}】 {evidence.quote}" if evidence.matched else evidence.note
        yield Text(f"      报 hit {at} {finding.rule_id}: {said}")


def _outcomes(verdict: Verdict) -> str:
    if not verdict.outcomes:
        return "没有规则 no rule"
    telling = [o for o in verdict.outcomes if o.outcome.value != "pass"] or verdict.outcomes[:1]
    return "；".join(f"{o.outcome.value}: {o.reason}" for o in telling)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _pair(when_true: int, when_false: int) -> str:
    return f"{when_true}/{when_false}" if when_true or when_false else ""


def as_markdown(evaluation: Evaluation) -> str:
    """The targets and the table as Markdown, to stand in documentation."""
    identity = evaluation.ruleset
    error, rho = evaluation.score_error, evaluation.score_rank_correlation
    lines = [
        f"`{identity.id}` {identity.version}，{len(evaluation.graded)} 通标注的通话 labelled calls。",
        "",
        *_markdown_row("指标 Figure", "实测 Measured", "目标 Target", "达到 Reached"),
        *(_target_row(target) for target in evaluation.targets),
        f"| 分数误差 score error | {_two(error)} | | |",
        f"| 分数秩相关 score rank correlation | {_two(rho)} | | |",
        "",
        *_markdown_row("规则 Rule", "有 n", "准确率 P", "召回率 R", "F1", "κ", "误报 False alarms", "漏报 Misses"),
        *(_result_row(result) for result in evaluation.results),
    ]
    return "\n".join(lines)


def _markdown_row(*names: str) -> tuple[str, str]:
    return "| " + " | ".join(names) + " |", "|---" + "|--:" * (len(names) - 1) + "|"


def _target_row(target: Target) -> str:
    return f"| {target.name} | {_two(target.value)} | ≥ {target.at_least} | {'✓' if target.reached else '✗'} |"


def _result_row(result: LabelResult) -> str:
    counts = result.counts
    lacking = "" if result.rules else "（没有规则 no rule）"
    name = f"`{result.label.rule}{'-*' if result.label.family else ''}`{lacking}"
    shares = (_percent(counts.precision), _percent(counts.recall), _percent(counts.f1), _two(counts.kappa))
    cells = (name, str(counts.support), *shares, str(counts.false_alarms), str(counts.misses))
    return "| " + " | ".join(cells) + " |"
