"""Rendering: Jinja2 with autoescape, two languages side by side in every page, data as script files.

Nothing that a caller said is ever part of markup or code: templates escape it, and data files are JSON in which no
``<`` is left. The pages' own policy (CSP) runs no inline script and asks nothing of any other host.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from qa_pipeline import __version__
from qa_pipeline.outputs.figures import Figures
from qa_pipeline.outputs.report.timeline import clock
from qa_pipeline.outputs.summary import NO_GRADE
from qa_pipeline.outputs.whole import cannot_write
from qa_pipeline.sources.identity import file_name_for

STATIC = Path(__file__).with_name("static")
CSP = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file: data:; "
    "media-src 'self' file:; base-uri 'none'; form-action 'none'"
)
ROLES = {
    "agent": ("客服", "Agent"),
    "customer": ("客户", "Customer"),
    "unknown": ("未知", "Unknown"),
    "system": ("系统", "System"),
    "both": ("双方", "Both"),
}
OUTCOMES = {
    "pass": ("通过", "Pass"),
    "fail": ("未过", "Fail"),
    "not_applicable": ("不适用", "N/A"),
    "cannot_tell": ("无法判断", "Cannot tell"),
}
SEVERITIES = {
    "info": ("提示", "Info"),
    "minor": ("轻", "Minor"),
    "major": ("重", "Major"),
    "critical": ("严重", "Critical"),
}
_BEST_FIRST = ("优秀", "良好", "合格", "普通", "不合格", "冷线")
STAGES = {
    "find": ("找文件", "Find"),
    "read": ("读取", "Read"),
    "decode": ("解码", "Decode"),
    "transcribe": ("识别", "Transcribe"),
    "score": ("评分", "Score"),
}


@cache
def environment() -> Environment:
    """The templates and what they may call."""
    env = Environment(
        loader=PackageLoader("qa_pipeline.outputs.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    env.filters |= {"clock": clock, "percent": percent, "points": points, "day_time": day_time, "number": number}
    env.globals |= {
        "t": both,
        "csp": CSP,
        "version": __version__,
        "roles": ROLES,
        "outcome_names": OUTCOMES,
        "severities": SEVERITIES,
        "stages": STAGES,
        "call_page": call_page,
        "say": sentence,
        "grade_order": grade_order,
    }
    return env


def render(template: str, **values: Any) -> str:
    """One page."""
    return environment().get_template(template).render(**values)


@lru_cache(maxsize=4096)
def both(chinese: str, english: str) -> Markup:
    """A phrase in both languages, of which the page shows one."""
    return Markup(f'<span class="zh">{escape(chinese)}</span><span class="en">{escape(english)}</span>')


def call_page(recording_id: str) -> str:
    """The file name of a call's page, as a link needs it."""
    return quote(f"{file_name_for(recording_id)}.html")


@lru_cache(maxsize=4096)
def sentence(text: str) -> Markup:
    """A sentence of ours in the language that the page shows.

    ``没有出现 not found`` says the same twice, for a terminal; what says it once is shown as it is.
    """
    zh, en = _halves(text)
    return escape(text) if zh == en else both(zh, en)


def grade_order(figures: Figures) -> list[str]:
    """The grades that came up, by any way of grading, best first as far as their names are known."""
    found = {*figures.grades, *figures.line_grades}
    known = [name for name in _BEST_FIRST if name in found]
    return [*known, *sorted(found - {*_BEST_FIRST, NO_GRADE}), *({NO_GRADE} & found)]


def percent(value: float | None, digits: int = 1) -> str:
    """A share in [0, 1] as per cent."""
    return "—" if value is None else f"{value * 100:.{digits}f}%"


def points(value: Decimal | float | str | None) -> str:
    """Points with their sign, a true minus, and no zeros behind the point."""
    if value is None or value == "":
        return ""
    amount = Decimal(str(value))
    return f"{amount.normalize():+f}".replace("-", "−") if amount else "0"


def number(value: Decimal | float | None) -> str:
    """A score or a count without needless zeros."""
    if value is None:
        return "—"
    return f"{Decimal(str(value)).normalize():f}"


def day_time(value: datetime | None) -> str:
    """Day and minute, or a dash."""
    return "—" if value is None else f"{value:%m-%d %H:%M}"


def data_script(name: str, value: Any) -> str:
    """JavaScript that hands ``value`` to ``QA[name]``; safe in a file as well as inside a page."""
    return f"QA.{name}({as_json(value)});\n"


def as_json(value: Any) -> str:
    """JSON that can stand in a script: no ``<``, ``>`` or ``&``, and no line that JavaScript would end."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def write(out: Path, name: str, text: str) -> None:
    """Write one file of the report. Raises RequestError where the disk does not take it."""
    path = out / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise cannot_write(out, error) from error


def copy_static(out: Path) -> None:
    """Lay scripts, styles and the charting library beside the pages."""
    try:
        shutil.copytree(STATIC, out / "static", dirs_exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error


def _halves(text: str) -> tuple[str, str]:
    zh, en = [], []
    for part in text.split("；"):
        chinese_part, english_part = _split(part)
        zh.append(chinese_part)
        en.append(english_part)
    return "；".join(zh), "; ".join(en)


def _split(text: str) -> tuple[str, str]:
    """Chinese up to two spaces, or to the first one, if only Latin letters follow."""
    head, _, tail = text.partition("  " if "  " in text else " ")
    speaks_chinese = any("一" <= character <= "鿿" for character in head)
    speaks_english = tail.isascii() and sum(character.isalpha() for character in tail) > 1
    return (head, tail) if speaks_chinese and speaks_english else (text, text)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    raise TypeError(f"no JSON for {type(value).__name__}")
