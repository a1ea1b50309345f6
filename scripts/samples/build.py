"""Build the sample calls from their scripts: recordings, reference transcripts, and the manifest.

    python -m scripts.samples.build              everything
    python -m scripts.samples.build --only ID    one call (and the manifest)
    python -m scripts.samples.build --check      rebuild elsewhere; 1 if a byte differs from what lies in samples/

Needs espeak-ng 1.51 (``apt install espeak-ng``). Same machine, same scripts: same bytes. espeak-ng carries
something over from one text to the next, so every call is built in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import sys
from concurrent.futures import ProcessPoolExecutor
from filecmp import cmp
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from scripts.samples.encode import write_audio
from scripts.samples.script import ROLES, CallScript, load_scripts
from scripts.samples.sound import render
from scripts.samples.timeline import Span, Timeline, interruptions, place, silences
from scripts.speech.telephone import TELEPHONE_RATE

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
_HEAD = "# Written by scripts/samples/build.py; edit samples/scripts/ instead.\n"


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 1 if ``--check`` finds a difference."""
    parser = argparse.ArgumentParser(description="Build the sample calls from samples/scripts/.")
    parser.add_argument("--only", metavar="ID", help="build this call alone")
    parser.add_argument("--check", action="store_true", help="compare a fresh build with what lies in samples/")
    options = parser.parse_args(arguments)
    scripts = load_scripts(SAMPLES)
    chosen = [script for script in scripts if options.only in (None, script.id)]
    if not chosen:
        parser.error(f"no call {options.only}: {', '.join(script.id for script in scripts)}")
    if options.check:
        return _check(scripts, chosen)
    build(scripts, chosen, SAMPLES)
    return 0


def build(scripts: list[CallScript], chosen: list[CallScript], folder: Path) -> list[Path]:
    """Write the ``chosen`` calls and the manifest of all ``scripts`` under ``folder``; return the files."""
    (folder / "calls").mkdir(exist_ok=True)
    (folder / "references").mkdir(exist_ok=True)
    _write_manifest(scripts, folder / "calls.csv")
    written = [folder / "calls.csv"]
    with ProcessPoolExecutor(mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        for audio, reference in processes.map(_build_call, chosen, repeat(folder)):
            print(f"{audio.name}: {audio.stat().st_size / 1_000:.0f} kB")
            written += [audio, reference]
    return written


def _build_call(script: CallScript, folder: Path) -> tuple[Path, Path]:
    """Write one call's recording and reference; call it in a fresh process."""
    timeline = place(script)
    audio, reference = folder / "calls" / script.file_name, folder / "references" / f"{script.id}.yaml"
    write_audio(audio, render(script, timeline), TELEPHONE_RATE, script.encoding)
    reference.write_text(_HEAD + _as_yaml(_reference(script, timeline)), encoding="utf-8")
    return audio, reference


def _check(scripts: list[CallScript], chosen: list[CallScript]) -> int:
    with TemporaryDirectory() as folder:
        fresh = build(scripts, chosen, Path(folder))
        kept = {path: SAMPLES / path.relative_to(folder) for path in fresh}
        stale = [old for new, old in kept.items() if not old.exists() or not cmp(old, new, shallow=False)]
    for path in stale:
        print(f"differs from a fresh build: {path}", file=sys.stderr)
    return 1 if stale else 0


def _reference(script: CallScript, timeline: Timeline) -> dict[str, Any]:
    """The truth about one recording, as plain data."""
    utterances = sorted(timeline.utterances, key=lambda utterance: utterance.start)
    return {
        "id": script.id,
        "duration": timeline.duration,
        "channels": script.channels,
        "hangup_by": script.hangup_by,
        "utterances": [
            {
                "role": utterance.line.role,
                "channel": ROLES.index(utterance.line.role) % script.channels,
                "start": round(utterance.start, 3),
                "end": round(utterance.end, 3),
                "text": utterance.line.text,
            }
            for utterance in utterances
        ],
        "interruptions": [{"by": span.role, **_times(span)} for span in interruptions(timeline.utterances)],
        "silences": [{**_times(span), "announced": span.announced} for span in silences(timeline)],
    }


def _as_yaml(data: dict[str, Any]) -> str:
    return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=1_000))


def _times(span: Span) -> dict[str, float]:
    return {"start": round(span.start, 3), "end": round(span.end, 3)}


def _write_manifest(scripts: list[CallScript], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [_manifest_row(script) for script in scripts]
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _manifest_row(script: CallScript) -> dict[str, str | int]:
    return {
        "file": f"calls/{script.file_name}",
        "recording_id": script.id,
        "agent_id": script.agent_id,
        "team": script.team,
        "queue": script.domain,
        "started_at": script.manifest["started_at"],
        "hangup_by": script.hangup_by,
        "ring_s": script.manifest["ring_s"],
        "ticket_id": script.manifest["ticket_id"],
        "campaign": script.manifest["campaign"],
    }


if __name__ == "__main__":
    sys.exit(main())
