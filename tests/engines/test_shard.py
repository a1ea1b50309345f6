"""A shard by itself: what is known is not heard, and equal recordings are heard once."""

from qa_pipeline.engines.shard import Library, Task, run_shard
from qa_pipeline.outputs.tally import count
from qa_pipeline.pipeline import name_heard
from qa_pipeline.records import Recording, Transcript
from qa_pipeline.transcribe.store import TranscriptStore
from tests.engines.fakes import Counting, put


def run(folder, store, names, teams):
    """What comes of each recording by name: its team or why it failed, and whether it was reused; and what was heard."""
    made = {}

    def finish(recording, heard, clock):
        named = name_heard(recording, heard, clock)
        made[recording.recording_id] = named.metadata if isinstance(named, Transcript) else named.message
        return count(named, recording.source_uri), None

    tasks = [Task(Recording(n, n, str(folder / f"{n}.wav"), {"team": teams[n]} if n in teams else {})) for n in names]
    heard = folder / "heard"
    heard.write_text("")
    results = dict(run_shard(tasks, Counting(heard)(), Library(store, "sound", "replayed"), finish))
    assert sorted(results) == list(range(len(names)))
    return {n: (made[n], results[i].reused) for i, n in enumerate(names)}, heard.read_text().split(), results


def test_equal_recordings_are_heard_once_each_with_its_own_row_of_the_manifest(tmp_path):
    folder = put(tmp_path, a="good", x="raise")
    for name, like in (("b", "a"), ("c", "a"), ("y", "x")):
        (folder / f"{name}.wav").write_bytes((folder / f"{like}.wav").read_bytes())
    found, heard, _ = run(folder, TranscriptStore(tmp_path / "store"), "abcxy", {"a": "一组", "c": "三组"})
    assert (found["a"], found["b"], found["c"]) == (({"team": "一组"}, False), ({}, True), ({"team": "三组"}, True))
    assert heard == ["a", "x", "y"]  # an error names its file, so each that fails is tried
    assert not found["x"][1]
    assert not found["y"][1]


def test_without_a_store_nothing_is_known_of_any_other(tmp_path):
    folder = put(tmp_path, a="good")
    (folder / "b.wav").write_bytes((folder / "a.wav").read_bytes())
    found, heard, _ = run(folder, None, "ab", {})
    assert heard == ["a", "b"]
    assert not found["b"][1]


def test_what_the_store_holds_is_not_heard(tmp_path):
    folder, store = put(tmp_path, a="good", b="good"), TranscriptStore(tmp_path / "store")
    _, _, results = run(folder, store, "a", {})
    store.write(results[0].key, results[0].transcript)
    found, heard, _ = run(folder, store, "ab", {})
    assert heard == ["b"]
    assert found["a"][1]
