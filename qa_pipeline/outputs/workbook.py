"""The workbook that QA teams live in: a sheet for each view, filters, frozen heads, links to the page and the second.

Whatever a caller said is written as text and stays text: nothing in a cell is ever read as a formula.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.night import Night
from qa_pipeline.outputs.sheets import Column, Link, Sheet, sheets
from qa_pipeline.outputs.whole import whole_file
from qa_pipeline.storage import READING, entry, is_url, local_path, told

MAX_ROWS = 1_048_575
"""Rows that a sheet holds below its head; Excel takes no more."""

_MAX_LINKS = 65_000  # Excel takes 65,530 a sheet; beyond, ids and seconds are plain text
_MAX_TEXT = 32_767
_WRAPPED = 26
"""Columns of this width or more break their text into lines."""
_LINE, _MOST_LINES = 15, 8  # a line's height in points
_WEBSITES = ("https://", "http://")
_COLOURS = {"good": ("#DEEEE3", "#1F5B39"), "middle": ("#FBEDD0", "#7A4D00"), "bad": ("#FAE3DF", "#8F241C")}
_FORMATS: dict[str, dict[str, Any]] = {
    "text": {},
    "number": {"num_format": "General"},  # 0.## would show 95 as "95."
    "share": {"num_format": "0.0%"},
    "when": {"num_format": "yyyy-mm-dd hh:mm"},
    "seconds": {"num_format": "[m]:ss"},
    "score": {"num_format": "General"},
    "points": {"num_format": '"+"General;[Red]"-"General;0'},
    "grade": {"align": "center"},
    "outcome": {"align": "center"},
}
_WORDS = {
    "grade": {"good": "优秀", "middle": "普通", "bad": "冷线"},
    "outcome": {"good": "通过", "middle": "无法判断", "bad": "未过"},
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: files (URLs as text), the rows of each sheet, and how many rows of which found no room."""

    paths: tuple[str | os.PathLike[str], ...]
    rows: dict[str, int]
    left_out: dict[str, int]


def write_workbook(
    night: Night,
    path: Path,
    *,
    masked: bool = True,
    report: str | os.PathLike[str] | None = None,
    place: str | os.PathLike[str] | None = None,
) -> Exported:
    """Write ``night`` as an Excel workbook at ``path``; links lead into the ``report`` folder where one is named.

    ``place`` is where the workbook will lie, if not at ``path``; it and ``report`` may be URLs. Raises
    RequestError where ``report`` holds no report or the disk does not take the workbook.
    """
    import xlsxwriter

    views = list(sheets(night, masked=masked, report=None if report is None else link_base(report, place or path)))
    # Strings stay strings: no formula, no link and no number is read out of what was said.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with whole_file(path, path) as temporary, xlsxwriter.Workbook(str(temporary), options) as book:
        book.set_properties({"title": f"热线质检 {night.folder.name}", "comments": "qa-pipeline export"})
        painter = _Painter(book)
        for sheet in views:
            painter.paint(sheet)
    rows = {sheet.name: len(sheet.rows) for sheet in views}
    left_out = {name: count - MAX_ROWS for name, count in rows.items() if count > MAX_ROWS}
    return Exported((path,), rows, left_out)


def link_base(report: str | os.PathLike[str], target: str | os.PathLike[str]) -> str:
    """The ``report`` folder as seen from ``target``'s, so that both can be moved together; of a website, its address.

    Raises RequestError where no report lies there, or no link can lead there.
    """
    _check_report(report)
    if is_url(report):
        return _url_base(os.fspath(report).rstrip("/"), os.fspath(target))
    here = Path(local_path(report)).resolve()
    try:
        return Path(os.path.relpath(here, Path(local_path(target)).resolve().parent)).as_posix()
    except ValueError:  # another drive
        return here.as_posix()


def _url_base(report: str, target: str) -> str:
    if report.startswith(_WEBSITES):
        return report
    scheme, _, path = report.partition("://")
    target_scheme, _, target_path = target.partition("://")
    if (scheme, path.split("/")[0]) != (target_scheme, target_path.split("/")[0]):
        raise RequestError(
            f"{report}: 表格程序打不开 no table program opens a link to {scheme}://. Put the workbook beside "
            "the report, or give the report's https:// address."
        )
    return posixpath.relpath(path, posixpath.dirname(target_path))


