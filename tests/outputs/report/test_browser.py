"""The pages in a real browser, opened from disk: evidence plays at its second, filters work, nothing leaves the page."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from qa_pipeline.engines.report import report
from qa_pipeline.outputs.report.site import ReportOptions
from qa_pipeline.records import Outcome
from tests.outputs.cards import CUSTOMER, TALK, call, failure, hit, rule
from tests.outputs.report.nights import sound, write_night

CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: apt install chromium, or set CHROMIUM")
LEAD = 0.4
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    base = tmp_path_factory.mktemp("browser")
    wav = sound(base / "录音" / "call one.wav")
    shield = rule(
        "shield", Outcome.FAIL, hit("shield", 5.6, 7.0, "这是规定", quote=TALK[2][3]), indicator="服务禁语/规定"
    )
    silence = rule(
        "dead-air", Outcome.FAIL, hit("dead-air", 8.0, 14.0, "", role=None, points="-3"), indicator="沟通技巧/冷场"
    )
    angry = rule(
        "angry", Outcome.FAIL, hit("angry", 14.0, 15.0, "到底管不管", quote=TALK[3][3], role=CUSTOMER, points="0"),
        indicator="预警/客户情绪",
    )  # fmt: skip
    veto = rule("insult", Outcome.FAIL, hit("insult", 5.6, 6.0, "没办法", points="-50"), veto=True)
    calls = [
        call("bad", (shield, silence, angry, veto), score="40", grade="冷线", path=str(wav), agent_id="1001", team="一组",
             queue="供热", started_at="2026-11-20T19:05:00", hangup_by="agent"),
        *(call(f"good-{i:03d}", score=str(85 + i % 10), path=str(wav), agent_id=str(1002 + i % 3), team="二组", queue="12345",
               started_at=f"2026-11-20T{20 + i % 4}:10:00") for i in range(102)),
        failure("broken", agent_id="1002", team="二组", started_at="2026-11-20T23:30:00"),
    ]  # fmt: skip
    night = write_night(base / "night", *calls)
    old = write_night(base / "old", *[call(f"o{i}", score="70", started_at="2026-11-19T20:00:00") for i in range(12)])
    report(night, base / "report", ReportOptions(history=(old,)), jobs=1)
    return base / "report"


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
        )
        yield chromium
        chromium.close()


@contextmanager
def quiet_tab(browser, size):
    """A tab that fails its test when it complains, or asks for anything but a file of this machine."""
    context = browser.new_context(viewport=size, color_scheme="light")
    tab = context.new_page()
    trouble = []
    tab.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on("request", lambda asked: None if asked.url.startswith("file://") else trouble.append(f"asked {asked.url}"))
    tab.on("requestfailed", lambda asked: None if asked.resource_type == "media" else trouble.append(asked.url))
    yield tab
    context.close()
    assert trouble == []


@pytest.fixture
def page(browser):
    with quiet_tab(browser, DESK) as tab:
        yield tab


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def any_page(request, browser):
    with quiet_tab(browser, request.param) as tab:
        yield tab


def go(page, out, name, fragment=""):
    page.goto(Path(out, name).as_uri() + fragment)


def until(page, condition, seconds=60):
    """Wait for ``condition``; Playwright's own way of waiting evaluates a string in the page, which its policy forbids."""
    end = monotonic() + seconds
    while not page.evaluate(condition):
        assert monotonic() < end, condition
        page.wait_for_timeout(40)


def heard_at(page):
    """The second at which a player that stands still is ready."""
    until(page, "document.getElementById('audio').readyState > 0 && !document.getElementById('audio').seeking")
    return page.evaluate("document.getElementById('audio').currentTime")


def played_from(page):
    """The second from which sound was played last, by what the browser says it played."""
    until(
        page,
        "(() => { const p = document.getElementById('audio').played; return p.length && p.end(p.length - 1) > p.start(p.length - 1); })()",
    )
    return page.evaluate(
        "(() => { const p = document.getElementById('audio').played; return p.start(p.length - 1); })()"
    )


