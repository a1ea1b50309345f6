"""What the workbook and the CSV files show: one view a sheet, as columns and rows of plain values.

A row never mixes two rule-set versions: where a night has several, indicators, teams and agents have a row for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from qa_pipeline.outputs.figures import SMALL, CallFacts, EditionFigures, Figures, count_night, is_alert, section_of
from qa_pipeline.outputs.night import Night, edition_of, local_start
from qa_pipeline.outputs.report.masking import CallMask, mask_of, mask_plain
from qa_pipeline.outputs.report.pages import OUTCOMES, ROLES, SEVERITIES, STAGES, call_page
from qa_pipeline.outputs.report.timeline import clock

Row: TypeAlias = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere: ``target`` as seen from the workbook's folder."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, and how its values look.

    ``kind``: text, number, share (0 to 1), when (a datetime), seconds, score, grade, outcome, points.
    """

    title: str
    width: int = 12
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One view. ``rows`` are as wide as ``columns``; ``frozen`` columns stay in sight."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    frozen: int = 1
    filtered: bool = True


def sheets(night: Night, *, masked: bool, report: str | None) -> Iterator[Sheet]:
    """Every view of ``night`` in the order of the workbook's tabs. ``report``: the folder that links lead into."""
    views = _Views(night, masked, report)
    yield views.about()
    yield views.calls()
    yield views.findings("问题", alerts=False)
    yield views.findings("预警", alerts=True)
    yield views.outcomes()
    yield views.indicators()
    yield views.rules()
    yield views.groups("团队", "team")
    yield views.groups("坐席", "agent")
    yield views.groups("队列", "queue")
    yield views.failures()


