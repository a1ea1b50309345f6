"""How one call's explanation looks in a terminal: the conversation with hits marked, outcomes, arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa_pipeline.cli._visible import visible
from qa_pipeline.outputs.explain import Explanation, Row

_WHO = {"agent": ("客服", "cyan"), "customer": ("客户", "green"), "unknown": ("未知", "dim")}
_OUTCOMES = {
    "pass": ("✓ 通过 pass", "green"),
    "fail": ("✗ 未过 fail", "red"),
    "not_applicable": ("· 不适用 n/a", "dim"),
    "cannot_tell": ("? 无法判断 cannot tell", "yellow"),
}


def show_explanation(explanation: Explanation) -> None:
    """Print the explanation on stdout."""
    console = Console(markup=False, highlight=False, emoji=False)
    explanation = _plain(explanation)
    for line in _head(explanation.call):
        console.print(line, soft_wrap=True)
    for line in _conversation(explanation):
        console.print(line, soft_wrap=True)
    if explanation.outcomes:
        console.print(_outcomes(explanation.outcomes))
    for step in (explanation.call["score_steps"] or "").splitlines():
        console.print(Text("  " + step, style="bold" if step.startswith("=") else ""), soft_wrap=True)


def _plain(explanation: Explanation) -> Explanation:
    """The same in characters that a terminal only shows."""
    return Explanation(
        _visible(explanation.call),
        [_visible(row) for row in explanation.outcomes],
        [_visible(row) for row in explanation.findings],
        [_visible(row) for row in explanation.utterances],
    )


def _visible(row: Row) -> Row:
    return {name: visible(value) if isinstance(value, str) else value for name, value in row.items()}


def _head(call: Row) -> Iterator[Text]:
    yield Text.assemble((str(call["recording_id"]), "bold"), f"  {call['source_uri']}")
    if call["status"] == "failed":
        yield Text(f"失败 failed [{call['error_stage']}]: {call['error_message']}", style="red")
        return
    score = "没有分数 no score" if call["score"] is None else f"{call['score']} {call['grade'] or ''}"
    extent = f"（{call['score_min']}–{call['score_max']}）" if call["score_min"] != call["score_max"] else ""
    yield Text.assemble((f"{score}{extent}", "bold"), f"  {call['ruleset_id']} {call['ruleset_version']}")
    line = call["line_grade"] or call["line_grade_min"]
    if line:
        worst, best = call["line_grade_min"], call["line_grade_max"]
        yield Text(f"线路等级 line grade: {call['line_grade'] or '-'}（{worst}–{best}）")
    if call["role_reason"]:
        yield Text(f"角色 roles: {call['role_reason']}", style="dim")
    for warning in (call["warnings"] or "").splitlines():
        yield Text(f"! {warning}", style="yellow")


def _conversation(explanation: Explanation) -> Iterator[Text]:
    """The utterances in time order, hits marked in them and named under them; first what the whole call lacks."""
    waiting = [f for f in explanation.findings if not _is_whole_call(f, explanation.call)]
    whole = [f for f in explanation.findings if _is_whole_call(f, explanation.call)]
    if whole:
        yield Text("全程 Whole call", style="bold")
    for finding in whole:
        yield _finding(finding)
    if explanation.utterances:
        yield Text("对话 Conversation", style="bold")
    for utterance in explanation.utterances:
        while waiting and waiting[0]["end_s"] <= utterance["start_s"]:
            yield _finding(waiting.pop(0))
        who, style = _WHO[utterance["role"]]
        line = Text.assemble((f"{_clock(utterance['start_s'])} ", "dim"), (f"{who} ", style), utterance["text"])
        here = [f for f in waiting if f["start_s"] < utterance["end_s"] and f["role"] in (utterance["role"], None)]
        for finding in here:
            line.highlight_words([finding["matched"]] if finding["matched"] else [], "black on yellow")
        yield line
        for finding in here:
            waiting.remove(finding)
            yield _finding(finding)
    for finding in waiting:
        yield _finding(finding)


def _is_whole_call(finding: Row, call: Row) -> bool:
    return bool(call["duration_s"]) and finding["end_s"] - finding["start_s"] > 0.95 * call["duration_s"]


def _finding(finding: Row) -> Text:
    what = " ".join(part for part in (finding["title"], finding["note"]) if part)
    where = f"{_clock(finding['start_s'])}–{_clock(finding['end_s'])}"
    points = f"{finding['points']:+}" if finding["points"] else ""
    line = Text.assemble((f"      ▲ {points} ", "bold red"), f"{what} ", (f"[{finding['rule_id']} {where}]", "dim"))
    if finding["suggest"]:
        line.append(f"\n        → {finding['suggest']}", style="green")
    return line


def _outcomes(outcomes: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, title="规则 Rules", title_justify="left")
    for name in ("结果 Outcome", "规则 Rule", "分 Points", "理由 Reason"):
        table.add_column(name, justify="right" if name.startswith("分") else "left", overflow="fold")
    for row in outcomes:
        label, style = _OUTCOMES[row["outcome"]]
        points = f"{row['points']:+}" if row["points"] else ""
        table.add_row(Text(label, style=style), row["rule_id"], points, row["reason"])
    return table


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"
