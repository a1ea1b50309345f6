"""Every command that reads a scored folder reads its URL, and says the same of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.audio.encode import Encoding
from qa_pipeline.engines import local
from qa_pipeline.engines.diff import diff
from qa_pipeline.engines.report import report, report_period
from qa_pipeline.engines.rescore import rescore
from qa_pipeline.errors import RequestError
from qa_pipeline.examples.pack import make_pack
from qa_pipeline.examples.wishes import Wishes
from qa_pipeline.outputs.explain import explain
from qa_pipeline.outputs.export import export
from qa_pipeline.outputs.night import read_night
from qa_pipeline.outputs.report.period import Period
from qa_pipeline.outputs.report.site import ReportOptions
from qa_pipeline.storage import put_bytes
from tests.cli.run import qa
from tests.examples.nights import HEARD, stored
from tests.s3 import put, s3_server, there

pytest.importorskip("moto")
DIALOGUES = Path(__file__).parents[1] / "dialogues"
IDS = HEARD[:3]


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Three sample calls as they were heard, scored from stored transcripts; the run kept its own."""
    root = tmp_path_factory.mktemp("urls")
    local.score([str(stored(root / "heard", IDS))], out=str(root / "night"), jobs=1)
    return root / "night"


@pytest.fixture(scope="module")
def bucket(night) -> Iterator[str]:
    with s3_server("reading") as url:
        put(night, f"{url}/in/night")
        yield url


@pytest.fixture(scope="module")
def url(bucket):
    return f"{bucket}/in/night"


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_explain(night, url):
    assert explain(IDS[0], url) == explain(IDS[0], night)


def test_report(night, url, bucket, tmp_path):
    report(night, tmp_path / "here", ReportOptions(history=(night,)), jobs=1)
    made = report(url, f"{bucket}/pages/", ReportOptions(history=(url,)), jobs=1)
    assert made.page == f"{bucket}/pages/index.html"
    assert there(f"{bucket}/pages") == files(tmp_path / "here")


def test_periods_of_a_folder_of_nights(night, bucket, tmp_path):
    report_period([night.parent], tmp_path / "here", Period.WEEK, words=False, jobs=1)
    report_period([f"{bucket}/in"], f"{bucket}/weekly", Period.WEEK, words=False, jobs=1)
    assert there(f"{bucket}/weekly") == files(tmp_path / "here")


def test_export(night, url, bucket, tmp_path):
    report(night, f"{bucket}/out/report", jobs=1)
    export(night, csv=tmp_path / "csv")
    about = tmp_path / "csv" / "说明.csv"
    about.write_bytes(about.read_bytes().replace(str(night).encode(), url.encode()))
    written = export(url, xlsx=f"{bucket}/out/a.xlsx", csv=f"{bucket}/out/csv", report=f"{bucket}/out/report")
    assert there(f"{bucket}/out/csv") == files(tmp_path / "csv")
    assert written[0].paths == (f"{bucket}/out/a.xlsx",)
    assert there(f"{bucket}/out")["a.xlsx"].startswith(b"PK")


def test_rescore_takes_the_transcripts_with_it(night, url, tmp_path):
    rescore(night, ruleset="red-lines", out=tmp_path / "here", jobs=1)
    rescore(url, ruleset="red-lines", out=tmp_path / "there", jobs=1)
    mine, theirs = read_night(tmp_path / "here"), read_night(tmp_path / "there")
    assert mine.calls == theirs.calls
    assert len(list((tmp_path / "there" / "transcripts").rglob("*.zst"))) == len(IDS)
    assert rescore(url, ruleset="red-lines", out=tmp_path / "there", jobs=1).resumed == len(IDS)
    again = rescore(tmp_path / "there", ruleset="hotline", out=tmp_path / "again", jobs=1)
    assert again.failed == 0


def test_rules_diff(night, url):
    here, behind = diff("hotline", "red-lines", on=night, jobs=1), diff("hotline", "red-lines", on=url, jobs=1)
    assert behind.tally.calls == here.tally.calls == len(IDS)
    assert behind.corpus.path == url
    assert behind.tally.most_changed.items == here.tally.most_changed.items


def test_rules_diff_on_a_manifest_in_the_bucket_and_on_one_here(bucket, tmp_path):
    calls = sorted((DIALOGUES / "tuning").glob("t0[1-3].json"))
    for path in calls:
        put_bytes(path.read_bytes(), f"{bucket}/heard/{path.name}")
    beside, here = "\n".join(["file", *(path.name for path in calls), "gone.json"]), tmp_path / "here.csv"
    put_bytes(beside.encode(), f"{bucket}/heard/calls.csv")
    here.write_text("\n".join(["file", *(f"{bucket}/heard/{path.name}" for path in calls)]), encoding="utf-8")
    there = diff("hotline", "red-lines", on=f"{bucket}/heard/calls.csv", jobs=1)
    assert (there.tally.calls, there.corpus.path) == (3, f"{bucket}/heard/calls.csv")
    assert [(one.source, "no" in one.message) for one in there.corpus.unread] == [("gone.json", True)]
    put_bytes(b"file\ngone.json\n", f"{bucket}/heard/none.csv")
    with pytest.raises(RequestError, match=f"^{bucket}/heard/none.csv: "):
        diff("hotline", "red-lines", on=f"{bucket}/heard/none.csv", jobs=1)
    named = diff("hotline", "red-lines", on=here, jobs=1)
    assert named.tally.most_changed.items == there.tally.most_changed.items
    assert named.corpus.unread == ()


def test_examples_find_word_times_where_the_run_kept_them(night, url, bucket, tmp_path):
    wishes = Wishes(count=2)
    here = make_pack(night, tmp_path / "here", wishes, encoding=Encoding.FLAC)
    pack = make_pack(url, f"{bucket}/pack", wishes, encoding=Encoding.FLAC)
    assert pack.page == f"{bucket}/pack/index.html"
    assert (
        [one.has_word_times for one in pack.materials] == [one.has_word_times for one in here.materials] == [True] * 2
    )
    index, mine = there(f"{bucket}/pack"), files(tmp_path / "here")
    assert index.keys() == mine.keys()
    assert json.loads(index["library.json"]) == json.loads(mine["library.json"])


def test_the_command_line_takes_urls_as_they_are(url, bucket):
    ran = qa("export", url, "--csv", f"{bucket}/cli")
    assert ran.returncode == 0, ran.stderr
    assert f"{bucket}/cli/通话.csv" in ran.stdout
    ran = qa("explain", IDS[0], "--from", f"{url}-not")
    assert (ran.returncode, ran.stderr.strip()) == (2, f"{url}-not: 没有这个文件夹 no such folder")
