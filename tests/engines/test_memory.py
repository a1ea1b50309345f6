"""Memory of a run, children included."""

import subprocess
import sys

from qa_pipeline.engines.memory import TreeMemory

HUNGRY = "import sys; held = bytearray(200_000_000); print('full', flush=True); sys.stdin.read()"


def test_what_children_hold_counts_and_the_peak_stays():
    memory = TreeMemory(every_s=0)
    alone = memory.look()
    assert alone > 10_000_000
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HUNGRY], **pipes) as child:
        child.stdout.readline()
        with_child = memory.look()
        child.stdin.close()
        child.wait()
    assert 190_000_000 < with_child - alone < 300_000_000
    assert memory.look() < with_child == memory.peak_bytes


def test_it_looks_only_now_and_then(monkeypatch):
    now, looks = [0.0], iter([5, 7])
    monkeypatch.setattr("qa_pipeline.engines.memory._tree_bytes", lambda: next(looks))
    memory = TreeMemory(every_s=2.0, clock=lambda: now[0])
    assert (memory.look(), memory.look()) == (5, 5)
    now[0] = 2.0
    assert (memory.look(), memory.peak_bytes) == (7, 7)
