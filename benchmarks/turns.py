"""How exact turns are: speech activity, interruptions and silences, against what is known of each recording.

    python -m benchmarks.turns                        the synthesised samples, whose scripts give the truth
    python -m benchmarks.turns --spoiled              the same with a leak, noise, lost packets, hum, a quiet side
    python -m benchmarks.turns --leaks                how much false speech a leak makes, before and after the remedy
    python -m benchmarks.turns --rttm FILE SOUND      a recording whose speaker turns are known
    python -m benchmarks.turns --look SOUND ...       what is found where nothing is known
    python -m benchmarks.turns --long HOURS           time and memory to make a stereo call of that length ready

No words are recognised: the words of the references are laid onto the speech that the sound shows, so that only times
are measured, and interruptions are judged by the rules' own operators.
"""

from __future__ import annotations

import argparse
import resource
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import yaml

from qa_pipeline.audio.activity import ActivityOptions, speech_of_channels
from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, Sound, decode
from qa_pipeline.audio.listening import Listened, listen_to
from qa_pipeline.features import CallFeatures, call_features
from qa_pipeline.records import Recording, Role, Seconds, Span, Transcript, Utterance
from qa_pipeline.rules.operators import operator
from qa_pipeline.rules.view import View
from qa_pipeline.transcribe.prepare import Cutting, prepare
from scripts.speech.spoil import bleed, hum, packet_loss, quiet
from scripts.speech.telephone import TELEPHONE_RATE, add_noise, resample

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SAME_S: Seconds = 1.0
"""What is found this near to what is true is the same interruption or silence."""

_PAUSE_S: Seconds = 0.5  # pauses within one line; the scripts' lines are whole utterances


@dataclass
class Edges:
    """Differences in seconds between where lines begin and end and where speech was found to."""

    onsets: list[Seconds] = field(default_factory=list)
    offsets: list[Seconds] = field(default_factory=list)
    missed: int = 0

    def __str__(self) -> str:
        lines = [f"{len(self.onsets)} lines, {self.missed} missed"]
        for name, values in (("onset", self.onsets), ("offset", self.offsets)):
            off = np.abs(values)
            within = float(np.mean(off <= 0.1))
            signed = f"{np.median(values) * 1000:+.0f}"
            lines.append(
                f"{name}: median {np.median(off) * 1000:.0f} ms ({signed} signed), "
                f"p95 {np.percentile(off, 95) * 1000:.0f} ms, worst {off.max() * 1000:.0f} ms, "
                f"{within:.1%} within 0.1 s"
            )
        return "; ".join(lines)


@dataclass
class Found:
    """Of some kind of event: how many are true, found, and both."""

    true: int = 0
    found: int = 0
    both: int = 0

    def add(self, true: Sequence[Span], found: Sequence[Span]) -> None:
        """Count one recording's."""
        left = list(found)
        self.true += len(true)
        self.found += len(found)
        for span in true:
            same = next((f for f in left if abs(f.start - span.start) <= SAME_S and f.overlap(span) > 0), None)
            if same is not None:
                left.remove(same)
                self.both += 1

    def __str__(self) -> str:
        precision = self.both / self.found if self.found else 1.0
        recall = self.both / self.true if self.true else 1.0
        return f"{self.true} true, {self.found} found, precision {precision:.1%}, recall {recall:.1%}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--spoiled", action="store_true", help="also measure with what lines do to sound")
    parser.add_argument("--rttm", nargs=2, metavar=("FILE", "SOUND"), help="measure against known speaker turns")
    parser.add_argument("--look", nargs="+", metavar="SOUND", help="print what is found")
    parser.add_argument("--leaks", action="store_true", help="measure what is taken away of a leak")
    parser.add_argument("--long", type=float, metavar="HOURS", help="time and memory for a call of that length")
    options = parser.parse_args(arguments)
    if options.leaks:
        measure_leaks()
    elif options.long:
        print(long_call(options.long))
    elif options.rttm:
        print(against_rttm(*map(Path, options.rttm)))
    elif options.look:
        for path in options.look:
            print(f"{Path(path).name}: {look(Path(path))}")
    else:
        for name, spoil in (SPOILS if options.spoiled else {"clean": SPOILS["clean"]}).items():
            print(f"== {name}")
            measure(spoil)


