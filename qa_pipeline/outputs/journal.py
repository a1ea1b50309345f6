"""The journal of an output folder: which recordings lie in which part, and what produced them.

``journal/part-00007.jsonl`` is written after part 7 of everything else, whole or not at all: what it names is done, and
what it does not name was never finished, whatever lies in the tables. Its first line is the request (command, rule set,
recogniser, versions), each further line one recording: as it was found, what came of it in figures, and the key of its
transcript in the store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from qa_pipeline.outputs.tally import Counted
from qa_pipeline.outputs.whole import whole_file
from qa_pipeline.records import Recording

JOURNAL = "journal"

Request: TypeAlias = Mapping[str, Any]
"""What decides a result, as plain JSON values: two runs with equal requests may share a folder."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A recording that is done. ``stamp`` changes when its file does; ``key`` is its transcript's, None without one."""

    recording: Recording
    counted: Counted
    stamp: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """All parts of a folder. ``requests`` are those that differ, in the order of parts: one, unless people meddled."""

    parts: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)
    requests: Sequence[Request] = ()

    @property
    def entries(self) -> list[Entry]:
        """All recordings that are done, part by part."""
        return [entry for part in sorted(self.parts) for entry in self.parts[part]]


def read_journal(out: Path) -> Journal:
    """The journal of ``out``; empty where there is none. A part that nobody can read is as if it were not there."""
    parts: dict[int, tuple[Entry, ...]] = {}
    requests: list[Request] = []
    for path in sorted((out / JOURNAL).glob("part-*.jsonl")):
        page = _page(path)
        if page is None:
            continue
        request, parts[_number(path)] = page
        if request not in requests:
            requests.append(request)
    return Journal(parts, tuple(requests))


def read_page(out: Path, part: int) -> tuple[Entry, ...]:
    """The recordings of one part; none where its page cannot be read."""
    page = _page(out / JOURNAL / f"part-{part:05d}.jsonl")
    return page[1] if page else ()


def _page(path: Path) -> tuple[Request, tuple[Entry, ...]] | None:
    try:
        _number(path)
        first, *lines = path.read_text(encoding="utf-8").splitlines()
        return json.loads(first), tuple(_entry(json.loads(line)) for line in lines)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _number(path: Path) -> int:
    return int(path.stem.removeprefix("part-"))


def write_journal(out: Path, part: int, request: Request, entries: Sequence[Entry]) -> None:
    """Say that the recordings of ``part`` are ``entries``. Raises RequestError where the disk does not take it."""
    lines = [request, *(_line(entry) for entry in entries)]
    with whole_file(out / JOURNAL / f"part-{part:05d}.jsonl", out) as path:
        text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines)  # ASCII: a name may be no UTF-8
        path.write_text(text, encoding="ascii")


def differences(old: Request, new: Request) -> list[str]:
    """What differs between two requests, a line each, ``what: old → new``; not what one of them had no need of."""
    found = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found += [f"{name} {line}" for line in differences(before, after)]
        elif before != after and not (isinstance(before, Mapping | None) and isinstance(after, Mapping | None)):
            found.append(f"{name}: {_shown(before)} → {_shown(after)}")
    return found


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{text[:12]}…" if len(text) == 64 else text


def _line(entry: Entry) -> dict[str, Any]:
    plain = {name: value for name, value in asdict(entry.recording).items() if value not in (None, {})}
    return {"recording": plain, "stamp": entry.stamp, "key": entry.key, "counted": entry.counted.as_json()}


def _entry(plain: Mapping[str, Any]) -> Entry:
    counted = Counted.read(plain["counted"])
    return Entry(Recording(**plain["recording"]), counted, str(plain["stamp"]), plain["key"])
