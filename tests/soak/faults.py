"""What lies in a night's folder beside good recordings, and what must become of each.

A fault is a function that puts one recording into a folder and says what its row must be. ``FAULTS`` names them all, with
how many there are among a thousand recordings.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import av
import numpy as np

from tests.soak.sounds import FORMATS, Studio, choose_format, write
from tests.soak.spiked import spike

SCORED, FAILED = "scored", "failed"


@dataclass(frozen=True)
class Expected:
    """What the row of the recording at ``path`` must be.

    ``says`` is a pattern found in the message of a failure, or in the warnings of a scored row. ``text`` is what was said in it, where
    that is known. ``either``: scored or failed, as it was done before or after somebody touched the file.
    """

    path: Path
    kind: str
    status: str = SCORED
    says: str = ""
    text: str | None = None
    either: bool = False


@dataclass(frozen=True)
class Bench:
    """What faults are made of; ``made`` are the good calls so far, and what is said in them."""

    studio: Studio
    chance: np.random.Generator
    made: list[tuple[Path, str]] = field(default_factory=list)

    def good(self, stem: Path, kind: str | None = None, *, folder: Path | None = None) -> tuple[Path, str]:
        """A good recording at ``stem`` with the extension of its format; its path and what is said in it."""
        call = self.studio.call(self.chance)
        kind = kind or choose_format(call, self.chance)
        path = (folder or stem.parent) / f"{stem.name}.{kind.split('.')[-1]}"
        write(path, call.sound, call.rate, kind)
        return path, call.text

    def call(self, stem: Path) -> Expected:
        """A recording with which nothing is wrong."""
        path, said = self.good(stem)
        self.made.append((path, said))
        return Expected(path, "call", SCORED, text=said)

    def pick(self, *among: str) -> str:
        """One of ``among``."""
        return str(self.chance.choice(among))


Put = Callable[[Bench, Path], Expected]
"""Puts a recording at a path that still lacks its extension."""


def empty(bench: Bench, stem: Path) -> Expected:
    """A file of no bytes: the switch was out of space."""
    path = stem.with_name(f"{stem.name}.{bench.pick('wav', 'mp3', 'amr')}")
    path.touch()
    return Expected(path, "empty", FAILED, r"empty \(0 bytes\); copy or export it again")


def random_bytes(bench: Bench, stem: Path) -> Expected:
    """Noise instead of a file: a broken disk, or a recording that was encrypted."""
    path = stem.with_name(f"{stem.name}.{bench.pick('wav', 'flac', 'opus', 'm4a')}")
    path.write_bytes(bench.chance.bytes(int(bench.chance.integers(200, 60_000))))
    return Expected(path, "random bytes", FAILED, r"export it again|copy it again|cut off or never started")


def header_only(bench: Bench, stem: Path) -> Expected:
    """Cut off in the middle of its header."""
    path, _ = bench.good(stem, bench.pick("s16.wav", "alaw.wav", "flac", "opus", "m4a"))
    os.truncate(path, int(bench.chance.integers(1, 40)))
    return Expected(path, "header only", FAILED, r"export it again|cut off or never started")


def cut_off(bench: Bench, stem: Path) -> Expected:
    """Cut off in the middle of the sound: what is there is scored, and a warning says what is not."""
    path, _ = bench.good(stem, bench.pick("s16.wav", "alaw.wav", "flac"))
    os.truncate(path, int(path.stat().st_size * bench.chance.uniform(0.4, 0.8)))
    return Expected(path, "cut off", SCORED, r"ends early")


def text(bench: Bench, stem: Path) -> Expected:
    """What the export server answered instead of the recording."""
    path = stem.with_name(f"{stem.name}.{bench.pick('wav', 'mp3', 'm4a')}")
    path.write_text(f"<html><body>502 Bad Gateway 请稍后再试 {stem.name}</body></html>\n" * 30)
    return Expected(path, "text", FAILED, r"not a sound file.*export it again")


def picture(bench: Bench, stem: Path) -> Expected:
    """A screenshot that somebody dropped here under a recording's name."""
    path = stem.with_name(f"{stem.name}.mp3")
    path.write_bytes(_png(bench.chance))
    return Expected(path, "picture", FAILED, r"no audio stream.*export the sound track|export it again")


