"""What is done about a window that is doubted: smaller pieces first, then other searches, then it is given up.

Every step is repeatable: the same recording gives the same words tomorrow, in another order, after a crash. Sampling at
a temperature, which is what OpenAI's whisper does here, is not (CTranslate2 seeds each thread once).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from qa_pipeline.audio.decode import Samples
from qa_pipeline.records import Seconds
from qa_pipeline.transcribe.gate import GateLimits, Reason
from qa_pipeline.transcribe.hearing import AS_ASKED, Heard, Mel, Search
from qa_pipeline.transcribe.prepare import WindowSound, ready
from qa_pipeline.transcribe.windows import halves, sound_within

_HOPELESS = frozenset({Reason.NO_SPEECH, Reason.SILENT_SOUND})
"""There is nothing to hear again where nobody speaks."""


@dataclass(frozen=True, slots=True)
class Try:
    """One window to be heard: by which ``search``, as which attempt, and what was heard of it first.

    What is given up is kept as it was heard first, by the search that was asked for.
    """

    part: WindowSound
    search: Search = AS_ASKED
    attempt: int = 0
    first: tuple[Heard, Reason] | None = None


def further_tries(  # noqa: PLR0917 -- each is what one step of the ladder needs
    tried: Try, heard: Heard, reason: Reason, limits: GateLimits, mel: Callable[[Samples], Mel], gap_s: Seconds
) -> Iterator[Try]:
    """What to try next of a window in which ``heard`` is doubted for ``reason``; nothing where it is to be given up."""
    if reason in _HOPELESS:
        return
    parts = halves(tried.part.window, gap_s) if tried.search == AS_ASKED else None
    if parts is not None:
        for half in parts:
            sound = sound_within(tried.part.window, tried.part.sound, half)
            yield Try(ready(half, sound, mel), attempt=tried.attempt + 1)
        return
    steps = (AS_ASKED, *limits.searches)
    further = steps[steps.index(tried.search) + 1 :]
    if further and reason is not Reason.WORDLESS:  # who looks hard enough finds words where there are none
        yield replace(tried, search=further[0], attempt=tried.attempt + 1, first=tried.first or (heard, reason))
