"""What becomes of tasks whose workers die, hang, grow or break their word. Weights are seconds of audio."""

import pytest

from qa_pipeline.engines.pool import Processes
from qa_pipeline.engines.shard import LONGEST_S, cut
from qa_pipeline.engines.supervise import Died, Limits, run_shards
from tests.engines.workers import prepare


def answers(tasks, shards, workers=2, **more):
    given = run_shards(Processes(prepare), tasks, shards, workers, tick_s=0.2, **more)
    found = [item for item in given if item is not None]
    assert len({index for index, _ in found}) == len(found) == len(tasks)
    return dict(found)


def test_only_the_killer_of_a_shard_is_given_up():
    tasks = ["a", "kill", "c", "d", "raise", "skip", "g"]
    found = answers(tasks, [(0, 1, 2), (3, 4, 5, 6)])
    assert {index for index, answer in found.items() if isinstance(answer, Died)} == {1, 4, 5}
    assert found[1] == Died(-9)
    assert str(found[4]) == "the process that worked on it could not go on: MemoryError: CUDA out of memory"
    assert str(found[5]) == "the recogniser gave no answer for it"


def test_who_hangs_or_grows_is_given_up_and_others_go_on():
    limits = Limits(floor_s=4.0, patience=0.1, memory_bytes=250_000_000)
    tasks = ["a", "hang", "c", "grow"]
    found = answers(tasks, [(0, 1), (2, 3)], weights=[1.0] * 4, limits=limits)
    assert (found[0], found[2]) == ("a", "c")
    assert "did not come to an end: given up after" in str(found[1])
    assert "grew to 0." in str(found[3])


@pytest.mark.parametrize("workers", [1, 2, 16])
def test_shards_hold_everything_once_largest_first_and_leave_something_for_all(workers):
    audio_s = [3600.0] * 3 + [300.0] * 100 + [10.0] * 40
    shards = cut(audio_s, range(len(audio_s)), workers)
    assert [index for shard in shards for index in shard] == list(range(len(audio_s)))
    lengths = [sum(audio_s[index] for index in shard) for shard in shards]
    assert max(lengths) <= LONGEST_S
    assert len(shards) >= min(len(audio_s), 4 * workers)
    assert len(shards[-1]) <= 4
    assert cut([], [], workers) == []
    assert cut([9e9, 0.0], [0, 1], workers) == [(0,), (1,)]
