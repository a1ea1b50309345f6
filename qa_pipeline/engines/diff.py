"""``rules diff``: both rule sets over a whole corpus, in as many processes as fit."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from time import monotonic
from typing import TypeAlias

from qa_pipeline.engines.machine import available_bytes, default_jobs, usable_cores
from qa_pipeline.engines.pool import Died, run_in_workers
from qa_pipeline.engines.program import program
from qa_pipeline.engines.run import OnProgress, Progress
from qa_pipeline.errors import RecordingError, RequestError
from qa_pipeline.features import CallFeatures, call_features
from qa_pipeline.outputs.corpus import (
    Batch,
    Corpus,
    StoredCall,
    find_corpus,
    is_manifest,
    listed_corpus,
    read_batch,
)
from qa_pipeline.outputs.journal import read_journal
from qa_pipeline.outputs.scored import Place, opened_corpus
from qa_pipeline.pipeline import name_heard
from qa_pipeline.records import CallFailure
from qa_pipeline.rules.cases import as_shown
from qa_pipeline.rules.diff import (
    Comparison,
    CorpusNote,
    Diff,
    Gates,
    Side,
    Subject,
    Tally,
    changes_between,
    read_side,
)
from qa_pipeline.rules.diff.result import Unread
from qa_pipeline.rules.loader import load, operators_of
from qa_pipeline.rules.revisions import Located, located
from qa_pipeline.storage import is_url
from qa_pipeline.text.segment import keep_whole

FEW_BATCHES = 4
"""Below this many, starting processes takes longer than judging."""

COLLECT_AFTER = 50_000
"""Records made, less those gone, after which a worker looks for circles among them."""

BY_SOUND = frozenset(
    {
        "DeadAir",
        "FillerRate",
        "Interruption",
        "Loudness",
        "OverlapRatio",
        "ResponseGap",
        "SpeechQuality",
        "TalkRate",
        "TalkRatio",
        "Metadata",
    }
)
"""Operators that look at word times, the sound, or typed metadata, which a rebuilt call has no more."""


@dataclass(frozen=True, slots=True)
class How:
    """How calls are compared: how many are kept, whether quickly, whose outcomes are taken over, the site's words."""

    top: int
    quick: bool
    program: str
    words: tuple[str, ...]


Work: TypeAlias = Callable[[Batch], "Part"]


@dataclass
class Part:
    """What one batch comes to."""

    tally: Tally
    unread: list[Unread] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)


def diff(
    old: str,
    new: str,
    *,
    on: Place,
    jobs: int | None = None,
    top: int = 10,
    quick: bool = False,
    full: bool = False,
    gates: Gates | None = None,
    on_progress: OnProgress | None = None,
) -> Diff:
    """Compare two rule sets over the calls of ``on``: stored transcripts (a folder, or a manifest of them), or a folder
    that score wrote. Each of these may be a URL, and a manifest may name transcripts behind URLs.

    ``old`` and ``new`` are paths, shipped names or git revisions. ``jobs`` None: as many processes as there are cores
    and work; the answer does not depend on it. ``top``: how many of the calls that change most are kept. ``quick``:
    calls of which no rule says anything else are not judged in full, so their own scores are not known. ``full``: what
    a scored folder says of its calls is not taken over but judged again; the answer is the same. ``gates`` that
    name a rule which neither set has are refused before anything is judged. Raises
    ``RequestError`` where a set or the corpus is not to be had, ``RuleSetError`` where a set has a fault.
    """
    if jobs is not None and jobs < 1:
        raise RequestError(f"--jobs {jobs}: at least one process must work.")
    with located(old, new) as (first, second), ExitStack() as stack:
        sides = read_side(first), read_side(second)
        if gates is not None:
            gates.check({rule.spec.id for side in sides for rule in side.ruleset.rules})
        changes = changes_between(*sides)
        corpus, shown = stack.enter_context(_opened(on))
        jobs = jobs or _fitting(len(corpus.batches))
        how = How(top, quick, "" if full else program(), corpus.words)
        here = partial(_here, Comparison(*(side.ruleset for side in sides), quick=quick), how)
        whole = Part(Tally(top))
        for part in _parts(here, partial(_prepare, first, second, how), corpus.batches, jobs, on_progress):
            _merge(whole, part)
        if not whole.tally.calls:
            raise RequestError(_nothing(shown, whole))
        limited = _limited(sides) if corpus.rebuilt else ()
        unread = tuple(sorted(whole.unread, key=lambda one: (one.source, one.message)))
        note = CorpusNote(shown, corpus.rebuilt, unread, dict(sorted(whole.skipped.items())), limited)
        return Diff(*sides, changes, note, whole.tally)