class _Views:
    """The views of one night, which share its figures and masks."""

    def __init__(self, night: Night, masked: bool, report: str | None) -> None:
        self.night, self.masked, self.report = night, masked, report
        self.figures = count_night(night)

    def about(self) -> Sheet:
        """What this is, and how to read it."""
        total = self.figures.overall
        rows: list[Row] = [
            ("文件夹 Folder", self.night.named),
            ("日期 Day", self.figures.day),
            ("通话 Calls", total.calls),
            ("已评分 Scored", total.scored),
            ("失败 Failed", total.n_failed),
            ("打码 Masked", "是 yes" if self.masked else "否 no"),
        ]
        rows += [("规则集 Rule set", _version(part)) for part in self.figures.editions]
        rows += [
            ("实现率 Rate", "能判断的通话里做到的比例；n 是能判断的通话数 of the calls that could be judged"),
            ("平均实现率 Mean", "各指标的简单平均，多数判断不了的指标不计 plain mean over solid indicators"),
            ("样本少 Small", f"少于 {SMALL} 通的不宜排名 fewer than {SMALL} calls are not ranked"),
        ]
        return Sheet("说明", (Column("", 22), Column("", 70)), rows, filtered=False)

    def calls(self) -> Sheet:
        """A row for each recording, scored or failed."""
        extra = self.night.extra_columns
        columns = (
            Column("编号", 24), Column("时间", 17, "when"), Column("坐席"), Column("团队"), Column("队列"),
            Column("时长", 9, "seconds"), Column("状态", 9), Column("得分", 8, "score"), Column("最坏", 8, "number"),
            Column("最好", 8, "number"), Column("等级", 9, "grade"), Column("线路等级", 9, "grade"),
            Column("一票否决", 9), Column("问题数", 8, "number"), Column("预警数", 8, "number"),
            Column("扣分合计", 9, "points"), Column("无法判断", 9, "number"), Column("先挂断", 9),
            Column("规则集", 18), Column("异常", 30), *(Column(name, 14) for name in extra),
        )  # fmt: skip
        return Sheet("通话", columns, [self._call(call, extra) for call in self.figures.calls])

    def _call(self, call: CallFacts, extra: Sequence[str]) -> Row:
        row = call.row
        alerts = sum(rule in self._alerts for rule in call.fails)
        return (
            self.link(call.id), local_start(row), row["agent_id"], row["team"], row["queue"],
            row["duration_s"], "已评分" if row["status"] == "scored" else "失败", row["score"], row["score_min"],
            row["score_max"], row["grade"], row["line_grade"],
            "是" if row["vetoed"] else None, len(call.fails) - alerts, alerts,
            -sum(call.lost.values()) if call.lost else 0, row["n_cannot_tell"],
            ROLES.get(row["hangup_by"] or "", (row["hangup_by"],))[0],
            edition_of(row).name, self._plain(row["warnings"]), *(self._plain(row[f"meta_{name}"]) for name in extra),
        )  # fmt: skip

    def findings(self, name: str, *, alerts: bool) -> Sheet:
        """A row for each hit, with the second at which it is heard."""
        columns = (
            Column("编号", 24), Column("听", 8), Column("坐席"), Column("团队"), Column("规则", 26),
            Column("指标", 22), Column("程度", 8), Column("分", 7, "points"), Column("谁", 7), Column("原话", 46),
            Column("命中", 20), Column("说明", 26), Column("建议", 40), Column("可以这样说", 40),
            Column("规则编号", 24), Column("秒", 8, "number"),
        )  # fmt: skip
        rows = [row for call in self.figures.calls for row in self._findings(call, alerts=alerts)]
        return Sheet(name, columns, rows, frozen=2)

    def _findings(self, call: CallFacts, *, alerts: bool) -> Iterator[Row]:
        found = [row for row in self.night.rows("findings", call.id) if is_alert(row["indicator"]) is alerts]
        if not found:
            return
        mask = self._mask(call)
        for row in sorted(found, key=lambda r: (r["start_s"], r["rule_id"])):
            yield (
                self.link(call.id), self.link(call.id, row["start_s"]), call.row["agent_id"], call.row["team"],
                row["title"], row["indicator"], SEVERITIES.get(row["severity"], (row["severity"],))[0], row["points"],
                ROLES.get(row["role"] or "", ("",))[0], mask.text(row["quote"]), mask.text(row["matched"]),
                mask.text(row["note"]), row["advice"], row["suggest"], row["rule_id"], row["start_s"],
            )  # fmt: skip

    def outcomes(self) -> Sheet:
        """Calls down, rules across."""
        rules = {rule.id: rule for part in self.figures.editions for rule in part.rules.values()}
        columns = (Column("编号", 24), Column("坐席"), *(Column(rule.title, 9, "outcome") for rule in rules.values()))
        return Sheet("规则结果", columns, [self._outcomes(call, list(rules)) for call in self.figures.calls], frozen=2)

    def _outcomes(self, call: CallFacts, rules: Sequence[str]) -> Row:
        found = {row["rule_id"]: row["outcome"] for row in self.night.rows("outcomes", call.id)}
        names = (OUTCOMES.get(found.get(rule, ""), (None,))[0] for rule in rules)
        return (self.link(call.id), call.row["agent_id"], *names)

    def indicators(self) -> Sheet:
        """Realization by indicator."""
        columns = (
            Column("规则集", 18), Column("环节", 14), Column("指标", 26), Column("实现率", 10, "share"),
            Column("n", 7, "number"), Column("95% 下限", 10, "share"), Column("95% 上限", 10, "share"),
            Column("未过", 8, "number"), Column("无法判断", 9, "number"), Column("不适用", 9, "number"),
        )  # fmt: skip
        rows = [row for part in self.figures.editions for row in _indicator_rows(part)]
        return Sheet("指标", columns, rows, frozen=3)

    def rules(self) -> Sheet:
        """How often each rule failed, and what it took."""
        columns = (
            Column("规则集", 18), Column("规则", 30), Column("指标", 24), Column("未过的通话", 11, "number"),
            Column("能判断的通话", 12, "number"), Column("占比", 9, "share"), Column("次数", 8, "number"),
            Column("扣分合计", 10, "points"), Column("规则编号", 26),
        )  # fmt: skip
        rows = [row for part in self.figures.editions for row in _rule_rows(part)]
        return Sheet("规则", columns, rows, frozen=2)

    def groups(self, name: str, dimension: str) -> Sheet:
        """Teams, agents or queues; the small ones say so."""
        sections = list(dict.fromkeys(s for part in self.figures.editions for s in part.whole.sections))
        columns = (
            Column(name, 14), Column("规则集", 18), Column("已评分", 8, "number"), Column("失败", 8, "number"),
            Column("平均分", 9, "score"), Column("平均实现率", 11, "share"), Column("一票否决", 9, "number"),
            Column("预警通话", 9, "number"), Column("样本", 8), *(Column(section, 11, "share") for section in sections),
        )  # fmt: skip
        rows = [
            _group_row(key, part, figures, sections)
            for part in self.figures.editions
            for key, figures in sorted(part.by[dimension].items())
        ]
        return Sheet(name, columns, rows)

    def failures(self) -> Sheet:
        """Recordings that could not be scored."""
        columns = (Column("编号", 24), Column("环节", 10), Column("原因", 80), Column("录音", 40), Column("坐席"))
        rows = [
            (
                self.link(call.id),
                STAGES.get(call.row["error_stage"], (call.row["error_stage"],))[0],
                self._plain(call.row["error_message"]),
                self._plain(call.row["source_uri"]),
                call.row["agent_id"],
            )
            for call in self.figures.calls
            if call.row["status"] != "scored"
        ]
        return Sheet("失败", columns, rows)

    def link(self, recording_id: str, second: float | None = None) -> Link | str:
        """The call's page, or a second of it."""
        text = recording_id if second is None else clock(second)
        if self.report is None:
            return text
        at = "" if second is None else f"#t={second:.1f}"
        return Link(text, f"{self.report}/calls/{call_page(recording_id)}{at}")

    @cached_property
    def _alerts(self) -> frozenset[str]:
        return frozenset(r.id for part in self.figures.editions for r in part.rules.values() if r.is_alert)

    def _mask(self, call: CallFacts) -> CallMask:
        if not self.masked:
            return CallMask(None)
        return mask_of(call.row, self.night.rows("utterances", call.id), masked=True)

    def _plain(self, text: str | None) -> str | None:
        return mask_plain(text, masked=self.masked) if text else None


