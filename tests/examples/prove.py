"""Proves that nothing private of the sample calls survives in any file of a pack, text or sound.

    python -m tests.examples.prove              packs of all sample calls in which something private is said
    python -m tests.examples.prove --format flac

Texts, documents, page, file names, tags of sounds and raw bytes are searched for the numbers (in digits and as spoken),
names and addresses of ``private_truth.yaml``; every sound is recognised again with the demo model, and what is heard is
searched for any four digits of a number in a row, and for the names by sound. Exits with 1 where something is left.
"""

import argparse
import html
import json
import re
import sys
import tempfile
import zipfile
from pathlib import Path

import av

from qa_pipeline.audio.encode import Encoding
from qa_pipeline.examples.candidates import Candidate, Listening, read_candidates
from qa_pipeline.examples.choose import Choice, Pick, Place
from qa_pipeline.examples.kinds import CallKind
from qa_pipeline.examples.material import material
from qa_pipeline.examples.pack import Pack, _write
from qa_pipeline.examples.sounds import write_sounds
from qa_pipeline.outputs.night import read_night
from qa_pipeline.records import Recording
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.numbers import value
from qa_pipeline.text.pinyin import as_heard
from qa_pipeline.text.private_numbers import loose_runs
from tests.examples.nights import TRUTH, scored, stored

WINDOW = 4
"""So many digits of a number in a row are too many."""

_DIGIT = re.compile("[零一二三四五六七八九幺两]")
_PLACE = re.compile("[号栋单楼路]")


def secrets(recordings=tuple(TRUTH)) -> tuple[set[str], set[str]]:
    """The numbers (as digits, six and more) and the words (names, addresses, numbers as spoken) of these calls."""
    said = {told["text"] for recording in recordings for told in TRUTH.get(recording, ())}
    numbers = {"".join(map(value, text)) for text in said if len(text) > 5 and not _PLACE.search(text)}
    return {number for number in numbers if number.isdigit()}, {
        text for text in said if len(text) > 3 or not _DIGIT.search(text)
    }


def survivors(pack: Path, recordings=tuple(TRUTH), hear=None) -> list[str]:
    """What is left in a pack, one line each. ``hear`` turns a sound file into what is heard in it."""
    numbers, words = secrets(recordings)
    found = []
    for path in sorted(pack.rglob("*")):
        name = path.relative_to(pack).as_posix()
        found += [f"{name}: name: {hit}" for hit in in_text(name, numbers, words)]
        if path.is_file():
            found += [f"{name}: bytes: {hit}" for hit in in_bytes(path.read_bytes(), numbers, words)]
            found += [f"{name}: {hit}" for text in texts_of(path) for hit in in_text(text, numbers, words)]
            if hear is not None and path.suffix in (".mp3", ".flac"):
                found += [f"{name}: heard: {hit}" for hit in in_text(hear(path), numbers, words)]
    return found


def in_text(text: str, numbers: set[str], words: set[str]) -> list[str]:
    """Four digits of a number in a row, spoken or written; a word as written, and (three characters) by sound."""
    plain = normalise(text).text
    digits = [run.digits for run in loose_runs(plain)]
    parts = {number[i : i + WINDOW] for number in numbers for i in range(len(number) - WINDOW + 1)}
    hits = [part for part in sorted(parts) if any(part in run for run in digits)]
    heard = as_heard(plain)
    return hits + [word for word in sorted(words) if word in plain or as_heard(word) in heard]


def in_bytes(content: bytes, numbers: set[str], words: set[str]) -> list[str]:
    """The whole secrets in any usual encoding."""
    return [
        secret
        for secret in sorted(numbers | words)
        for encoding in ("utf-8", "gbk", "utf-16-le", "utf-16-be")
        if secret.encode(encoding) in content
    ]


def texts_of(path: Path) -> list[str]:
    """All that a person or a program may read in a file."""
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as document:
            parts = [
                document.read(name).decode("utf-8", "replace")
                for name in document.namelist()
                if name.endswith((".xml", ".rels"))
            ]
        return [re.sub("<[^>]+>", "", part) for part in parts if "<w:document" in part or "coreProperties" in part]
    if path.suffix == ".html":
        page = path.read_text(encoding="utf-8")
        data = json.loads(re.search('<script type="application/json"[^>]*>(.*?)</script>', page, re.S)[1])
        seen = html.unescape(re.sub("<[^>]+>", " ", re.sub("<(script|style)\\b.*?</\\1>", " ", page, flags=re.S)))
        return [seen, *strings(data)]
    if path.suffix in (".mp3", ".flac"):
        with av.open(str(path)) as sound:
            return [*map(str, sound.metadata.values()), *map(str, sound.streams.audio[0].metadata.values())]
    if path.suffix == ".json":
        return list(strings(json.loads(path.read_bytes())))
    return [path.read_text(encoding="utf-8-sig")]


def strings(data) -> list[str]:
    """All texts in parsed JSON, keys included."""
    if isinstance(data, dict):
        return [text for key, item in data.items() for text in (key, *strings(item))]
    if isinstance(data, list):
        return [text for item in data for text in strings(item)]
    return [data] if isinstance(data, str) else []


def listener():
    """The demo model as a function from a sound file to what is heard in it, utterance by utterance."""
    from qa_pipeline.transcribe.models import DeviceChoice, resolve_model
    from qa_pipeline.transcribe.whisper import WhisperOptions, WhisperTranscriber

    model = WhisperTranscriber(resolve_model("demo", "cpu"), DeviceChoice("cpu", "int8"), WhisperOptions(cpu_threads=2))
    return lambda path: "，".join(u.text for u in model.transcribe(Recording("x", "x", str(path))).utterances)


def pack_of(recordings, folder: Path, encoding=Encoding.MP3, *, word_times=True) -> Path:
    """A pack of just these calls, whatever they are worth as examples."""
    transcripts = stored(folder / "heard", recordings)
    night = read_night(scored(folder / "night", transcripts, recordings))
    candidates = read_candidates(night)
    out = folder / "pack"
    chosen = {call.recording_id: call for call in candidates.calls}
    calls = [chosen.get(row["recording_id"]) or bare(row) for row in night.calls]
    picks = tuple(Pick(call, Place.OTHER, (), ()) for call in calls)
    where = transcripts if word_times else None
    materials = tuple(material(pick, i, night, candidates.titles, transcripts=where) for i, pick in enumerate(picks))
    out.mkdir()
    _write(
        Pack(
            out, Choice(picks, 0.0, (), len(picks)), materials, tuple(write_sounds(m, out, encoding) for m in materials)
        )
    )
    return out


def bare(row) -> Candidate:
    """A call that cannot be an example (mono: no score), all the same."""
    listening = Listening(1.0, 1.0, 1.0, 1.0)
    return Candidate(
        row["recording_id"], 0.0, "", CallKind.CONSULT, listening, row["duration_s"], row["agent_id"], call=row
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", choices=[e.value for e in Encoding], default="mp3")
    options = parser.parse_args()
    left, hear, calls = [], listener(), sorted(TRUTH)
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(calls), 4):
            where = Path(folder) / str(start)
            pack = pack_of(calls[start : start + 4], where, Encoding(options.format))
            files = [path for path in pack.rglob("*") if path.is_file()]
            found = survivors(pack, calls, hear)
            print(f"{', '.join(calls[start : start + 4])}: {len(files)} files, {len(found)} left")
            left += found
    print("\n".join(left) or "nothing private is left")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
