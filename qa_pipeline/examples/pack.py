"""Writes the pack of a choice into a folder: the page for class, sounds, case sheets, an index, the audit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa_pipeline.audio.encode import Encoding
from qa_pipeline.durable import write_whole
from qa_pipeline.errors import RequestError
from qa_pipeline.examples.candidates import Candidate, read_candidates
from qa_pipeline.examples.choose import Choice, choose
from qa_pipeline.examples.library import as_csv, as_json, audit, library
from qa_pipeline.examples.material import LETTERS, Material, code_of, material
from qa_pipeline.examples.page import class_page, clock, readme, why
from qa_pipeline.examples.sheet import markdown, sheet, write_docx
from qa_pipeline.examples.sounds import Sounds, write_sounds
from qa_pipeline.examples.wishes import Wishes
from qa_pipeline.outputs.night import read_night
from qa_pipeline.outputs.whole import cannot_write

LIBRARY = "library.json"
PAGE = "index.html"


@dataclass(frozen=True)
class Pack:
    """What was written, and what people should know of it."""

    out: Path
    choice: Choice
    materials: tuple[Material, ...]
    sounds: tuple[Sounds, ...]

    @property
    def page(self) -> Path:
        """The page to open."""
        return self.out / PAGE

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is less than it could be."""
        found = []
        for one, sounds in zip(self.materials, self.sounds, strict=True):
            if sounds.missing:
                found.append(f"{one.title}: {sounds.missing}")
            elif not one.has_word_times and one.taken:
                found.append(
                    f"{one.title}: 没有词的时间，含个人信息的话整句消音。先 qa-pipeline transcribe，再给 --transcripts "
                    "no word times: whole utterances are silent; transcribe first and give --transcripts"
                )
        return tuple(found)


def make_pack(
    folder: Path | str,
    out: Path | str,
    wishes: Wishes | None = None,
    *,
    transcripts: Path | str | None = None,
    encoding: Encoding = Encoding.MP3,
    agents: bool = False,
    overwrite: bool = False,
) -> Pack:
    """Choose the examples of a scored ``folder`` and write their pack into ``out``.

    ``transcripts`` is a folder of stored transcripts with word times. ``agents`` shows who served. Raises
    ``RequestError`` where nothing can be chosen, or ``out`` holds something else, or the disk does not take it.
    """
    out, night = Path(out), read_night(folder)
    candidates = read_candidates(night)
    choice = choose(candidates, _with_ids(wishes or Wishes(), [call["recording_id"] for call in night.calls]))
    _make_room(out, overwrite=overwrite)
    stored = Path(transcripts) if transcripts is not None else None
    materials = tuple(
        material(pick, place, night, candidates.titles, transcripts=stored, theme=choice.theme, agents=agents)
        for place, pick in enumerate(choice.picks)
    )
    sounds = tuple(write_sounds(one, out, encoding) for one in materials)
    pack = Pack(out, choice, materials, sounds)
    try:
        _write(pack)
    except OSError as error:
        raise cannot_write(out, error) from error
    return pack


def _make_room(out: Path, *, overwrite: bool) -> None:
    """An empty folder; an earlier pack goes only with ``overwrite``, and nothing that is no pack ever does."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if not _is_pack(out):
            raise RequestError(f"{out} 里有别的东西 holds something else: choose another --out")
        if not overwrite:
            raise RequestError(f"{out} 里已有案例包 holds a pack: choose another --out, or --overwrite")
        for name in (PAGE, LIBRARY, "library.csv", "audit.json", "README.md"):
            (out / name).unlink(missing_ok=True)
        for letter in LETTERS:
            shutil.rmtree(out / letter, ignore_errors=True)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error


def _is_pack(out: Path) -> bool:
    try:
        return isinstance(json.loads((out / LIBRARY).read_bytes())["cases"], list)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _write(pack: Pack) -> None:
    rows = library(pack.materials, pack.sounds)
    texts = {
        PAGE: class_page(pack.materials, pack.sounds),
        LIBRARY: as_json({"cases": rows, "runners_up": _runners_up(pack.choice)}),
        "library.csv": as_csv(rows),
        "audit.json": as_json(audit(pack.materials)),
        "README.md": readme(_cases(pack), pack.choice.notes),
    }
    for one in pack.materials:
        blocks = sheet(one)
        texts[f"{one.letter}/sheet.md"] = markdown(blocks)
        (pack.out / one.letter).mkdir(exist_ok=True)
        write_docx(blocks, pack.out / one.letter / "sheet.docx")
    for name, text in texts.items():
        write_whole(pack.out / name, text.encode())


def _runners_up(choice: Choice) -> list[dict[str, object]]:
    return [
        {
            "instead_of": f"案例{LETTERS[place]}",
            "code": code_of(runner.call.recording_id),
            "kind": runner.call.kind.label,
            "queue": runner.call.queue or "",
            "score": runner.call.score,
            "duration_s": round(runner.call.duration, 1),
            "difference": round(runner.difference, 2),
        }
        for place, pick in enumerate(choice.picks)
        for runner in pick.runners_up
    ]


def _cases(pack: Pack) -> list[dict[str, object]]:
    """What the trainer's page says of each case: why it, and who could stand in."""
    return [
        {
            "title": one.title,
            "code": one.code,
            "place": one.pick.place.label,
            "facts": _facts(one.pick.call),
            "why": why(one),
            "runners_up": [
                {
                    "code": code_of(runner.call.recording_id),
                    "facts": _facts(runner.call),
                    "difference": f"{runner.difference:+.2f}",
                }
                for runner in one.pick.runners_up
            ],
        }
        for one in pack.materials
    ]


def _facts(call: Candidate) -> str:
    return f"{call.score:g} 分，{call.kind.label}，{clock(call.duration)}"


def _with_ids(wishes: Wishes, ids: Sequence[str]) -> Wishes:
    """The wishes with recording ids where they name cases by code."""
    known = {code_of(recording_id): recording_id for recording_id in ids}
    return replace(
        wishes,
        exclude=tuple(known.get(name, name) for name in wishes.exclude),
        swap={known.get(old, old): known.get(new, new) for old, new in wishes.swap.items()},
    )
