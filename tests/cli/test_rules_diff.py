"""``qa-pipeline rules diff``: corpora, git revisions, gates and formats, through the command."""

import json
import subprocess
from xml.etree import ElementTree

import pytest

from tests.cli.run import qa, store

SET = """\
ruleset: mine
title: 我的
version: "1"
include: [words]
scoring: {grades: [{grade: 优秀, from: 85}, {grade: 冷线, from: 0}]}
rules:
  - {id: shield, title: 规定, indicator: 禁语/规定, forbid: {phrase: {role: agent, any: [$shield]}}, score: {deduct: 20}}
  - {id: silence, title: 静音, indicator: 沟通/静音, forbid: {dead_air: {max_s: 30}}, score: {deduct: 5}}
"""
WORDS = "ruleset: words\nversion: '1'\nlexicons:\n  shield: [这是规定]\n"
SAID = ["您好，这是规定", "规定就是这样", "我马上给您登记", "这是规定，规定就是这样"]


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path)


def written(tmp_path):
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "mine.yaml").write_text(SET, encoding="utf-8")
    (tmp_path / "sets" / "words.yaml").write_text(WORDS, encoding="utf-8")
    for number in range(230):
        said = {"role": "agent", "start": 1.25, "end": 4.5, "text": SAID[number % len(SAID)]}
        asked = {"role": "customer", "start": 0.2, "end": 1, "text": f"喂，我是{number}号楼的"}
        below = f"{number % 3}" if number % 2 else "."
        store(tmp_path / "calls" / below / f"c{number:03}.json", utterances=[asked, said], id=f"c{number:03}")
    return tmp_path


def git(folder, *arguments):
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(folder):
    return committed(folder)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """The repository of the tests that leave it as it is."""
    return committed(written(tmp_path_factory.mktemp("untouched")))


def committed(folder):
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "sets")
    git(folder, "commit", "-q", "-m", "one")
    (folder / "sets" / "words.yaml").write_text(WORDS.replace("[这是规定]", "\n    - 这是规定\n    - 规定就是这样"))
    return folder


def diff(folder, *arguments, **more):
    """In one process unless told otherwise: for so few calls, others are slower, and say the same (see below)."""
    jobs = () if "--jobs" in arguments else ("--jobs", "1")
    return qa("rules", "diff", *jobs, *arguments, cwd=folder, **more)


def figures(folder, *arguments):
    shown = diff(folder, *arguments, "--format", "json")
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout)


def test_a_revision_is_read_with_its_own_includes_and_nothing_is_touched(repository):
    before = subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, check=True).stdout
    shown = diff(repository, "main", "sets/mine.yaml", "--on", "calls", "--max-grade-flips", "10", "--top", "1")
    assert shown.returncode == 1
    for said in (
        "mine 1 (main:sets/mine.yaml) → mine 1 (sets/mine.yaml)",
        "✗ --max-grade-flips 10: 58/230 通 calls (25.2%)",
        "sets/words.yaml:6 shield (58)",
        "calls: c001 优秀→冷线",
        "00:01–00:04 客服：【规定就是这样】",
    ):
        assert said in shown.stdout
    assert shown.stderr == ""
    status = subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, check=True).stdout
    assert status == before
    git(repository, "commit", "-q", "-a", "-m", "two")
    told = figures(repository, "HEAD~1:sets/mine.yaml", "HEAD", "--on", "calls")
    assert told["rules"][0]["place"] == {"file": "HEAD:sets/words.yaml", "line": 6, "column": 7}
    assert told["rules"][0]["was"]["file"] == "HEAD~1:sets/mine.yaml"
    inside = diff(repository / "sets", "HEAD~1:./mine.yaml", "mine.yaml", "--on", "../calls", "-f", "json")
    assert json.loads(inside.stdout)["calls"]["changed"] == told["calls"]["changed"]


def test_the_same_bytes_at_any_jobs(untouched):
    arguments = ("main", "sets/mine.yaml", "--on", "calls", "--format", "json", "--max-changed-calls", "100%")
    one, three = (diff(untouched, *arguments, "--jobs", jobs) for jobs in ("1", "3"))
    by_default = qa("rules", "diff", *arguments, cwd=untouched)
    assert one.stdout == three.stdout == by_default.stdout
    assert "/tmp" not in one.stdout
    assert json.loads(one.stdout)["calls"]["compared"] == 230


