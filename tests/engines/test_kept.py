"""Workers that outlive a run."""

import os
import signal
import time
from functools import partial

import psutil
import pytest

from qa_pipeline.engines.kept import Keeper
from qa_pipeline.engines.pool import Processes
from qa_pipeline.engines.supervise import run_shards
from tests.engines.workers import prepare_to_tell


def answers(keeper, tasks, shards=None, workers=1, word="a"):
    engine = keeper(partial(prepare_to_tell, word))
    shards = shards or [(index,) for index in range(len(tasks))]
    found = dict(filter(None, run_shards(engine, tasks, shards, workers, tick_s=0.1)))
    return [found[index] for index in range(len(tasks))]


@pytest.fixture
def keeper():
    made = Keeper(Processes)
    yield made
    made.close()


def test_the_next_run_finds_the_same_process(keeper):
    pids = {answer[1] for _ in range(4) for answer in answers(keeper, ["x", "y", "z"])}
    pids |= {answer[1] for answer in answers(keeper, ["x", "y", "z"], [(0, 1, 2)])}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_two_workers_stay_in_their_seats(keeper):
    first = answers(keeper, ["x"] * 40, workers=2)
    again = answers(keeper, ["x"] * 40, workers=2)
    assert {answer[1:] for answer in again} <= {answer[1:] for answer in first}
    assert len({answer[1:] for answer in first}) <= 2


def test_another_preparation_needs_another_process(keeper):
    one, other = answers(keeper, ["x"]), answers(keeper, ["x"], word="b")
    assert [one[0][0], other[0][0]] == ["a", "b"]
    assert one[0][1] != other[0][1]


def test_one_that_died_at_work_or_while_it_waited_is_replaced(keeper):
    (before,) = answers(keeper, ["x"])
    died, *others = answers(keeper, ["die", "x", "y"], [(0, 1, 2)])
    assert "SIGKILL" in str(died)
    assert {answer[1] for answer in others}.isdisjoint({before[1]})
    (waiting,) = answers(keeper, ["x"])
    os.kill(waiting[1], signal.SIGKILL)
    while psutil.Process(waiting[1]).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    (after,) = answers(keeper, ["x"])
    assert after[1] != waiting[1]


def test_none_is_left_behind():
    keeper = Keeper(Processes)
    ((_, pid, _),) = answers(keeper, ["x"])
    os.kill(pid, 0)
    keeper.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
