"""``rules diff`` on a scored folder takes over what equal rules found, and says what judging everything would say."""

import json
import shutil
from pathlib import Path

import pytest

from qa_pipeline.engines import diff as engine
from qa_pipeline.engines.diff import diff
from qa_pipeline.engines.rescore import rescore
from qa_pipeline.errors import RequestError
from qa_pipeline.rules.diff import Comparison
from qa_pipeline.rules.diff.data import as_data
from qa_pipeline.transcribe.store import TranscriptStore
from tests.engines.test_rejudge import EDITS, scored, set_file

__all__ = ["scored"]


def told(old: Path, new: Path, on: Path, **more: object) -> str:
    """All that a comparison says."""
    return json.dumps(as_data(diff(str(old), str(new), on=on, jobs=1, **more), ()), ensure_ascii=False)


@pytest.fixture
def heard(monkeypatch):
    """The transcripts that were read."""
    found: list[str] = []
    honest = TranscriptStore.read

    def spy(store, key):
        found.append(key)
        return honest(store, key)

    monkeypatch.setattr(TranscriptStore, "read", spy)
    return found


@pytest.mark.parametrize("name", EDITS)
def test_what_is_taken_over_is_not_to_be_seen(name, scored, tmp_path, heard):
    edits, asked = EDITS[name]
    old, new = set_file(tmp_path / "old"), set_file(tmp_path / "new", edits, version="2")
    quick = told(old, new, scored)
    assert len(heard) == (10 if asked else 0)
    assert quick == told(old, new, scored, full=True) == told(old, new, scored, quick=True)
    back = told(new, old, scored)
    assert back == told(new, old, scored, full=True)


def test_a_folder_of_another_set_serves_as_far_as_it_goes(scored, tmp_path, monkeypatch):
    between = set_file(tmp_path / "a", EDITS["points"][0] + EDITS["a phrase more in a lexicon"][0])
    rescore(scored, out=tmp_path / "other", ruleset=str(between), jobs=1)
    old, new = set_file(tmp_path / "old"), set_file(tmp_path / "new", EDITS["a parameter"][0])
    assert told(old, new, tmp_path / "other") == told(old, new, tmp_path / "other", full=True)
    on_own = json.loads(told(old, new, scored))
    on_other = json.loads(told(old, new, tmp_path / "other"))
    assert {**on_other, "corpus": 0} == {**on_own, "corpus": 0}


def test_rows_that_are_lacking_are_judged(scored, tmp_path):
    import pyarrow.parquet as pq

    shutil.copytree(scored, tmp_path / "one")
    path = tmp_path / "one" / "outcomes" / "part-00000.parquet"
    pq.write_table(pq.read_table(path).slice(5), path)
    old, new = set_file(tmp_path / "old"), set_file(tmp_path / "new", EDITS["points"][0])
    lacking, whole = (json.loads(told(old, new, folder)) for folder in (tmp_path / "one", scored))
    assert {**lacking, "corpus": 0} == {**whole, "corpus": 0}


def test_two_processes_say_the_same(scored, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "FEW_BATCHES", 0)
    old, new = set_file(tmp_path / "old"), set_file(tmp_path / "new", EDITS["an excuse"][0])
    one, two = (json.dumps(as_data(diff(str(old), str(new), on=scored, jobs=jobs), ())) for jobs in (1, 2))
    assert one == two


def test_transcripts_that_are_gone_are_said_of_the_call(scored, tmp_path, monkeypatch):
    monkeypatch.setattr(TranscriptStore, "read", lambda store, key: None)
    old, new = set_file(tmp_path / "old"), set_file(tmp_path / "new", EDITS["points"][0])
    assert json.loads(told(old, new, scored))["corpus"]["unread"] == []
    with pytest.raises(RequestError, match=r"not in .* any more"):
        diff(str(old), str(set_file(tmp_path / "new", EDITS["a parameter"][0])), on=scored, jobs=1)


def test_an_outcome_is_judged_once_where_only_its_worth_changed(tmp_path, monkeypatch):
    from qa_pipeline.rules import load
    from qa_pipeline.rules.diff import calls
    from tests.rules.calls import call

    asked: list[list[str]] = []
    honest = calls.judge

    def spy(one, ruleset, known=None):
        asked.append([rule.spec.id for rule in ruleset.rules if rule.spec.id not in (known or {})])
        return honest(one, ruleset, known)

    monkeypatch.setattr(calls, "judge", spy)
    old = load(str(set_file(tmp_path / "old")))
    new = load(str(set_file(tmp_path / "new", EDITS["points"][0])))
    delta = Comparison(old, new).compare(call("客服: 我们的规定", "客户: 啊"))
    assert [len(rules) for rules in asked] == [8, 0]
    assert {rule.rule_id: rule.points for rule in delta.rules}["greeting"] == -2.5
