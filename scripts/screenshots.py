"""Draw the README's pictures: what the commands print on the scored samples, and their report, as PNG.

    make demo && python -m scripts.screenshots

Needs Chromium and a Chinese font (Debian: chromium, fonts-noto-cjk); the pictures are committed.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 112
PICTURES = {
    "explain.png": (["explain", "s10-disastrous-call", "--from", "demo-out"], 48),
}
# name -> (page of demo-out/report, width, height, what is clicked or pressed first)
PAGES = {
    "report-overview.png": ("index.html", 1280, 1180, None),
    "report-call.png": ("calls/s12-overlap.html", 1280, 1120, ".line .finding .at"),
    "report-phone.png": ("calls/s13-dead-air.html", 390, 1180, "[data-do=theme]"),
}
PAGE = """<html><body style="margin:0;background:#1e1e1e;color:#ddd">
<pre style="font:15px/1.35 'Noto Sans Mono CJK SC',monospace;margin:14px">{code}</pre></body></html>"""
CHROMIUM = "chromium --headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars --disable-sync"


def main() -> None:
    """Write every picture into docs/images/."""
    for name, (arguments, lines) in PICTURES.items():
        draw(arguments, lines, ROOT / "docs" / "images" / name)
    photograph(ROOT / "docs" / "images")


def photograph(folder: Path) -> None:
    """Save the pages of the samples' report as a browser shows them."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for name, (page, width, height, first) in PAGES.items():
            size = {"width": width, "height": height}
            tab = browser.new_context(viewport=size, device_scale_factor=1.5).new_page()
            tab.goto((ROOT / "demo-out" / "report" / page).as_uri())
            if first:
                tab.locator(first).first.click()
            tab.wait_for_timeout(1500)
            tab.evaluate("document.getElementById('audio')?.pause(); scrollTo(0, 0)")
            tab.wait_for_timeout(300)
            tab.screenshot(path=folder / name)
        browser.close()


def draw(arguments: list[str], lines: int, path: Path) -> None:
    """Run one command as in a terminal of ``WIDTH`` columns and save its first ``lines``."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "qa_pipeline", *arguments]
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ qa-pipeline {' '.join(arguments)}", style="bold"))
    shown = ran.stdout.splitlines()[:lines]
    for line in shown:
        console.print(Text.from_ansi(line), soft_wrap=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(console.export_html(inline_styles=True, code_format=PAGE, theme=MONOKAI), encoding="utf-8")
        size = f"--window-size={WIDTH * 9},{(len(shown) + 3) * 21}"
        place = [f"--user-data-dir={folder}/profile", f"--screenshot={path}", size, page.as_uri()]
        subprocess.run([*CHROMIUM.split(), *place], check=True, capture_output=True)


if __name__ == "__main__":
    main()