def test_quick_finds_the_same_changes(untouched):
    whole, quick = (figures(untouched, "main", "sets/mine.yaml", "--on", "calls", *more) for more in ((), ("--quick",)))
    for key in ("rules", "most_changed"):
        assert quick[key] == whole[key]
    for key in ("changed", "mean_shift", "shift_quantiles", "vetoes"):
        assert quick["calls"][key] == whole["calls"][key]
    assert quick["calls"]["grades"]["flips"] == whole["calls"]["grades"]["flips"]
    assert (quick["calls"]["not_judged_in_full"], quick["calls"]["mean"]) == (115, None)


def test_a_scored_folder_gives_the_same_as_the_transcripts(repository):
    for out, more in (("out", ()), ("bare", ("--store", "none"))):
        scored = qa("score", "calls", "--ruleset", "sets/mine.yaml", "--out", out, "-q", *more, cwd=repository)
        assert scored.returncode == 0
    corpora = ("calls", "out", "bare")
    stored, kept, rebuilt = (figures(repository, "main", "sets/mine.yaml", "--on", corpus) for corpus in corpora)
    told = [one["corpus"]["rebuilt_from_scorecards"] for one in (stored, kept, rebuilt)]
    assert told == [False, False, True]
    assert kept["calls"] == rebuilt["calls"] == stored["calls"]
    for rule in (*stored["rules"], *kept["rules"], *rebuilt["rules"]):
        for hit in (*rule["gained"]["first"], *rule["lost"]["first"]):
            hit.pop("source")
    assert kept["rules"] == rebuilt["rules"] == stored["rules"]
    (repository / "sets" / "mine.yaml").write_text(SET.replace("max_s: 30", "max_s: 9"), encoding="utf-8")
    shown = diff(repository, "main", "sets/mine.yaml", "--on", "bare")
    assert "rebuilt from scorecards" in shown.stdout
    assert "take with care: silence" in shown.stdout


def test_a_manifest_names_the_transcripts_and_knows_more_of_them(repository):
    calls = sorted(path.relative_to(repository) for path in (repository / "calls").rglob("*.json"))
    rows = [f"{path},{path.stem}-x" for path in calls[:40]]
    (repository / "listed.csv").write_text("\n".join(["文件,通话编号", *rows, "calls/none.json,n", ""]), encoding="gbk")
    listed = figures(repository, "main", "sets/mine.yaml", "--on", "listed.csv")
    assert (listed["corpus"]["path"], listed["calls"]["compared"]) == ("listed.csv", 40)
    assert [one["source"] for one in listed["corpus"]["unread"]] == ["calls/none.json"]
    first = listed["most_changed"][0]
    assert first["call"].endswith("-x") and first["source"].startswith("calls/")
    (repository / "sound.csv").write_text("file\na.wav\n", encoding="utf-8")
    (repository / "a.wav").write_bytes(b"RIFF")
    assert "transcribe" in diff(repository, "main", "sets/mine.yaml", "--on", "sound.csv").stderr


def test_every_format_in_one_run(repository):
    formats = [f"--format={name}={name}.out" for name in ("json", "markdown", "junit", "sarif")]
    arguments = ("main", "sets/mine.yaml", "--on", "calls", "--max-new-hits", "shield=3", *formats, "-f", "github")
    shown = diff(repository, *arguments)
    assert shown.returncode == 1
    assert "::error file=sets/words.yaml,line=6,col=7,title=QA607 shield::--max-new-hits shield=3" in shown.stdout
    assert "✗ --max-new-hits shield=3" in shown.stderr
    text = {path.stem: path.read_text(encoding="utf-8") for path in repository.glob("*.out")}
    assert text["markdown"].startswith("### ❌ ")
    assert "<details>" in text["markdown"]
    suite = ElementTree.fromstring(text["junit"])
    assert suite.find(".//failure").get("message").startswith("--max-new-hits shield=3: 115 处")
    result = json.loads(text["sarif"])["runs"][0]["results"][0]
    assert (result["ruleId"], result["level"]) == ("QA607", "error")


