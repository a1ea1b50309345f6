"""A call is judged by the version in force on its day, if asked."""

import json

import pyarrow.parquet as pq

from qa_pipeline.engines import local

SET = """ruleset: ours
version: "{version}"
effective: {{{days}}}
rules:
  - {{id: r, title: 规则, indicator: 甲/乙, forbid: {{phrase: {{any: [这是规定]}}}}, score: {{deduct: {points}}}}}
"""


def test_each_call_gets_its_own_version(tmp_path):
    (tmp_path / "ours.yaml").write_text(SET.format(version="2026", days="from: 2026-01-01", points=5), encoding="utf-8")
    (tmp_path / "ours@2025.yaml").write_text(
        SET.format(version="2025", days="until: 2025-12-31", points=1), encoding="utf-8"
    )
    calls = tmp_path / "calls"
    calls.mkdir()
    said = [{"role": "agent", "start": 0, "end": 2, "text": "这是规定"}]
    for name, started in (
        ("old", "2025-12-31T23:59:00+08:00"),
        ("new", "2026-01-01T00:01:00+08:00"),
        ("undated", None),
    ):
        call = {"id": name, "utterances": said} | ({"started_at": started} if started else {})
        (calls / f"{name}.json").write_text(json.dumps(call), encoding="utf-8")
    summary = local.score([calls], out=tmp_path / "out", ruleset=str(tmp_path / "ours.yaml"), by_date=True, jobs=1)
    assert (summary.calls, summary.failed) == (3, 1)
    rows = {row["recording_id"]: row for row in pq.read_table(tmp_path / "out" / "calls").to_pylist()}
    assert (rows["old"]["ruleset_version"], float(rows["old"]["score"])) == ("2025", 99)
    assert (rows["new"]["ruleset_version"], float(rows["new"]["score"])) == ("2026", 95)
    assert rows["undated"]["status"] == "failed"
    assert "started_at" in rows["undated"]["error_message"]
