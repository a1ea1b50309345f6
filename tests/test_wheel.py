"""The wheel, installed outside the checkout, finds what travels with it."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from tests.cli.run import store

ROOT = Path(__file__).parents[1]


def python(*arguments, cwd, site=None):
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env |= {"PYTHONPATH": str(site)} if site else {}
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the package as the wheel brings it, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    assert wheel.stat().st_size < 20_000_000
    site = folder / "site"
    python("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", site, wheel, cwd=folder)
    return site


def test_rule_sets_and_demo_model_lie_in_the_wheel(installed, tmp_path):
    code = "from qa_pipeline import shipped; print(shipped.rulesets_folder()); print(shipped.demo_model_folder())"
    rulesets, demo = map(Path, python("-c", code, cwd=tmp_path, site=installed).splitlines())
    assert rulesets.is_relative_to(installed)
    assert {path.name for path in (ROOT / "rulesets").glob("*.yaml")} <= {path.name for path in rulesets.iterdir()}
    assert (demo.is_relative_to(installed), (demo / "model.bin").is_file()) == (True, True)
    assert (installed / "qa_pipeline" / "py.typed").is_file()


def test_it_scores_sound_and_stored_transcripts(installed, tmp_path):
    store(tmp_path / "a.json")
    with wave.open(str(tmp_path / "silent.wav"), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(4 * 8000))
    arguments = ("score", "a.json", "silent.wav", "--model", "demo", "--out", "out", "--json")
    shown = json.loads(python("-m", "qa_pipeline", *arguments, cwd=tmp_path, site=installed))
    assert (shown["calls"], shown["failed"], shown["demo_model"]) == (2, 0, True)
