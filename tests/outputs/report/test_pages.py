"""What callers say never becomes markup, code or a request; the report is written whole and replaced whole."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from qa_pipeline.engines.report import report
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.report.pages import as_json, data_script, points, sentence
from qa_pipeline.outputs.report.site import ReportOptions
from qa_pipeline.records import Outcome
from tests.outputs.cards import AGENT, CUSTOMER, NEWER, call, failure, hit, rule
from tests.outputs.report.nights import sound, write_night

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7*7 }}{% raw %}",
    "'-alert(1)-'",
    "&lt;b&gt; \u2028 \u2029 ]]> <!--",
)
TAGS = {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "span", "nav", "div", "button", "main", "p",
    "h1", "h2", "h3", "section", "table", "thead", "tbody", "tr", "th", "td", "small", "b", "br", "ul", "ol", "li", "svg",
    "rect", "line", "path", "polyline", "circle", "text", "audio", "label", "select", "option", "kbd", "mark", "details",
    "summary", "i", "dl", "dt", "dd", "em", "footer", "aside", "time", "figure", "figcaption", "blockquote", "form", "input",
    "noscript", "strong", "use",
}  # fmt: skip


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.links = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]


def parsed(path):
    tags = Tags()
    tags.feed(path.read_text(encoding="utf-8"))
    return tags


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report of calls in which every text that people or files may fill is hostile."""
    base = tmp_path_factory.mktemp("hostile")
    evil = HOSTILE[0]
    calls = []
    for number, text in enumerate(HOSTILE):
        said = ((AGENT, 0.5, 3.0, text), (CUSTOMER, 3.0, 8.0, f"你好{text}"), (CUSTOMER, 9.0, 12.0, text))
        found = hit("bad", 0.5, 3.0, text, quote=text, title=text, note=text, points="-5")
        outcome = rule("bad", Outcome.FAIL, found, indicator=f"接待礼仪/{text}", reason=text)
        calls.append(call(f"c{number}", (outcome,), said=said, agent_id=text, team=text, queue=text, odd=text))
    calls.append(call(f"id {evil}", said=((CUSTOMER, 1, 2, evil),)))
    calls.append(failure(f"失败 {evil}"))
    night = write_night(base / "night", *calls, extra=["odd"])
    report(night, base / "out", ReportOptions(masked=False), jobs=1)
    return base / "out"


def pages(out):
    return sorted(out.rglob("*.html"))


def test_nothing_said_becomes_markup(hostile):
    assert len(pages(hostile)) == 3 + len(HOSTILE) + 2
    for page in pages(hostile):
        found = parsed(page)
        assert found.tags <= TAGS, (page, found.tags - TAGS)
        handlers = {name for name in found.attributes if name.startswith("on") or name == "style"}
        assert not handlers, page
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "49" not in re.findall(r"<p class=\"said\">(.*?)</p>", text)


def test_nothing_said_becomes_code(hostile):
    for script in (hostile / "data").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not set("<>&\u2028\u2029") & set(text), script
        assert re.match(r"QA\.\w+\((.*)\);\n\Z", text, re.DOTALL)


def test_pages_link_only_into_the_report(hostile):
    for page in pages(hostile):
        for link in parsed(page).links:
            assert not re.match(r"[a-z]+:|//", link), (page, link)
            target = (page.parent / re.sub(r"[#?].*", "", link).replace("%20", " ")).resolve()
            assert link.startswith("#") or "%" in link or target.exists(), (page, link)


def test_every_page_forbids_other_hosts_and_inline_script(hostile):
    for page in pages(hostile):
        text = page.read_text(encoding="utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
        assert policy.startswith("default-src &#39;none&#39;")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert text.index("Content-Security-Policy") < text.index("<script")
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_json_survives_a_script(text):
    written = as_json({"said": text})
    assert json.loads(written) == {"said": text}
    assert not set("<>&\u2028\u2029") & set(written)
    assert data_script("text", [text]).startswith("QA.text(")


def test_masked_by_default(tmp_path):
    said = (
        (CUSTOMER, 1.0, 6.0, "我叫王小明，电话一三八零五七六二四一九。"),
        (AGENT, 7.0, 9.0, "王小明您好，二四一九对吗"),
    )
    found = hit("pii", 1.0, 6.0, "一三八零五七六二四一九", quote=said[0][3], role=CUSTOMER, points="0")
    alert = rule("pii", Outcome.FAIL, found, indicator="预警/个人信息", reason="见 at 00:01 一三八零五七六二四一九")
    night = write_night(
        tmp_path / "n", call("a", (alert,), said=said, caller_phone="13805762419"), extra=["caller_phone"]
    )
    report(night, tmp_path / "out", jobs=1)
    texts = "".join(
        p.read_text(encoding="utf-8") for p in (tmp_path / "out").rglob("*") if p.suffix in (".html", ".js")
    )
    for private in ("一三八零五七六", "二四一九", "13805762419", "王小明"):
        assert private not in texts
    assert "〔电话〕" in texts


def test_a_second_report_leaves_nothing_of_the_first(tmp_path):
    report(write_night(tmp_path / "one", call("old")), tmp_path / "out", jobs=1)
    report(write_night(tmp_path / "two", call("new")), tmp_path / "out", jobs=1)
    assert [p.name for p in (tmp_path / "out" / "calls").iterdir()] == ["new.html"]


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.doc").write_text("x")
    with pytest.raises(RequestError, match="something else"):
        report(write_night(tmp_path / "n", call("a")), tmp_path / "out", jobs=1)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.doc"]


def test_two_versions_stand_apart(tmp_path):
    night = write_night(tmp_path / "n", call("a"), call("b", ruleset=NEWER))
    report(night, tmp_path / "out", jobs=1)
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "hotline 1.0.0" in page
    assert "hotline 2.0.0" in page
    assert "不止一个规则集版本" in page
    assert page.count('class="rates"') == 2


def test_a_night_of_failures_only_has_pages(tmp_path):
    report(write_night(tmp_path / "n", failure("x"), failure("y")), tmp_path / "out", jobs=1)
    assert "不是音频" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "不是音频" in (tmp_path / "out" / "calls" / "x.html").read_text(encoding="utf-8")


def test_processes_write_the_same_pages(tmp_path, monkeypatch):
    monkeypatch.setattr("qa_pipeline.engines.report._FEW", 2)
    wav = str(sound(tmp_path / "s.wav"))
    paths = [wav if i % 10 == 0 else None for i in range(101)]  # a part has fifty calls
    night = write_night(tmp_path / "n", *[call(f"c{i:03d}", path=path) for i, path in enumerate(paths)])
    for jobs in (1, 2):
        report(night, tmp_path / f"out{jobs}", jobs=jobs)
    one, two = (
        {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
        for out in (tmp_path / "out1", tmp_path / "out2")
    )
    assert one == two


def test_the_charting_library_carries_its_licence():
    vendor = Path(__file__).parents[3] / "qa_pipeline" / "outputs" / "report" / "static" / "vendor"
    assert "Apache License" in (vendor / "echarts-LICENSE.txt").read_text(encoding="utf-8")
    assert "6.1.0" in (vendor / "README.md").read_text(encoding="utf-8")


def test_phrases_of_ours_are_shown_in_one_language():
    assert "没有出现" in sentence("没有出现 not found")
    assert sentence("没有出现 not found").count("<span") == 2
    assert sentence("见 at 00:03 您好") == "见 at 00:03 您好"
    assert points("-3.00") == "−3"
    assert points("2.50") == "+2.5"