def test_gates_that_hold_exit_0(untouched):
    gates = ("--max-grade-flips", "26%", "--no-new-veto", "--max-lost-hits", "*=0", "--max-call-shift", "20")
    shown = diff(untouched, "main", "sets/mine.yaml", "--on", "calls", *gates)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "✓ --max-lost-hits *=0" in shown.stdout


def test_what_is_no_call_is_counted_and_what_cannot_be_read_is_named(repository):
    (repository / "calls" / "other.json").write_text('{"a": 1}')
    (repository / "calls" / "broken.json").write_text('{"utterances": [{"role": "x"}]}')
    shown = diff(repository, "main", "sets/mine.yaml", "--on", "calls", "-f", "github")
    assert "::warning file=broken.json" in shown.stdout
    assert "1 通无法比较" in shown.stdout
    assert "JSON that is no stored transcript" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mian", "sets/mine.yaml", "--on", "calls"], "did you mean: main"),
        (["main", "HEAD", "--on", "calls"], "a bare revision takes the file of the other side"),
        (["main:sets/mien.yaml", "sets/mine.yaml", "--on", "calls"], "did you mean: sets/mine.yaml"),
        (["--on", "calls", "--", "-x:sets/mine.yaml", "sets/mine.yaml"], "no such file, rule set or git revision '-x'"),
        (["main", "sets/mine.yaml", "--on", "none"], "no such folder"),
        (["main", "sets/mine.yaml", "--on", "sets"], "neither stored transcripts nor scorecards"),
        (["main", "sets/mine.yaml", "--on", "calls", "--max-grade-flips", "x"], "give a number of calls"),
        (["main", "sets/mine.yaml", "--on", "calls", "--max-new-hits", "sheild=1"], "did you mean: shield"),
        (["main", "sets/mine.yaml", "--on", "calls", "--max-new-hits", "shield"], "RULE=N"),
        (["main", "sets/mine.yaml", "--on", "calls", "--max-mean-shift", "-3"], "--max-mean-shift"),
        (["main", "sets/mine.yaml", "--on", "calls", "--format", "pdf"], "unknown format"),
    ],
)
def test_what_cannot_run_exits_2_and_says_what_to_do(untouched, arguments, message):
    shown = diff(untouched, *arguments)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert message in shown.stderr
    assert "Traceback" not in shown.stderr


def test_outside_a_repository_a_revision_is_refused(folder):
    shown = diff(folder, "main", "sets/mine.yaml", "--on", "calls", GIT_CEILING_DIRECTORIES=str(folder.parent))
    assert shown.returncode == 2
    assert "is not in a git repository" in shown.stderr


def test_a_fault_in_the_old_set_is_told_with_its_revision(repository):
    (repository / "sets" / "words.yaml").write_text("ruleset: words\n", encoding="utf-8")
    git(repository, "commit", "-q", "-a", "-m", "broken")
    shown = diff(repository, "HEAD", "sets/mine.yaml", "--on", "calls")
    assert shown.returncode == 2
    assert "HEAD:sets/words.yaml:1:1: 缺少 missing: version" in shown.stderr


def test_a_set_that_the_old_revision_does_not_have_yet_is_new_and_passes(repository):
    (repository / "sets" / "fresh.yaml").write_text(SET.replace("ruleset: mine", "ruleset: fresh"), encoding="utf-8")
    shown = diff(
        repository, "main:sets/fresh.yaml", "sets/fresh.yaml", "--on", "calls", "--no-new-veto", "--format", "github",
        "--format", "markdown=out/diff.md",
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert "::notice file=sets/fresh.yaml,line=1" in shown.stdout
    assert "### ✅" in (repository / "out" / "diff.md").read_text(encoding="utf-8")
    bare = diff(repository, "main", "sets/fresh.yaml", "--on", "calls")
    assert (bare.returncode, "QA656" in bare.stdout) == (0, True)


def test_a_slip_in_the_name_of_the_old_file_is_no_new_set(untouched):
    shown = diff(untouched, "main:sets/mime.yaml", "sets/mine.yaml", "--on", "calls")
    assert shown.returncode == 2
    assert "mine.yaml" in shown.stderr
