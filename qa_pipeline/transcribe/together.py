"""Many recordings through one recogniser at once: their windows share batches, and nobody notices the company.

Recordings are made ready a little ahead (``ahead``), their windows wait in a pool (``batches``), full batches are
heard (``hearing``), what is doubted (``gate``) is heard again (``ladder``), and a call is given back when its last
window is settled. What is held at any time is bounded by seconds of speech, whatever the number of calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import RecognitionEffort, Recording, Seconds, Transcript
from qa_pipeline.transcribe.ahead import Ahead, Prepare
from qa_pipeline.transcribe.batches import Pool, Waiting
from qa_pipeline.transcribe.call import OpenCall
from qa_pipeline.transcribe.gate import GateLimits
from qa_pipeline.transcribe.hearing import AS_ASKED, Ear, Heard
from qa_pipeline.transcribe.ladder import Try, further_tries
from qa_pipeline.transcribe.prepare import Prepared

Outcome: TypeAlias = tuple[int, Transcript | Exception]


@dataclass(frozen=True, slots=True)
class TogetherOptions:
    """``batch_size`` windows are heard at once. ``hold_s``: seconds of speech that may be open before batches go out
    half full (one recording is always let in, however long). ``threads`` make recordings ready in the background.
    """

    batch_size: int
    hold_s: Seconds
    gap_s: Seconds
    limits: GateLimits
    threads: int = 0
    prompts: tuple[str, ...] = ()


def recognise_together(
    recordings: Iterable[Recording], prepare: Prepare, ear: Ear, asr_model: str, options: TogetherOptions
) -> Iterator[Outcome]:
    """(position, transcript or what went wrong) of each recording, as they are done."""
    with Ahead(recordings, prepare, options.threads) as ahead:
        yield from _Desk(ahead, ear, asr_model, options).work()


class _Desk:
    """The state of one run: open calls, waiting windows, finished calls."""

    def __init__(self, ahead: Ahead, ear: Ear, asr_model: str, options: TogetherOptions) -> None:
        self.ahead, self.ear, self.asr_model, self.options = ahead, ear, asr_model, options
        self.pool = Pool()
        self.held_s = 0.0
        self.batch_size = options.batch_size
        self.done: list[Outcome] = []

    def work(self) -> Iterator[Outcome]:
        """Until nothing is left: let recordings in while a batch lacks windows and there is room, else hear one."""
        while True:
            batch = self.pool.full(self.batch_size)
            if not batch and (item := self._next_recording()) is not None:
                self._let_in(*item)
            elif batch := batch or self.pool.oldest(self.batch_size):
                for waiting, result in self._hear(batch):
                    self._settle(waiting, result)
            else:
                return
            done, self.done = self.done, []
            yield from done

    def _next_recording(self) -> tuple[int, Prepared | Exception] | None:
        has_room = self.held_s < self.options.hold_s or not self.pool
        return self.ahead.take() if has_room else None

    def _let_in(self, position: int, prepared: Prepared | Exception) -> None:
        if isinstance(prepared, Exception):
            self.done.append((position, prepared))
            return
        call = OpenCall(position, prepared, self.options.prompts, waiting=len(prepared.windows))
        call.effort += RecognitionEffort(windows=len(prepared.windows))
        self.held_s += prepared.held_s
        for part in prepared.windows:
            self.pool.add(Waiting(call, Try(part)))
        prepared.windows.clear()  # from here on each window is held where it waits, and let go when it is heard
        self._finish_if_settled(call)

    def _hear(self, batch: list[Waiting]) -> Iterator[tuple[Waiting, Heard | Exception]]:
        """What was heard of each; where a batch fails, its halves are tried, until the culprit is alone."""
        began = perf_counter()
        try:
            todo = [waiting.todo for waiting in batch]
            heard = self.ear.hear([t.part.window for t in todo], [t.part.mel for t in todo], todo[0].search)
        except RequestError:
            raise
        except Exception as error:  # CTranslate2 has one kind for all, memory among them
            if len(batch) == 1:
                yield batch[0], error
                return
            middle = len(batch) // 2
            if _is_for_want_of_memory(error) and batch[0].todo.search == AS_ASKED:  # a wide search needs more than most
                self.batch_size = max(1, min(self.batch_size, middle))
            for half in (batch[:middle], batch[middle:]):
                yield from self._hear(half)
            return
        share = (perf_counter() - began) / len(batch)
        for waiting, one in zip(batch, heard, strict=True):
            slots = max(1.0, self.options.batch_size / len(batch))
            waiting.call.effort += RecognitionEffort(passes=1, slots=slots, seconds={"recognition": share})
            yield waiting, one

    def _settle(self, waiting: Waiting, result: Heard | Exception) -> None:
        """Believe, doubt, or give up one window; the call is done with its last one."""
        call, tried = waiting.call, waiting.todo
        if call.error is not None:
            return
        if isinstance(result, Exception):
            call.error = self._in_words(call, result)
            self.pool.forget(call)
            call.waiting = 0
        else:
            call.waiting -= 1
            self._judge(call, tried, result)
        self._finish_if_settled(call)

    def _judge(self, call: OpenCall, tried: Try, heard: Heard) -> None:
        limits = self.options.limits
        reason = call.doubt(tried.part, heard, limits)
        if reason is None:
            call.accept(tried.part, heard)
            return
        call.effort += RecognitionEffort(gated=int(tried.attempt == 0))
        again = list(further_tries(tried, heard, reason, limits, self.ear.mel, self.options.gap_s))
        for one in again:
            self.pool.add(Waiting(call, one))
        call.waiting += len(again)
        call.effort += RecognitionEffort(redecoded=len(again))
        if not again:
            call.give_up(*(tried.first or (heard, reason)))

    def _finish_if_settled(self, call: OpenCall) -> None:
        if call.waiting > 0:
            return
        self.held_s -= call.prepared.held_s
        self.done.append((call.position, call.error or call.transcript(self.asr_model, self.ear.language)))

    def _in_words(self, call: OpenCall, error: Exception) -> RecordingError:
        why = str(error).strip().splitlines() or [type(error).__name__]
        problem = RecordingError(
            Stage.TRANSCRIBE,
            f"{Path(call.prepared.recording.path).name}: the recogniser {self.asr_model} failed on it "
            f"({why[0][:200]}); if memory ran out, use a smaller --batch-size or model",
        )
        problem.__cause__ = error
        return problem


def _is_for_want_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or "memory" in str(error).lower()