def measure(spoil: Callable[[Samples], Samples]) -> None:
    """All stereo samples through ``spoil``."""
    edges, broken_in, silent = Edges(), Found(), Found()
    for path in sorted((SAMPLES / "references").glob("*.yaml")):
        truth = yaml.safe_load(path.read_text("utf-8"))
        if truth["channels"] < 2:
            continue
        (recording,) = (SAMPLES / "calls").glob(f"{truth['id']}.*")
        sound = decode(recording)
        heard = listen_to(Sound(spoil(sound.channels), sound.duration))
        call = _call(truth, heard)
        _add_edges(edges, truth, heard)
        broken_in.add([Span(s["start"], s["end"]) for s in truth["interruptions"]], list(_interruptions(call)))
        silences = [Span(s["start"], s["end"]) for s in truth["silences"]]
        silent.add(silences, [Span(e.start, e.end) for e in _find("dead_air", {"max_s": 4.9}, call)])
    print(f"speech: {edges}")
    print(f"interruptions: {broken_in}")
    print(f"silences of 5 s and more: {silent}")


def _none(channels: Samples) -> Samples:
    return channels


def _each(spoil: Callable[[Samples, np.random.Generator], Samples]) -> Callable[[Samples], Samples]:
    def both(channels: Samples) -> Samples:
        generator = np.random.default_rng(1)
        return np.stack([spoil(samples, generator) for samples in channels])

    return both


SPOILS: dict[str, Callable[[Samples], Samples]] = {
    "clean": _none,
    "customer leaks onto the agent's channel, -20 dB, 50 ms": lambda c: bleed(
        c, 1, 0, loss_db=20, rate=SAMPLE_RATE, delay_s=0.05
    ),
    "the same, -26 dB, 250 ms, a room of 0.2 s": lambda c: bleed(
        c, 1, 0, loss_db=26, rate=SAMPLE_RATE, delay_s=0.25, room_s=0.2
    ),
    "white noise 20 dB below the speech": _each(lambda s, g: add_noise(s, 20, g)),
    "2 % of packets lost": _each(lambda s, g: packet_loss(s, SAMPLE_RATE, 0.02, g)),
    "5 % of packets lost": _each(lambda s, g: packet_loss(s, SAMPLE_RATE, 0.05, g)),
    "mains hum at -40 dB": _each(lambda s, g: hum(s, SAMPLE_RATE, -40)),
    "customer 20 dB fainter": lambda c: np.stack([c[0], quiet(c[1], 20)]),
}


def _call(truth: dict, heard: Listened) -> CallFeatures:
    """The call with the reference's words and the sound's speech: each line goes where speech of its channel is."""
    said = tuple(_laid(line, heard.speech[line["channel"]]) for line in truth["utterances"])
    ordered = tuple(sorted(said, key=lambda u: (u.start, u.channel)))
    roles = {0: Role.AGENT, 1: Role.CUSTOMER}
    return call_features(
        Transcript(
            truth["id"], heard.sound.duration, 2, ordered, heard.speech, channel_roles=roles, events=heard.events
        )
    )


def _laid(line: dict, speech: Sequence[Span]) -> Utterance:
    span = _speech_of(line, speech) or Span(line["start"], line["end"])
    return Utterance(Role(line["role"]), line["channel"], span.start, span.end, line["text"])


def _speech_of(line: dict, speech: Sequence[Span]) -> Span | None:
    """From where to where the speech of one line was found: the spans that lie mostly in it."""
    whole = Span(line["start"], line["end"])
    inside = [span for span in speech if span.overlap(whole) >= 0.5 * min(span.duration, whole.duration)]
    return Span(inside[0].start, inside[-1].end) if inside else None


def _add_edges(edges: Edges, truth: dict, heard: Listened) -> None:
    lines = truth["utterances"]
    for line in lines:
        found = _speech_of(line, heard.speech[line["channel"]])
        beside = [o for o in lines if o is not line and o["channel"] == line["channel"]]
        if found is None:
            edges.missed += 1
            continue
        # Where the same voice goes on within a short pause the two lines are one stretch: no edge to be found.
        if not any(0 <= line["start"] - other["end"] < _PAUSE_S for other in beside):
            edges.onsets.append(found.start - line["start"])
        if not any(0 <= other["start"] - line["end"] < _PAUSE_S for other in beside):
            edges.offsets.append(found.end - line["end"])


def _interruptions(call: CallFeatures) -> Iterator[Span]:
    for by in ("agent", "customer"):
        for evidence in _find("interruption", {"by": by}, call):
            yield Span(evidence.start, evidence.end)


def _find(name: str, parameters: dict, call: CallFeatures) -> list:
    return list(operator(name).model_validate(parameters).find(View.of(call)))