def _version(part: EditionFigures) -> str:
    return f"{part.edition.name} · sha256 {part.edition.sha256[:16]} · n={part.whole.scored}"


def _indicator_rows(part: EditionFigures) -> Iterator[Row]:
    for indicator in part.whole.indicators:
        if is_alert(indicator):
            continue
        rate = part.whole.rate(indicator)
        low, high = rate.interval or (None, None)
        yield (
            part.edition.name, section_of(indicator), indicator.split("/", 1)[-1], rate.value, rate.told, low, high,
            rate.failed, rate.cannot_tell, rate.not_applicable,
        )  # fmt: skip


def _rule_rows(part: EditionFigures) -> Iterator[Row]:
    hit: Mapping[str, int] = part.whole.calls_hit
    for rule in sorted(part.rules.values(), key=lambda r: (-hit[r.id], r.id)):
        told = part.told[rule.id]
        yield (
            part.edition.name, rule.title, rule.indicator, hit[rule.id], told, hit[rule.id] / told if told else None,
            part.whole.hits[rule.id], -part.whole.lost[rule.id], rule.id,
        )  # fmt: skip


def _group_row(key: str, part: EditionFigures, figures: Figures, sections: Sequence[str]) -> Row:
    small = "样本少" if figures.scored < SMALL else None
    return (
        key, part.edition.name, figures.scored, figures.n_failed, figures.mean_score, figures.mean_rate(),
        figures.vetoed, figures.alerted, small, *(figures.mean_rate(section) for section in sections),
    )  # fmt: skip
