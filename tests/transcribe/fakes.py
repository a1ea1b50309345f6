"""A recogniser and recordings without sound: what is tested is what happens between them."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from qa_pipeline.audio.decode import SAMPLE_RATE
from qa_pipeline.records import ChannelSound, Recording, Span, Word
from qa_pipeline.transcribe.gate import gate_limits
from qa_pipeline.transcribe.hearing import AS_ASKED, Heard, Search
from qa_pipeline.transcribe.prepare import Prepared, WindowSound, ready
from qa_pipeline.transcribe.together import TogetherOptions
from qa_pipeline.transcribe.windows import Window, pack

LIMITS = gate_limits()
TRUSTING = LIMITS.model_copy(
    update={
        "min_avg_logprob": -99.0,
        "max_compression_ratio": 99.0,
        "max_characters_per_s": 1e9,
        "wordless_s": 1e9,
        "loops": {10**6: 2},
    }
)
Says = Callable[[Window, Search], Heard]


def mel(sound: np.ndarray) -> np.ndarray:
    return np.zeros((1, 3000), np.float32)


def windows(*speech: tuple[float, float], channel: int = 0, longest_s: float = 10.0) -> list[WindowSound]:
    """Speech at -20 dB, packed as ever."""
    spans = [Span(*span) for span in speech]
    packed = pack(channel, spans, 36_000.0, longest_s=longest_s, pad_s=0.2, gap_s=0.3)
    return [ready(w, np.full(round(w.duration * SAMPLE_RATE), 0.1, np.float32), mel) for w in packed]


def prepared(name: str, *speech: tuple[float, float], noise_db: float = -70.0, longest_s: float = 10.0) -> Prepared:
    found = windows(*speech, longest_s=longest_s)
    level = ChannelSound(-20.0, noise_db, 50.0, 0.0)
    held_s = 1.0 + sum(w.window.duration for w in found)
    spans = tuple(Span(*span) for span in speech)
    return Prepared(recording(name), 36_000.0, (spans,), (level,), (), found, held_s, {})


def recording(name: str) -> Recording:
    return Recording(name, name, f"{name}.wav")


def heard(window: Window, text: str | Sequence[str], logprob: float = -0.1, no_speech: float = 0.0) -> Heard:
    """``text`` spread over the window, or one text for each piece."""
    texts = [text] if isinstance(text, str) else list(text)
    words = []
    for piece, said in zip(window.pieces, texts, strict=False):
        step = piece.cut.duration / max(1, len(said))
        words += [Word(piece.offset + i * step, piece.offset + (i + 0.9) * step, c, 0.9) for i, c in enumerate(said)]
    return Heard(window, "".join(texts), tuple(words), logprob, no_speech, 1.0)


def clear(window: Window, _search: Search = AS_ASKED) -> Heard:
    """Four characters for each piece, which say when it was said."""
    return heard(window, [f"{round(piece.spoken.start):04d}" for piece in window.pieces])


class FakeEar:
    """Remembers its batches; ``says`` makes what is heard of each window, or raises."""

    language = "zh"

    def __init__(self, says: Says = clear) -> None:
        self.says = says
        self.batches: list[list[tuple[Window, Search]]] = []

    def mel(self, sound: np.ndarray) -> np.ndarray:
        return mel(sound)

    def hear(self, windows: Sequence[Window], mels: Iterable[object], search: Search = AS_ASKED) -> list[Heard]:
        self.batches.append([(window, search) for window in windows])
        return [self.says(window, search) for window in windows]


def options(batch_size: int = 4, hold_s: float = 1000.0, **rest: object) -> TogetherOptions:
    return TogetherOptions(batch_size, hold_s, 0.3, LIMITS, **rest)  # type: ignore[arg-type]
