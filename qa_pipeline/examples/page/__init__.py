"""The page that plays in class: one HTML file beside its sounds, from disk, with no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qa_pipeline.examples.material import Line, Material
from qa_pipeline.examples.moments import Moment
from qa_pipeline.examples.sounds import Sounds

_HERE = Path(__file__).parent
_COUNTED = "零一两三四五六"


def class_page(materials: Sequence[Material], sounds: Sequence[Sounds]) -> str:
    """The page as text. Texts of calls go in as JSON or escaped, and scripts and styles only by their digest."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, script = (_HERE.joinpath(name).read_text(encoding="utf-8") for name in ("class.css", "class.js"))
    page: str = environment.get_template("class.html").render(
        title="场景导入案例",
        heading=f"{_COUNTED[len(materials)]}通电话",
        calls=[_call(material, own) for material, own in zip(materials, sounds, strict=True)],
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
    )
    return page


def readme(cases: Sequence[Mapping[str, object]], notes: Sequence[str]) -> str:
    """The trainer's page of a pack, as Markdown."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text: str = environment.get_template("readme.md").render(cases=cases, notes=notes)
    return text + "\n"


def _policy(style: str, script: str) -> str:
    """Nothing but our own style and script, and the sounds beside the page."""
    return (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; media-src 'self' file:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _call(material: Material, sounds: Sounds) -> dict[str, Any]:
    call = material.pick.call
    return {
        "letter": material.letter,
        "kind": call.kind.label,
        "queue": call.queue or "",
        "agent": material.agent,
        "traits": material.traits,
        "place": material.pick.place.value,
        "place_label": material.pick.place.label,
        "score": f"{call.score:g} 分" + (f" · {call.grade}" if call.grade else ""),
        "why": why(material),
        "length": clock(material.duration),
        "duration": round(material.duration, 2),
        "sources": [
            {"name": sound.name, "file": sound.file, "start": round(sound.start, 3), "end": round(sound.end, 3)}
            for sound in sounds.all
        ],
        "lines": [_line(line, material.moments) for line in material.lines],
        "stops": [_stop(moment) for moment in material.moments],
        "gaps": [[round(taken.span.start, 2), round(taken.span.end, 2)] for taken in material.taken],
        "lacks": [f"{lack.title}（{lack.points:g}）" for lack in material.lacks],
    }


def why(material: Material) -> str:
    """Why this call was chosen, in a line."""
    said = (f"{part.name}：{part.why}" for part in material.pick.parts if part.value > 0.3 and part.why)
    return "；".join(said) + "。"


def clock(seconds: float) -> str:
    """Minutes and seconds, as the page shows them."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _line(line: Line, moments: Sequence[Moment]) -> dict[str, Any]:
    marks = [
        {"start": start, "end": end, "tone": moments[number].tone.value, "title": moments[number].title}
        for start, end, number in line.marks
    ]
    return {"role": line.role.value, "start": line.start, "end": line.end, "text": line.text, "marks": marks}


def _stop(moment: Moment) -> dict[str, Any]:
    return {
        "at": round(moment.at, 2),
        "start": round(moment.start, 2),
        "tone": moment.tone.value,
        "title": moment.title,
        "question": moment.question,
        "quote": moment.quote,
        "advice": moment.advice or moment.note,
        "suggest": moment.suggest,
        "points": f"{moment.points:+g} 分" if moment.points else "",
    }
