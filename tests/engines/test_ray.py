"""The Ray engine on a real cluster of two nodes on this machine: a worker is killed, and a recording kills its own."""

import json
import sys
import threading
from contextlib import suppress

import psutil
import pytest

from qa_pipeline.errors import RequestError
from tests.engines.fakes import Counting, put
from tests.engines.small import score
from tests.engines.test_resume import files, rows

NODE = {"num_cpus": 1, "object_store_memory": 80_000_000, "node_ip_address": "127.0.0.1", "include_dashboard": False}


@pytest.fixture
def cluster(monkeypatch):
    pytest.importorskip("ray")
    from ray._private import services
    from ray.cluster_utils import Cluster

    # Ray takes a loopback address for the machine's outer one; nothing here is to be seen from outside.
    monkeypatch.setattr(services, "get_node_ip_address", lambda *_, **__: "127.0.0.1")
    made = Cluster(initialize_head=True, head_node_args=NODE)
    made.add_node(**NODE)
    try:
        yield made
    finally:
        made.shutdown()


def kill_one_worker(killed, heard, over):
    """As soon as something was heard, end the process of one actor of this cluster."""
    while not over.wait(0.02):
        if heard.exists():
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    if "ray::_Shards" in " ".join(child.cmdline()):
                        child.kill()
                        killed.append(child.pid)
                        return


def test_both_engines_give_equal_rows_though_a_worker_is_lost_and_a_recording_kills(tmp_path, cluster):
    folder = put(tmp_path / "in", **{f"n{n:02d}": "nap" for n in range(40)}, broken="raise", poison="kill")
    killed, heard, over = [], tmp_path / "heard", threading.Event()
    killer = threading.Thread(target=kill_one_worker, args=(killed, heard, over), daemon=True)
    killer.start()
    ask = {"engine": "ray", "ray_address": cluster.address}
    summary = score(folder, out=tmp_path / "ray", recogniser=Counting(heard), **ask)
    over.set()
    killer.join()
    assert killed
    assert (summary.calls, summary.failed, summary.status) == (42, 2, "finished")
    assert heard.read_text().split().count("poison") <= 3
    why = dict(rows(tmp_path / "ray", "parse_filename(source_uri), error_message"))["poison.wav"]
    assert why.startswith("the worker that worked on it was lost")
    assert json.loads((tmp_path / "ray" / "run.json").read_text())["jobs"] == 2
    score(folder, out=tmp_path / "local", jobs=2, recogniser=Counting(heard))
    ray, local = files(tmp_path / "ray"), files(tmp_path / "local")
    ray.pop("calls/part-00000.parquet"), local.pop("calls/part-00000.parquet")  # each engine says in its words who died
    assert ray == local
    all_but_why = "* exclude (error_message, started_at)"
    assert rows(tmp_path / "ray", all_but_why) == rows(tmp_path / "local", all_but_why)


def test_without_ray_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RequestError, match=r"qa-pipeline\[ray\]"):
        score(
            put(tmp_path / "in", a="good"), out=tmp_path / "out", engine="ray", recogniser=Counting(tmp_path / "heard")
        )
    assert not (tmp_path / "out").exists()


def test_an_engine_that_nobody_knows(tmp_path):
    for wrong, message in (({"engine": "spark"}, "--engine spark"), ({"ray_address": "auto"}, "only --engine ray")):
        with pytest.raises(RequestError, match=message):
            score(tmp_path, out=tmp_path / "out", **wrong)
