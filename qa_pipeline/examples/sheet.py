"""The case sheet of a call (复盘四步：事实-分析-经验-计划), prefilled with times and quotes, as Markdown and DOCX.

What people must judge stays open: blanks with a question beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from qa_pipeline.examples.material import Material
from qa_pipeline.examples.moments import Moment, Tone
from qa_pipeline.examples.page import clock, why
from qa_pipeline.records import Role

_WHO = {Role.AGENT: "客服", Role.CUSTOMER: "来电人"}
_BLANK = "＿＿＿＿＿＿＿＿＿＿＿＿"
_TEXT_CM, _NARROW_CM = 17.0, 1.2  # the breadth of the text on the page, and of an empty column
_LONG = 30
"""Characters beyond which a cell is broken into lines rather than made broader."""


@dataclass(frozen=True)
class Block:
    """A piece of the sheet: a heading, a paragraph, a list or a table with a head."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def sheet(material: Material) -> tuple[Block, ...]:
    """The whole sheet, in order."""
    return (*_head(material), *_facts(material), *_analysis(material), *_experience(material), *_plan())


def markdown(blocks: Sequence[Block]) -> str:
    """The sheet as Markdown."""
    return "\n\n".join(_in_markdown(block) for block in blocks) + "\n"


def write_docx(blocks: Sequence[Block], path: Path) -> None:
    """The sheet as a Word document, A4, with no author and no date of its own. Raises OSError."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    document = Document()
    for name in ("Normal", "Title", "Heading 1"):
        style: Any = document.styles[name]
        style.font.name = "Microsoft YaHei"
        style.element.rPr.rFonts.set(qn("w:eastAsia"), "微软雅黑")
    document.styles["Normal"].font.size = Pt(10.5)
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
    for block in blocks:
        _in_docx(document, block)
    about = document.core_properties
    about.author = about.last_modified_by = about.comments = about.title = ""
    about.created = about.modified = datetime(2000, 1, 1)
    document.save(str(path))


def _head(material: Material) -> Iterator[Block]:
    call = material.pick.call
    yield Block("title", f"{material.title}　案例单")
    rows = [
        ("编号", material.code),
        ("类型", f"{call.kind.label}{' · ' + call.queue if call.queue else ''}"),
        ("坐席", material.agent),
        ("时长", clock(material.duration)),
        ("得分", f"{call.score:g} {call.grade}".strip()),
        ("来电人特质", "、".join(material.traits) or "（听后填）"),
        ("为什么选它", f"{material.pick.place.label}。{why(material)}"),
    ]
    yield Block("table", rows=(("项目", "内容"), *rows))


def _facts(material: Material) -> Iterator[Block]:
    yield Block("heading", "一、事实：发生了什么")
    yield Block("text", "只写听到的，不评价。时间按录音；个人信息已遮蔽。")
    opening = [line for line in material.lines if line.role is Role.CUSTOMER][:2]
    yield Block("text", "来电人一开始说：" + " ".join(f"“{line.text}”" for line in opening))
    rows = [(clock(m.start), _WHO.get(m.role, "") if m.role else "", m.quote or m.note) for m in material.moments]
    if rows:
        yield Block("table", rows=(("时间", "谁", "原话"), *rows))
    yield Block("text", f"结果（电话结束时客户得到了什么）：{_BLANK}")


def _analysis(material: Material) -> Iterator[Block]:
    yield Block("heading", "二、分析：为什么会这样")
    rows: list[tuple[str, ...]] = [("时间", "转折点", "分", "讨论题")]
    rows += [(clock(m.start), m.title, _points(m), m.question) for m in material.moments]
    if not any(row[2] for row in rows[1:]):
        rows = [(time, title, question) for time, title, _, question in rows]
    if material.moments:
        yield Block("table", rows=tuple(rows))
    if material.lacks:
        yield Block("text", "整通没有做到：")
        yield Block("list", rows=tuple((f"{lack.title}（{lack.points:g}）",) for lack in material.lacks))
    yield Block("text", f"客户的情绪在哪里变的，被哪句话触发：{_BLANK}")


def _experience(material: Material) -> Iterator[Block]:
    yield Block("heading", "三、经验：可以学什么，可以怎么说")
    good = tuple((f"{clock(m.start)} {m.title}：“{m.quote}”",) for m in material.moments if m.tone is Tone.GOOD)
    if good:
        yield Block("text", "值得照着做的：")
        yield Block("list", rows=good)
    advised = [(m.title, m.quote, m.suggest or m.advice) for m in material.moments if m.tone is Tone.BAD]
    advised += [(lack.title, "（没有说）", lack.advice) for lack in material.lacks]
    rows = tuple(dict.fromkeys(row for row in advised if row[2]))
    if rows:
        yield Block("table", rows=(("问题", "原话", "可以改成 / 建议"), *rows))
    yield Block("text", f"我们自己的说法：{_BLANK}")


def _plan() -> Iterator[Block]:
    yield Block("heading", "四、计划：接下来做什么")
    empty = (_BLANK, "＿＿＿＿", "＿＿＿＿", "＿＿＿＿＿＿")
    yield Block("table", rows=(("做什么", "谁", "什么时候", "怎么看出做到了"), empty, empty, empty))


def _points(moment: Moment) -> str:
    return f"{moment.points:+g}" if moment.points else ""


def _in_markdown(block: Block) -> str:
    if block.kind in ("title", "heading"):
        return f"{'#' if block.kind == 'title' else '##'} {_escaped(block.text)}"
    if block.kind == "list":
        return "\n".join(f"- {_escaped(row[0])}" for row in block.rows)
    if block.kind == "table":
        head, *body = block.rows
        lines = [head, tuple("---" for _ in head), *body]
        return "\n".join(
            "| " + " | ".join(_escaped(cell) if cell != "---" else cell for cell in row) + " |" for row in lines
        )
    return _escaped(block.text)


def _escaped(text: str) -> str:
    """``text`` as Markdown that shows just that."""
    special = "\\`*_[]<>#|"
    return "".join(f"\\{c}" if c in special else " " if c < " " else c for c in text)


def _in_docx(document: Any, block: Block) -> None:
    if block.kind == "title":
        document.add_heading(_in_xml(block.text), level=0)
    elif block.kind == "heading":
        document.add_heading(_in_xml(block.text), level=1)
    elif block.kind == "list":
        for row in block.rows:
            document.add_paragraph(_in_xml(row[0]), style="List Bullet")
    elif block.kind == "table":
        _add_table(document, block.rows)
        document.add_paragraph("")
    else:
        document.add_paragraph(_in_xml(block.text))


def _add_table(document: Any, rows: Sequence[Sequence[str]]) -> None:
    """A table whose columns are as wide as what they hold, whose head comes again on the next page."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    table = document.add_table(rows=0, cols=len(rows[0]))
    table.style, table.autofit = "Light Grid Accent 1", False
    widths = [Cm(width) for width in _widths(rows)]
    for number, row in enumerate(rows):
        added = table.add_row()
        for cell, text, width in zip(added.cells, row, widths, strict=True):
            cell.text, cell.width = _in_xml(text), width
        about = added._tr.get_or_add_trPr()  # python-docx has no name for either
        about.append(OxmlElement("w:cantSplit"))
        if number == 0:
            about.append(OxmlElement("w:tblHeader"))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Centimetres for each column: by its longest cell, one of ``_LONG`` characters as broad as any."""
    longest = [min(_LONG, max(len(row[at]) for row in rows)) for at in range(len(rows[0]))]
    free = _TEXT_CM - _NARROW_CM * len(longest)
    return [_NARROW_CM + free * length / sum(longest) for length in longest]


def _in_xml(text: str) -> str:
    """``text`` without the characters that XML cannot hold."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
