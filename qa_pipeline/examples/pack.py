"""Writes the pack of a choice into a folder: the page for class, sounds, case sheets, an index, the audit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
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
from qa_pipeline.outputs.delivered import Bundle, delivered_folder
from qa_pipeline.outputs.journal import JOURNAL, read_journal
from qa_pipeline.outputs.night import read_night
from qa_pipeline.outputs.parts import transcript_name
from qa_pipeline.outputs.scored import TABLES, Place, Scored, opened, opened_files
from qa_pipeline.outputs.whole import cannot_write
from qa_pipeline.storage import is_url

LIBRARY = "library.json"
PAGE = "index.html"


@dataclass(frozen=True)
class Pack:
    """What was written, and what people should know of it."""

    out: Path | str
    choice: Choice
    materials: tuple[Material, ...]
    sounds: tuple[Sounds, ...]

    @property
    def page(self) -> Path | str:
        """The page to open; its URL where the pack lies behind one."""
        return f"{self.out.rstrip('/')}/{PAGE}" if isinstance(self.out, str) else self.out / PAGE

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
    folder: Place,
    out: Place,
    wishes: Wishes | None = None,
    *,
    transcripts: Place | None = None,
    encoding: Encoding = Encoding.MP3,
    agents: bool = False,
    overwrite: bool = False,
) -> Pack:
    """Choose the examples of a scored ``folder`` and write their pack into ``out``.

    ``transcripts`` is a folder of stored transcripts with word times. ``agents`` shows who served. All of them may lie
    behind URLs. Raises ``RequestError`` where nothing can be chosen, or ``out`` holds something else, or is not to be
    written.
    """
    bundle = Bundle(LIBRARY, PAGE, tuple(LETTERS), _is_index, overwrite)
    with delivered_folder(out, bundle) as target, opened(folder, (*TABLES, JOURNAL)) as scored, ExitStack() as stack:
        night = read_night(scored.folder)
        candidates = read_candidates(night)
        choice = choose(candidates, _with_ids(wishes or Wishes(), [call["recording_id"] for call in night.calls]))
        stored = stack.enter_context(opened_files(transcripts, _transcripts(choice))) if transcripts else None
        _make_room(target, overwrite=overwrite)
        _bring_words(scored, choice)
        materials = tuple(
            material(pick, place, night, candidates.titles, transcripts=stored, theme=choice.theme, agents=agents)
            for place, pick in enumerate(choice.picks)
        )
        pack = _written(target, choice, materials, encoding)
    return replace(pack, out=str(out)) if is_url(out) else pack


def _transcripts(choice: Choice) -> list[str]:
    return [transcript_name(pick.call.recording_id) for pick in choice.picks]


def _bring_words(scored: Scored, choice: Choice) -> None:
    """Of a folder behind a URL, fetch what its run kept of the words of the chosen calls."""
    chosen = {pick.call.recording_id for pick in choice.picks}
    scored.store(entry for entry in read_journal(scored.folder).entries if entry.recording.recording_id in chosen)


def _written(out: Path, choice: Choice, materials: tuple[Material, ...], encoding: Encoding) -> Pack:
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
        return _is_index((out / LIBRARY).read_bytes())
    except OSError:
        return False


def _is_index(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content)["cases"], list)
    except (ValueError, KeyError, TypeError):
        return False


def _write(pack: Pack) -> None:
    out = Path(pack.out)
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
        (out / one.letter).mkdir(exist_ok=True)
        write_docx(blocks, out / one.letter / "sheet.docx")
    for name, text in texts.items():
        write_whole(out / name, text.encode())


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