@contextmanager
def _opened(on: Place) -> Iterator[tuple[Corpus, str]]:
    """The corpus at ``on``, and what people call it."""
    if is_url(on) and is_manifest(on):
        yield listed_corpus(on), os.fspath(on)
        return
    with opened_corpus(on) as calls:
        if calls.url is not None and (entries := read_journal(calls.folder).entries):
            calls.store(entries)  # what was heard, where it was kept
        corpus = find_corpus(calls.folder)
        yield corpus, calls.url or as_shown(corpus.root).as_posix()


def _fitting(batches: int) -> int:
    if batches < FEW_BATCHES:
        return 1
    return default_jobs(batches, cores=usable_cores(), model_bytes=0, memory=available_bytes())


def _parts(
    here: Work, prepare: Callable[[], Work], batches: Sequence[Batch], jobs: int, on_progress: OnProgress | None
) -> Iterator[Part]:
    """What each batch comes to, as they are done: ``here``, or in ``jobs`` processes that ``prepare`` themselves."""
    began, unread = monotonic(), 0
    for done, (batch, answer) in enumerate(_answers(here, prepare, batches, jobs), 1):
        part = Part(Tally(), _all_unread(batch, answer)) if isinstance(answer, Died) else answer
        unread += len(part.unread)
        if on_progress is not None:
            on_progress(Progress(done, len(batches), unread, 0.0, monotonic() - began))
        yield part


def _answers(
    here: Work, prepare: Callable[[], Work], batches: Sequence[Batch], jobs: int
) -> Iterator[tuple[Batch, Part | Died]]:
    if jobs == 1:
        yield from ((batch, here(batch)) for batch in batches)
        return
    for item in run_in_workers(prepare, batches, jobs):
        if item is not None:
            yield batches[item[0]], item[1]


def _merge(whole: Part, part: Part) -> None:
    whole.tally.merge(part.tally)
    whole.unread += part.unread
    for reason, count in part.skipped.items():
        whole.skipped[reason] = whole.skipped.get(reason, 0) + count


def _all_unread(batch: Batch, died: Died) -> list[Unread]:
    return [Unread(name, str(died)) for name in batch.files]


def _prepare(old: Located, new: Located, how: How) -> Work:
    """What a worker does first: load both sets, once, and tell the collector that they stay.

    A call leaves thousands of small records and hardly a circle: looking for circles after every 700 takes a tenth of
    the time.
    """
    sets = (load(str(at.path), at.shipped_at) for at in (old, new))
    keep_whole(how.words)
    work = partial(_work, Comparison(*sets, quick=how.quick), how)
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    return work


def _here(comparison: Comparison, how: How, batch: Batch) -> Part:
    keep_whole(how.words)
    return _work(comparison, how, batch)


def _work(comparison: Comparison, how: How, batch: Batch) -> Part:
    """Compare the calls of one batch."""
    read = read_batch(batch, how.program)
    part = Part(Tally(how.top), [Unread(*one) for one in read.unread], dict(read.skipped))
    for call in read.calls:
        _one(comparison, call, part)
    return part


def _one(comparison: Comparison, call: StoredCall, part: Part) -> None:
    """Compare one call. What goes wrong with it is said of it, and nothing else is lost: the broad ``except`` of
    ``pipeline`` once more.
    """
    try:
        features = cache(partial(_features, call))
        delta = comparison.compare_one(Subject(call.recording_id, call.source, features, call.judged))
    except RecordingError as error:
        part.unread.append(Unread(call.source or call.recording_id, str(error)))
    except Exception as error:
        part.unread.append(Unread(call.source or call.recording_id, f"{type(error).__name__}: {error}"))
    else:
        part.tally.add(delta)


def _features(call: StoredCall) -> CallFeatures:
    """The features of one call, roles told apart as ``score`` tells them. Raises RecordingError."""
    heard = call.hear()
    if call.recording is None:
        return call_features(heard)
    named = name_heard(call.recording, heard)
    if isinstance(named, CallFailure):
        raise RecordingError(named.stage, named.message)
    return call_features(named)


def _nothing(shown: str, whole: Part) -> str:
    said = [f"  {one.source}: {one.message}" for one in whole.unread[:10]]
    said += [f"  {count} × {reason}" for reason, count in sorted(whole.skipped.items())]
    return "\n".join([f"{shown}: 没有可以比较的通话 no call to compare", *said])


def _limited(sides: tuple[Side, Side]) -> tuple[str, ...]:
    """The rules to be judged twice that look at what a rebuilt call does not show as the recording did."""
    comparison = Comparison(*(side.ruleset for side in sides))
    rules = {rule.spec.id: rule for side in sides for rule in side.ruleset.rules}
    twice = [rule for rule_id, rule in rules.items() if rule_id not in comparison.same]
    return tuple(r.spec.id for r in twice if any(type(op).__name__ in BY_SOUND for op in operators_of(r)))
