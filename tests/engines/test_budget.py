"""What may still be begun, by the time that is left."""

from qa_pipeline.engines import run as running
from qa_pipeline.engines.budget import Budget
from tests.cli.run import store
from tests.engines.small import score


def room(audio_s, speed, left_s=100.0, workers=2):
    budget = Budget(1000.0, clock=lambda: 1000.0 - left_s)
    return budget.room(audio_s, speed, workers), budget.used_up


def test_each_worker_has_its_share_of_the_speed():
    assert room([2000, 2000, 2000], speed=100) == (2, True)  # 50 a second and worker: 5,000 in 100 s
    assert room([2000, 2000, 1000], speed=100) == (3, False)
    assert room([6000, 1], speed=100) == (0, True)


def test_before_anything_is_known_all_may_be_begun_until_the_deadline():
    assert room([9999], speed=None) == (1, False)
    assert room([9999], speed=None, left_s=0) == (0, True)
    assert room([0.0], speed=100, left_s=-1) == (0, True)


def test_what_there_is_no_time_for_is_left_and_done_by_the_next_run(tmp_path, monkeypatch):
    for n in range(30):
        store(tmp_path / "in" / f"{n}.json", id=f"c{n:02}")
    monkeypatch.setattr(running, "cut", lambda audio_s, order, workers: [(n,) for n in order])
    monkeypatch.setattr(running.Pace, "speed", None)
    ticks = iter(range(10_000))
    monkeypatch.setattr("qa_pipeline.engines.plan.Budget", lambda deadline: Budget(deadline, lambda: next(ticks)))
    monkeypatch.setattr("qa_pipeline.engines.local.monotonic", lambda: 0.0)
    events = []
    first = score(tmp_path / "in", out=tmp_path / "out", time_budget_s=12, on_event=events.append)
    assert (first.status, first.calls, first.expected) == ("out_of_time", 12, 30)
    assert first.audio_left_s > 0
    assert events[-1].summary.status == "out_of_time"
    again = score(tmp_path / "in", out=tmp_path / "out")
    assert (again.status, again.calls, again.resumed) == ("finished", 30, 12)


def test_nothing_is_begun_after_the_deadline_by_workers_either(tmp_path, monkeypatch):
    for n in range(10):
        store(tmp_path / "in" / f"{n}.json", id=f"c{n:02}")
    summary = score(tmp_path / "in", out=tmp_path / "out", time_budget_s=1e-9, jobs=2)
    assert (summary.status, summary.calls, summary.expected) == ("out_of_time", 0, 10)
