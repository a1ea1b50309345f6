import signal
import time

import pytest

from qa_pipeline.engines.pool import Died, run_here, run_in_workers
from qa_pipeline.errors import RequestError
from tests.engines.workers import die_at_once, prepare_badly, prepare_to_obey, prepare_worse


def answers(tasks, jobs=2, prepare=prepare_to_obey):
    return {item[0]: item[1] for item in run_in_workers(prepare, tasks, jobs, tick_s=0.2) if item is not None}


def test_here_answers_in_order():
    assert list(run_here(prepare_to_obey, [("give", 1), ("give", 2)])) == [(0, 1), (1, 2)]


def test_workers_answer_everything():
    assert answers([("give", n) for n in range(20)]) == {n: n for n in range(20)}


def test_a_killer_is_answered_with_died_and_others_go_on(tmp_path):
    once = tmp_path / "once"
    tasks = [("give", 0), ("kill", 0), ("give", 2), ("exit", 3), ("kill once", str(once)), ("give", 5)]
    found = answers(tasks)
    assert found == {0: 0, 1: Died(-signal.SIGKILL), 2: 2, 3: Died(3), 4: str(once), 5: 5}
    assert "SIGKILL" in str(found[1])
    assert "code 3" in str(found[3])


def test_one_job_survives_a_killer():
    assert answers([("kill", 0), ("give", 1)], jobs=1) == {0: Died(-9), 1: 1}


@pytest.mark.parametrize(
    ("prepare", "message"),
    [(prepare_badly, "no such model"), (prepare_worse, "ZeroDivisionError: oops"), (die_at_once, "code 7")],
)
def test_workers_that_cannot_start_end_the_run(prepare, message):
    with pytest.raises(RequestError, match=message):
        answers([("give", 1)], prepare=prepare)


def test_silence_ticks_and_closing_ends_the_workers():
    asked = time.monotonic()
    running = run_in_workers(prepare_to_obey, [("sleep", 60)], 1, tick_s=0.05)
    assert next(running) is None
    running.close()
    assert time.monotonic() - asked < 60  # nobody waits until it has slept