def no_sound(bench: Bench, stem: Path) -> Expected:
    """A whole header, and nothing behind it: somebody hung up before anything was recorded."""
    kind = bench.pick("s16.wav", "alaw.wav", "ulaw.wav", "flac")
    path = stem.with_name(f"{stem.name}.{kind.split('.')[-1]}")
    write(path, np.zeros((1, 8), np.float32), 8_000, kind)
    if kind != "flac":
        content = path.read_bytes()
        path.write_bytes(content[: content.index(b"data") + 4] + struct.pack("<I", 0))
        return Expected(path, "no sound", FAILED, r"no sound in it; was the recording cut off")
    path.write_bytes(path.read_bytes()[:86])
    return Expected(path, "no sound", FAILED, r"no sound in it|export it again")


def silent(bench: Bench, stem: Path) -> Expected:
    """Digital silence, or a hiss: a call in which nobody speaks is a call."""
    kind = bench.pick("s16.wav", "alaw.wav", "flac", "opus")
    path = stem.with_name(f"{stem.name}.{kind.split('.')[-1]}")
    length = int(bench.chance.integers(2, 8)) * 8_000 + int(bench.chance.integers(8_000))
    loud = bench.chance.choice([0.0, 0.001])
    write(path, (bench.chance.standard_normal((2, length)) * loud).astype(np.float32), 8_000, kind)
    return Expected(path, "silent", SCORED, text="")


def wrong_extension(bench: Bench, stem: Path) -> Expected:
    """A good recording under another format's name."""
    made, said = bench.good(stem)
    others = sorted({name.split(".")[-1] for name in FORMATS} - {made.suffix[1:]})
    path = made.rename(made.with_suffix(f".{bench.pick(*others)}"))
    return Expected(path, "wrong extension", SCORED, text=said)


def odd_name(bench: Bench, stem: Path) -> Expected:
    """A good recording whose name means something to a shell, a decoder, a table or a person."""
    names = (
        "张三 投诉",
        "-o",
        "%03d",
        "a;b,c",
        '"quoted"',
        "[x]*",
        "emoji😀",
        "new\nline",
        "#1",
        "~",
        "$HOME",
        "长" * 60,
        "e\u0301",
    )
    path, said = bench.good(stem)
    path = path.rename(path.with_name(f"{bench.pick(*names)} {stem.name}{path.suffix.upper()}"))
    return Expected(path, "odd name", SCORED, text=said)


def no_utf8_name(bench: Bench, stem: Path) -> Expected:
    """A good recording whose name is in GBK, which is no UTF-8."""
    path, said = bench.good(stem)
    path = path.rename(path.with_name(os.fsdecode("来电".encode("gbk")) + f" {stem.name}{path.suffix}"))
    return Expected(path, "name in GBK", SCORED, text=said)


def twin(bench: Bench, stem: Path) -> Expected:
    """A call that lies in the folder already, under another name."""
    first, said = bench.made[int(bench.chance.integers(len(bench.made)))]
    path = stem.with_name(f"{stem.name} (1){first.suffix}")
    shutil.copyfile(first, path)
    return Expected(path, "twin", SCORED, text=said)


def odd_sound(bench: Bench, stem: Path) -> Expected:
    """Floats that are no numbers, beyond full scale, at 44,100 hertz, or a header that promises hours."""
    call = bench.studio.call(bench.chance)
    path = stem.with_name(f"{stem.name}.wav")
    if bench.chance.random() < 0.5:
        write(path, call.sound, call.rate, "s16.wav")
        content = bytearray(path.read_bytes())
        at = content.index(b"data") + 4
        content[at : at + 4] = struct.pack("<I", 0xFFFF_FFFF)  # as a pipe writes it
        path.write_bytes(content)
    else:
        sound = call.sound.T.astype("<f4") * 3
        sound[::997] = np.nan
        path.write_bytes(_float_wav(sound.tobytes(), len(call.sound), call.rate))
    return Expected(path, "odd sound", SCORED)


def stored(bench: Bench, stem: Path) -> Expected:
    """A stored transcript among the sound."""
    path, said = stem.with_name(f"{stem.name}.json"), "您好，市民服务热线，请问有什么可以帮您"
    line = {"role": "agent", "start": 0.5, "end": 3.0, "text": said}
    path.write_text(json.dumps({"duration": 4 + float(bench.chance.random()), "utterances": [line]}), encoding="utf-8")
    return Expected(path, "stored transcript", SCORED, text=said)