def _check_report(report: str | os.PathLike[str]) -> None:
    page = f"{os.fspath(report).rstrip('/')}/index.html"
    with told(os.fspath(report), READING):
        try:
            there = entry(page) is not None if is_url(page) else Path(local_path(page)).is_file()
        except FileNotFoundError:
            there = False
    if not there:
        raise RequestError(f"{report} 里没有报告 holds no report: run `qa-pipeline report DIR --out {report}` first")


class _Painter:
    """Writes sheets into one workbook, whose formats they share."""

    def __init__(self, book: Any) -> None:
        font = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        self.book = book
        self.head = book.add_format({**font, "bold": True, "text_wrap": True, "bg_color": "#EBE8DE", "bottom": 1})
        self.formats = {kind: book.add_format({**font, **look}) for kind, look in _FORMATS.items()}
        self.wrapped = book.add_format({**font, "text_wrap": True})
        self.links_left = _MAX_LINKS
        self.link = book.add_format({**font, "font_color": "#17566A", "underline": 1})
        self.colours = {
            name: book.add_format({"bg_color": ground, "font_color": ink}) for name, (ground, ink) in _COLOURS.items()
        }

    def paint(self, sheet: Sheet) -> None:
        """One sheet, whole."""
        page = self.book.add_worksheet(sheet.name)
        page.hide_gridlines(2)
        for at, column in enumerate(sheet.columns):
            page.set_column(at, at, column.width)
            page.write_string(0, at, column.title, self.head)
        rows = sheet.rows[:MAX_ROWS]
        self.links_left = _MAX_LINKS
        for number, row in enumerate(rows, 1):
            if (lines := _lines(sheet, row)) > 1:
                page.set_row(number, lines * _LINE)
            for at, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
                self._write(page, (number, at), value, column)
        page.freeze_panes(1, sheet.frozen)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        if sheet.filtered:
            page.autofilter(0, 0, max(1, len(rows)), len(sheet.columns) - 1)
        self._colour(page, sheet, max(1, len(rows)))

    def _write(self, page: Any, place: tuple[int, int], value: Any, column: Column) -> None:
        """One cell at ``place`` (row, column)."""
        look = self.formats[column.kind]
        if value is None or value == "":
            page.write_blank(*place, None, look)
        elif isinstance(value, Link):
            self._write_link(page, place, value, look)
        elif isinstance(value, datetime):
            page.write_datetime(*place, value, look)
        elif isinstance(value, str):
            page.write_string(*place, value[:_MAX_TEXT], self.wrapped if column.width >= _WRAPPED else look)
        else:
            number = float(value)
            page.write_number(*place, number / 86_400 if column.kind == "seconds" else number, look)

    def _write_link(self, page: Any, place: tuple[int, int], link: Link, look: Any) -> None:
        if self.links_left > 0:
            self.links_left -= 1
            target = link.target if link.target.startswith(_WEBSITES) else f"external:{link.target}"
            page.write_url(*place, target, self.link, link.text)
        else:
            page.write_string(*place, link.text, look)

    def _colour(self, page: Any, sheet: Sheet, last: int) -> None:
        """Colours that follow the values, so that they stay right when somebody edits them."""
        for at, column in enumerate(sheet.columns):
            for colour, word in _WORDS.get(column.kind, {}).items():
                rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": self.colours[colour]}
                page.conditional_format(1, at, last, at, rule)
            if column.kind in ("score", "share"):
                page.conditional_format(1, at, last, at, _bar(1 if column.kind == "share" else 100))


def _lines(sheet: Sheet, row: Sequence[Any]) -> int:
    """How many lines ``row`` needs: not every program finds out by itself. Chinese characters are two wide."""
    wrapped = [
        (value, column.width)
        for column, value in zip(sheet.columns, row, strict=True)
        if column.width >= _WRAPPED and isinstance(value, str)
    ]
    return min(
        _MOST_LINES,
        max((sum(-(-_width(line) // width) for line in value.split("\n")) for value, width in wrapped), default=1),
    )


def _width(text: str) -> int:
    return max(1, sum(1 + (character > "\u2e7f") for character in text))


def _bar(most: int) -> dict[str, Any]:
    limits = {"min_type": "num", "max_type": "num", "min_value": 0, "max_value": most}
    return {"type": "data_bar", "bar_color": "#B7CFD6", "bar_solid": True, **limits}