def against_rttm(rttm: Path, recording: Path) -> str:
    """Detection of speech against speaker turns, whoever speaks, by 10 ms: missed and false shares of true speech."""
    heard = listen_to(decode(recording))
    frames = round(heard.sound.duration * 100)
    true, found = np.zeros(frames, bool), np.zeros(frames, bool)
    edges = []
    for line in rttm.read_text().splitlines():
        _, _, _, start, length, *_ = line.split()
        true[round(float(start) * 100) : round((float(start) + float(length)) * 100)] = True
        edges += [float(start), float(start) + float(length)]
    for spans in heard.speech:
        for span in spans:
            found[round(span.start * 100) : round(span.end * 100)] = True
    collar = np.ones(frames, bool)
    for edge in edges:
        collar[max(0, round((edge - 0.25) * 100)) : round((edge + 0.25) * 100)] = False
    lines = []
    for name, counted in (("every frame", np.ones(frames, bool)), ("without 0.25 s around each edge", collar)):
        speech = max(1, int((true & counted).sum()))
        missed, false = int((true & ~found & counted).sum()), int((~true & found & counted).sum())
        lines.append(
            f"{name}: {speech / 100:.2f} s of speech, missed {missed / speech:.1%}, false {false / speech:.1%} of it, "
            f"detection error {(missed + false) / speech:.1%}"
        )
    return "\n".join(lines)


LEAKS = ((12, 0.0, 0.0), (20, 0.02, 0.0), (30, 0.1, 0.0), (20, 0.15, 0.1), (26, 0.25, 0.2))
"""Loss in dB, delay and room in seconds."""


def measure_leaks() -> None:
    """The customer on the agent's channel of all stereo samples: seconds of false speech, and of own speech lost."""
    calls = [sound for path in sorted((SAMPLES / "calls").iterdir()) if len((sound := decode(path)).channels) == 2]
    for loss, delay, room in LEAKS:
        seconds = np.zeros(3)
        for sound in calls:
            made = bleed(sound.channels, 1, 0, loss_db=loss, rate=SAMPLE_RATE, delay_s=delay, room_s=room)
            own, raw = _frames(listen_to(sound).speech[0], sound), _frames(speech_of_channels(made)[0], sound)
            kept = _frames(listen_to(Sound(made, sound.duration)).speech[0], sound)
            seconds += [(raw & ~own).sum() / 100, (kept & ~own).sum() / 100, (own & ~kept).sum() / 100]
        print(
            f"-{loss} dB, {delay * 1000:.0f} ms, room {room} s: false {seconds[0]:.0f} s, after {seconds[1]:.0f} s, "
            f"own speech lost {seconds[2]:.1f} s"
        )


def _frames(spans: Sequence[Span], sound: Sound) -> np.ndarray:
    marks = np.zeros(round(sound.duration * 100) + 1, bool)
    for span in spans:
        marks[round(span.start * 100) : round(span.end * 100)] = True
    return marks


def long_call(hours: float) -> str:
    """A sample call over and over, from a WAV file at 8 kHz to windows ready for the recogniser."""
    channels = decode(SAMPLES / "calls" / "s10-disastrous-call.flac").channels
    narrow = np.stack([resample(samples, SAMPLE_RATE, TELEPHONE_RATE) for samples in channels], axis=1)
    once = (narrow * 32_767).astype("<i2").tobytes()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(TELEPHONE_RATE)
            for _ in range(round(hours * 3600 * TELEPHONE_RATE / len(narrow))):
                file.writeframes(once)
        began = time.process_time()
        cutting = Cutting(28.0, 0.2, 0.3, ActivityOptions())
        ready = prepare(Recording("long", path.name, str(path)), cutting, lambda _: np.zeros((1, 1), np.float32))
        spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    held = sum(window.sound.nbytes for window in ready.windows) / 1e9
    sound = 2 * ready.duration * SAMPLE_RATE * 4 / 1e9
    return (
        f"{ready.duration / 3600:.1f} h stereo: {spent:.0f} s of CPU, peak {peak:.1f} GB, "
        f"of it {sound:.1f} GB the sound and {held:.1f} GB the {len(ready.windows)} windows of speech"
    )


def look(recording: Path) -> str:
    """What is found in a recording of which nothing is known."""
    heard = listen_to(decode(recording))
    spoken = [f"{sum(span.duration for span in spans):.1f} s in {len(spans)} stretches" for spans in heard.speech]
    levels = [f"speech {level.speech_db or 0:.0f} dB, noise {level.noise_db:.0f} dB" for level in heard.levels]
    events = [f"{event.kind} {event.start:.1f}-{event.end:.1f}" for event in heard.events]
    both = ""
    if len(heard.speech) == 2:
        overlap = sum(one.overlap(other) for one in heard.speech[0] for other in heard.speech[1])
        both = f"; both at once {overlap:.1f} s"
    told = [*events, *heard.sound.warnings]
    channels = "; ".join(f"{a} ({b})" for a, b in zip(spoken, levels, strict=True))
    return f"{heard.sound.duration:.1f} s: {channels}{both}{'; ' if told else ''}{'; '.join(told)}"


if __name__ == "__main__":
    main()
