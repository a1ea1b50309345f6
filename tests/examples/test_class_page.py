"""The page in class, in a real Chromium: it plays from disk, stops where it should, and asks the network for nothing."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.examples.pack import make_pack
from qa_pipeline.examples.page import class_page
from qa_pipeline.examples.wishes import Wishes
from tests.examples.nights import scored, stored

CHROMIUM = Path("/usr/bin/chromium")
CALLS = ["s09-model-call", "s10-disastrous-call"]
BAD = 1


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    transcripts = stored(folder / "heard", CALLS)
    return make_pack(
        scored(folder / "night", transcripts, CALLS), folder / "包 pack", Wishes(count=2), transcripts=transcripts
    )


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.is_file():
        pytest.skip("no Chromium at /usr/bin/chromium: apt install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    with playwright.sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
        running = driver.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield running
        running.close()


@pytest.fixture
def page(browser, pack):
    opened = browser.new_page(viewport={"width": 1600, "height": 900})
    opened.complaints, opened.asked = [], []
    opened.on(
        "console",
        lambda message: opened.complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.goto(pack.page.as_uri())
    yield opened
    assert opened.complaints == []
    assert all(url.startswith(pack.out.as_uri()) for url in opened.asked), opened.asked
    opened.close()


def stops(pack, call):
    return [moment.at for moment in pack.materials[call].moments]


def until(page, condition):
    """Wait for what JavaScript says of the page (``wait_for_function`` evaluates text, which the policy forbids)."""
    for _ in range(1200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {condition}")


def whole(page):
    """Play the whole call rather than a clip."""
    page.evaluate("play(call.sources.length - 1)")


def test_it_plays_and_stops_at_the_stop_point_with_a_question(page, pack):
    page.keyboard.press("2")
    whole(page)
    first = stops(pack, BAD)[0]
    page.evaluate("sound.playbackRate = 0.25")  # how far it runs on is a matter of frames, and they of the machine
    page.evaluate(f"seek({first - 0.4})")
    page.keyboard.press("Space")
    page.wait_for_selector("#ask[open]", timeout=60_000)
    assert page.evaluate("sound.paused")
    assert page.evaluate("now()") == pytest.approx(first, abs=0.5)
    assert page.inner_text("#ask-question") == pack.materials[BAD].moments[0].question
    page.keyboard.press("Space")
    until(page, f"now() > {first} + 0.3 && !sound.paused")
    assert not page.is_visible("#ask")


def test_findings_are_hidden_until_revealed_and_hide_again(page, pack):
    page.keyboard.press("2")
    title = pack.materials[BAD].moments[0].title
    page.keyboard.press("n")
    assert page.inner_text("#ask-quote") == pack.materials[BAD].moments[0].quote
    assert not page.is_visible("#ask-answer")
    page.keyboard.press("f")
    assert title in page.inner_text("#ask-answer")
    page.keyboard.press("f")
    assert not page.is_visible("#ask-answer")


def test_the_cover_does_not_tell_which_call_is_the_bad_one(page):
    assert not page.is_visible(".verdict >> nth=0")
    page.keyboard.press("f")
    assert page.is_visible(".verdict >> nth=0")
    page.keyboard.press("f")


def test_without_stops_it_plays_on(page, pack):
    page.keyboard.press("2")
    whole(page)
    first = stops(pack, BAD)[0]
    page.keyboard.press("s")
    page.evaluate(f"seek({first - 0.5})")
    page.keyboard.press("Space")
    until(page, f"now() > {first} + 0.5")
    assert not page.is_visible("#ask")


def test_every_key_does_what_the_help_says(page, pack):
    page.keyboard.press("1")
    whole(page)
    page.evaluate("seek(20)")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("now()") == pytest.approx(25, abs=0.3)
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("now()") == pytest.approx(20, abs=0.3)
    page.keyboard.press("t")
    assert page.evaluate("document.body.classList.contains('wordless')")
    page.keyboard.press("d")
    assert page.evaluate("sound.playbackRate") == pytest.approx(0.8)
    page.keyboard.press("c")
    assert page.evaluate("source.file").startswith("A/clip-")
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    assert not page.is_visible("#keys")
    page.keyboard.press("Escape")
    assert page.is_visible("#cover")


def test_everything_can_be_reached_by_keyboard(page):
    page.keyboard.press("1")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.dataset.point || ''"))
    assert {"back", "source", "stops", "words", "reveal", "play", "track", "slow", "0"} <= reached


def test_a_clip_plays_its_own_stretch(page, pack):
    page.keyboard.press("2")
    clip = pack.sounds[BAD].all[0]
    until(page, "sound.duration > 1")
    assert page.evaluate("now()") == pytest.approx(clip.start, abs=0.05)
    assert page.evaluate("sound.duration") == pytest.approx(clip.end - clip.start, abs=0.3)


@pytest.mark.parametrize("width", [1600, 390])
def test_nothing_runs_out_of_the_window(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.keyboard.press("2")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


HOSTILE = "</script><script>window.hit=1</script><img src=x onerror=window.hit=1>{{ 7 * 7 }}"


def test_what_was_said_never_becomes_markup(browser, pack, tmp_path):
    material = pack.materials[BAD]
    lines = tuple(replace(line, text=HOSTILE) for line in material.lines)
    moments = tuple(replace(moment, quote=HOSTILE, advice=HOSTILE, title=HOSTILE) for moment in material.moments)
    hostile = replace(material, lines=lines, moments=moments, traits=(HOSTILE,))
    (tmp_path / "index.html").write_text(class_page([hostile], pack.sounds[BAD:]), encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    page.keyboard.press("f")
    page.keyboard.press("1")
    page.keyboard.press("n")
    assert page.evaluate("window.hit") is None
    assert HOSTILE in page.inner_text("#talk")
    assert HOSTILE in page.inner_text("#ask-quote")
    page.close()


def test_the_policy_lets_nothing_in():
    page = class_page([], [])
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"(?:src|href)=\"https?:", page)
    assert json.loads(re.search('id="data">(.*?)</script>', page)[1]) == []