def unreadable(bench: Bench, stem: Path) -> Expected:
    """A good recording that this user may not read."""
    path, _ = bench.good(stem)
    path.chmod(0)
    return Expected(path, "unreadable", FAILED, r"[Pp]ermission.*check")


def dangling(bench: Bench, stem: Path) -> Expected:
    """A link to where the archive was."""
    path = stem.with_name(f"{stem.name}.wav")
    path.symlink_to(f"/archive/{stem.name}.wav")
    return Expected(path, "dangling link", FAILED, r"link points to nothing: link it anew")


def pipe(bench: Bench, stem: Path) -> Expected:
    """A named pipe: who opens it waits for ever."""
    path = stem.with_name(f"{stem.name}.wav")
    os.mkfifo(path)
    return Expected(path, "pipe", FAILED, r"no regular file: name")


def missing(bench: Bench, stem: Path) -> Expected:
    """A call of the manifest whose recording never came."""
    return Expected(stem.with_name(f"{stem.name}.wav"), "missing", FAILED, r"no such file: was it moved")


def killer(bench: Bench, stem: Path) -> Expected:
    """Its decoding ends the process by a real segmentation fault."""
    return _spiked(bench, stem, "segv", r"SIGSEGV")


def aborter(bench: Bench, stem: Path) -> Expected:
    """A library gives up on it and ends the process."""
    return _spiked(bench, stem, "abort", r"SIGABRT")


def leaver(bench: Bench, stem: Path) -> Expected:
    """A library ends the process in an orderly way."""
    return _spiked(bench, stem, "exit", r"ended by itself with code 3")


def endless(bench: Bench, stem: Path) -> Expected:
    """Its decoding never ends."""
    return _spiked(bench, stem, "hang", r"did not come to an end")


def glutton(bench: Bench, stem: Path) -> Expected:
    """Some megabytes of FLAC that hold hours of silence: decoded, gigabytes."""
    path = stem.with_name(f"{stem.name}.flac")
    path.write_bytes(_hours_of_silence() + bench.chance.bytes(8))
    return Expected(path, "glutton", FAILED, r"grew to .* GiB")


def removed(bench: Bench, stem: Path) -> Expected:
    """A good recording that somebody archives while the night goes on."""
    path, said = bench.good(stem)
    return Expected(path, "removed", SCORED, r"no such file", said, either=True)


def changed(bench: Bench, stem: Path) -> Expected:
    """A good recording that is replaced by a longer one while the night goes on."""
    path, _ = bench.good(stem, "s16.wav")
    return Expected(path, "changed", SCORED)


FAULTS: dict[Put, float] = {
    empty: 12, random_bytes: 12, header_only: 10, cut_off: 12, text: 10, picture: 4, no_sound: 10, silent: 10,
    wrong_extension: 14, odd_name: 14, no_utf8_name: 3, twin: 14, odd_sound: 8, stored: 8, unreadable: 10, dangling: 4,
    pipe: 2, missing: 8, removed: 8, changed: 6, killer: 0.6, aborter: 0.4, leaver: 0.4, endless: 0.3, glutton: 0.3,
}  # fmt: skip
"""How many there are among a thousand recordings; at least one of each."""


def _spiked(bench: Bench, stem: Path, order: str, says: str) -> Expected:
    path, _ = bench.good(stem, bench.pick("s16.wav", "alaw.wav"))
    spike(path, order)
    return Expected(path, f"spiked: {order}", FAILED, says)


@cache
def _hours_of_silence() -> bytes:
    """Ten hours of mono at 4,000 hertz."""
    rate, sink = 4_000, io.BytesIO()
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 900 * rate), np.int16), format="s16", layout="mono")
    frame.sample_rate = rate
    with av.open(sink, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate, layout="mono", options={"compression_level": "0"})
        for quarter in range(4 * 10):
            frame.pts = quarter * 900 * rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return sink.getvalue()


def _png(chance: np.random.Generator) -> bytes:
    frame = av.VideoFrame.from_ndarray(chance.integers(0, 255, (32, 32, 3), np.uint8), format="rgb24")
    sink = io.BytesIO()
    with av.open(sink, "w", format="image2pipe") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "rgb24"
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return sink.getvalue()


def _float_wav(data: bytes, channels: int, rate: int) -> bytes:
    """A WAV of 32-bit floats, which Python's ``wave`` does not write."""
    form = struct.pack("<HHIIHH", 3, channels, rate, rate * channels * 4, channels * 4, 32)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body
