"""Reading one call back from a scored folder."""

import json
import shutil

import pytest

from qa_pipeline.engines import local
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.explain import explain

LINES = [("agent", "喂，说话"), ("customer", "我家暖气不热，我想投诉"), ("agent", "这是规定，我也没办法，随便你")]


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A folder in which two stored calls were scored."""
    root = tmp_path_factory.mktemp("explain")
    for name in ("one", "two"):
        utterances = [{"role": r, "start": 3 * i, "end": 3 * i + 2.5, "text": t} for i, (r, t) in enumerate(LINES)]
        (root / f"{name}.json").write_text(json.dumps({"id": name, "utterances": utterances}), encoding="utf-8")
    local.score([str(root)], out=str(root / "out"), jobs=1)
    return root / "out"


def test_it_reads_one_calls_rows(scored):
    found = explain("one", scored)
    assert found.call["recording_id"] == "one"
    assert [row["text"] for row in found.utterances] == [text for _, text in LINES]
    assert {row["recording_id"] for row in (*found.outcomes, *found.findings, *found.utterances)} == {"one"}
    assert [row["start_s"] for row in found.findings] == sorted(row["start_s"] for row in found.findings)


def test_the_steps_add_up_to_the_score(scored):
    call = explain("one", scored).call
    steps = call["score_steps"].splitlines()
    assert steps[0].startswith("基础分 base 100")
    taken = sum(float(step.split()[0]) for step in steps if step[0] in "+-")
    assert 100 + taken == float(call["score"])
    assert steps[-1] == f"= {call['score'].normalize():f}"


def test_a_file_name_does_as_well(scored):
    assert explain("two.json", scored).call["recording_id"] == "two"


def test_one_rule_only(scored):
    found = explain("one", scored, rule="banned-phrase-helpless")
    assert [row["rule_id"] for row in found.outcomes] == ["banned-phrase-helpless"]
    assert [row["matched"] for row in found.findings] == ["我也没办法"]


@pytest.mark.parametrize(
    ("recording_id", "rule", "says"),
    [("onee", None, "one"), ("one", "banned-phrase-helples", "banned-phrase-helpless")],
)
def test_unknown_names_get_near_ones(scored, recording_id, rule, says):
    with pytest.raises(RequestError, match=says):
        explain(recording_id, scored, rule)


def test_a_folder_without_scorecards(tmp_path):
    with pytest.raises(RequestError, match="no scorecards"):
        explain("one", tmp_path)


def test_a_broken_table_is_named(scored, tmp_path):
    broken = tmp_path / "out"
    shutil.copytree(scored, broken)
    (broken / "findings" / "part-00000.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(RequestError, match=r"findings .*cannot be read"):
        explain("one", broken)