def no_sideways_scroll(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_every_page_opens_quietly_and_fits(any_page, out):
    for name in ("index.html", "calls.html", "words.html", "calls/bad.html", "calls/broken.html"):
        go(any_page, out, name)
        any_page.wait_for_load_state("load")
        any_page.evaluate("scrollTo(0, document.body.scrollHeight)")
        any_page.wait_for_timeout(80)
        assert no_sideways_scroll(any_page)
        assert any_page.locator("h1").count() == 1


def test_charts_are_drawn(page, out):
    go(page, out, "index.html")
    for kind in ("scores", "sections", "hours", "trend"):
        chart = page.locator(f"[data-chart={kind}]")
        chart.scroll_into_view_if_needed()
        chart.locator("canvas").wait_for()
        assert chart.get_attribute("aria-label")  # ECharts says in words what it shows


def test_evidence_plays_at_its_second(any_page, out):
    go(any_page, out, "calls/bad.html")
    any_page.locator(".finding", has_text="shield 的标题").locator("[data-seek]").first.click()
    assert played_from(any_page) == pytest.approx(5.6 - LEAD, abs=0.05)
    until(any_page, "document.getElementById('audio').currentTime > 5.7")
    assert any_page.locator(".line.now").count() >= 1


def test_a_link_from_the_overview_lands_on_the_second(page, out):
    go(page, out, "index.html")
    page.locator("#first blockquote .at").first.click()
    page.wait_for_url("**/calls/bad.html#t=5.6")
    assert heard_at(page) == pytest.approx(5.6 - LEAD, abs=0.05)
    assert page.evaluate("document.getElementById('audio').paused")
    assert "这是规定" in "".join(page.locator(".line.now").all_inner_texts())


def test_the_timeline_seeks(any_page, out):
    go(any_page, out, "calls/bad.html")
    box = any_page.locator("svg.lane").first.bounding_box()
    any_page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert heard_at(any_page) == pytest.approx(10.0, abs=0.3)


def test_keys_go_from_hit_to_hit(page, out):
    go(page, out, "calls/bad.html")
    page.locator("h1").click()
    page.keyboard.press("n")
    assert played_from(page) == pytest.approx(5.6 - LEAD, abs=0.05)
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.classList.contains('finding')")
    page.keyboard.press("p")
    assert "now" in page.locator(".finding").first.get_attribute("class")


def test_every_control_is_reached_by_tab_and_has_a_name(page, out):
    for name in ("index.html", "calls.html", "calls/bad.html"):
        go(page, out, name)
        if name == "calls.html":
            page.wait_for_selector("#rows a")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        nameless = page.evaluate("""() => [...document.querySelectorAll('a[href], button, input, select, summary, audio')]
            .filter(node => node.tabIndex >= 0 && node.getClientRects().length)
            .filter(node => !(node.innerText || '').trim() && !node.getAttribute('aria-label') && !node.labels?.length)
            .map(node => node.outerHTML)""")
        assert nameless == []
        reached = set()
        for _ in range(25):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
        assert len(reached) >= 20


def test_filters_sorting_and_pages_of_the_list(page, out):
    go(page, out, "calls.html")
    rows = page.locator("#rows tr")
    page.wait_for_selector("#rows a")
    assert rows.count() == 100
    assert page.locator("#count").inner_text() == "104"
    page.locator("#on").click()
    assert rows.count() == 4
    page.select_option("[name=team]", "一组")
    until(page, "document.querySelectorAll('#rows tr').length === 1")
    assert page.locator("#rows a").inner_text() == "bad"
    assert "team=" in page.url
    page.locator("[type=reset]").click()
    until(page, "document.querySelectorAll('#rows tr').length === 100")
    page.locator("[data-sort=score]").click()
    assert page.locator("#rows tr a").first.inner_text() == "bad"
    page.locator("[data-sort=score]").click()
    assert page.locator("#rows tr").first.inner_text().find("94") >= 0
    page.check("[name=vetoed]")
    until(page, "document.querySelectorAll('#rows tr').length === 1")


def test_search_in_what_was_said_loads_it_then(page, out):
    go(page, out, "calls.html")
    page.wait_for_selector("#rows a")
    assert page.evaluate("document.querySelectorAll('script[src*=\"data/text-\"]').length") == 0
    page.check("[name=said]")
    page.fill("[name=q]", "到底管不管")
    page.wait_for_selector("#rows .snippet")
    assert page.locator("#rows .snippet mark").first.inner_text() == "到底管不管"
    assert page.evaluate("document.querySelectorAll('script[src*=\"data/text-\"]').length") == 3
    page.fill("[name=q]", "没有人说过这句")
    until(page, "document.querySelector('#rows').innerText.includes('没有符合的通话')")


def test_a_rule_links_to_its_calls(page, out):
    go(page, out, "calls.html", "#rule=shield")
    page.wait_for_selector("#rows a")
    assert page.locator("#rows tr").count() == 1
    assert page.locator("[name=rule]").input_value() == "shield"


def test_english_is_a_click_away_and_stays(page, out):
    go(page, out, "index.html")
    assert page.locator("h1").inner_text().startswith("夜间质检")
    page.locator("[data-do=language]").click()
    assert page.locator("h1").inner_text().startswith("Last night")
    assert page.evaluate("document.documentElement.lang") == "en"
    go(page, out, "calls/bad.html")
    assert page.locator("#h-talk").inner_text().startswith("Conversation")
    assert no_sideways_scroll(page)


def test_dark_is_a_click_away(page, out):
    go(page, out, "index.html")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("[data-do=theme]").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != light


def test_words_can_be_read_on_their_ground(page, out):
    """WCAG AA, 4.5 to 1, of every text that is shown, in light and dark."""
    for name in ("index.html", "calls/bad.html"):
        go(page, out, name)
        for theme in ("light", "dark"):
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            assert page.evaluate(LOW_CONTRAST) == [], (name, theme)


def test_it_prints_without_its_controls(page, out):
    go(page, out, "calls/bad.html")
    page.emulate_media(media="print")
    assert not page.locator(".player").is_visible()
    assert page.locator(".lanes").is_visible()


LOW_CONTRAST = """() => {
  const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return { rgb: n.slice(0, 3), a: n.length > 3 ? n[3] : 1 }; };
  const light = (rgb) => rgb.map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const { rgb, a } = parse(getComputedStyle(at).backgroundColor);
      if (a > .9) return rgb;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
    if (!own || !node.getClientRects().length || node.closest('svg, .skip, .sr, option')) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color).rgb), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${node.className} ${node.textContent.slice(0, 20)}`);
  }
  return [...new Set(low)];
}"""
