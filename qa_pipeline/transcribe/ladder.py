"""What is done about a window that is doubted: smaller pieces first, then rising temperatures, then it is given up.

Smaller pieces come first because they are repeatable: the same recording gives the same words tomorrow. Sampling at a
temperature is not (CTranslate2 seeds each thread once), so it is left for what nothing else has helped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from qa_pipeline.audio.decode import Samples
from qa_pipeline.records import Seconds
from qa_pipeline.transcribe.gate import GateLimits, Reason
from qa_pipeline.transcribe.hearing import Heard, Mel
from qa_pipeline.transcribe.prepare import WindowSound, ready
from qa_pipeline.transcribe.windows import halves, sound_within

_HOPELESS = frozenset({Reason.NO_SPEECH, Reason.SILENT_SOUND})
"""There is nothing to hear again where nobody speaks."""


@dataclass(frozen=True, slots=True)
class Try:
    """One window to be heard: at which ``temperature``, as which attempt, and what was heard of it first.

    What is given up is kept as it was heard first, at temperature 0: that is the same tomorrow.
    """

    part: WindowSound
    temperature: float = 0.0
    attempt: int = 0
    first: tuple[Heard, Reason] | None = None


def further_tries(  # noqa: PLR0917 -- each is what one step of the ladder needs
    tried: Try, heard: Heard, reason: Reason, limits: GateLimits, mel: Callable[[Samples], Mel], gap_s: Seconds
) -> Iterator[Try]:
    """What to try next of a window in which ``heard`` is doubted for ``reason``; nothing where it is to be given up."""
    if reason in _HOPELESS:
        return
    parts = halves(tried.part.window, gap_s) if tried.temperature == 0 else None
    if parts is not None:
        for half in parts:
            sound = sound_within(tried.part.window, tried.part.sound, half)
            yield Try(ready(half, sound, mel), attempt=tried.attempt + 1)
        return
    hotter = [temperature for temperature in limits.temperatures if temperature > tried.temperature]
    if hotter and reason is not Reason.WORDLESS:  # sampling writes words where there are none
        yield replace(tried, temperature=min(hotter), attempt=tried.attempt + 1, first=tried.first or (heard, reason))
