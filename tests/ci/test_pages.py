"""What reviewers read, letter by letter: the pages of one weakened threshold and one broken case, as golden files.

``QA_PIPELINE_GOLDEN=write pytest tests/ci/test_pages.py`` writes them anew; read the change before it is committed.
"""

import os
from pathlib import Path

import pytest

from tests.ci.scratch import repository, run
from tests.ci.test_workflows import CASES, SET, edit

GOLDEN = Path(__file__).parent / "golden"
DIFF = "qa-pipeline rules diff HEAD:rulesets/hotline.yaml rulesets/hotline.yaml --on calls --top 2 --max-grade-flips 2%"
PAGES = {
    "check.txt": "qa-pipeline rules check rulesets --format text",
    "test.txt": "qa-pipeline rules test rulesets --format text=out/page; cat out/page",
    "test.md": "qa-pipeline rules test rulesets --format markdown",
    "diff.txt": f"{DIFF} --format text=out/page --quiet; cat out/page",
    "diff.md": f"{DIFF} --format markdown",
    "diff.github": f"{DIFF} --format github",
}


@pytest.fixture(scope="module")
def edited(tmp_path_factory):
    folder = repository(tmp_path_factory.mktemp("pages"))
    edit(folder, SET, "{value: 20,", "{value: 24,")
    edit(folder, CASES, "你找别的部门吧", "你找别的单位吧")
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_the_page_reads_as_it_did(edited, name):
    shown = run(PAGES[name], edited).stdout
    golden = GOLDEN / name
    if os.environ.get("QA_PIPELINE_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")
    assert str(edited) not in shown
