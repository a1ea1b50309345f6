"""A scratch repository of rule sets, and what docs/ci would run in it."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

from tests.cli.run import ROOT, environment

GRADES = """
scoring:
  grades: [{grade: 优秀, from: 98}, {grade: 普通, from: 0}]
"""
VARIABLES = {"RULESETS": "rulesets", "RULESET": "rulesets/hotline.yaml", "CALLS": "calls", "BASE": "HEAD"}


def repository(folder: Path) -> Path:
    """A committed rule set with cases, and twenty stored calls; in ten of them the customer waits 22 seconds."""
    qa_pipeline_command(folder / ".bin")
    started = run("qa-pipeline rules new hotline --out rulesets", folder)
    assert started.returncode == 0, started.stderr
    with (folder / "rulesets/hotline.yaml").open("a", encoding="utf-8") as file:
        file.write(GRADES)
    for number in range(20):
        call(folder / f"calls/c{number:02}.json", waits=22 if number % 2 else 3)
    (folder / ".gitignore").write_text(".bin/\nout/\n")
    for command in ("init -q -b main", "add -A", "-c user.name=t -c user.email=t@t commit -q -m base"):
        subprocess.run(["git", *shlex.split(command)], cwd=folder, check=True)
    return folder


def qa_pipeline_command(folder: Path) -> None:
    """``qa-pipeline`` as a command, of the code under test."""
    folder.mkdir(parents=True)
    command = folder / "qa-pipeline"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m qa_pipeline "$@"\n')
    command.chmod(0o755)


def call(path: Path, waits: float) -> None:
    """A stored transcript."""
    said = [
        ("agent", 0.5, 3, "您好，江北供热，请讲"),
        ("customer", 3.5, 6, "帮我查一下缴费"),
        ("agent", 6 + waits, 8 + waits, "查到了"),
    ]
    utterances = [dict(zip(("role", "start", "end", "text"), each, strict=True)) for each in said]
    channels = [{**each, "channel": int(each["role"] == "customer")} for each in utterances]
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps({"id": path.stem, "duration": 9 + waits, "channels": 2, "utterances": channels}, ensure_ascii=False)
    )


def run(command: str, folder: Path) -> subprocess.CompletedProcess:
    """A line of a workflow, run by bash in the repository."""
    path = os.pathsep.join([str(folder / ".bin"), os.environ.get("PATH", "")])
    env = environment(**VARIABLES, PATH=path)
    return subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, check=False)


def github_commands() -> list[str]:
    """What the GitHub workflow runs of ours, in order."""
    workflow = yaml.safe_load((ROOT / "docs/ci/github-actions.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["rule-sets"]["steps"]
    return [step["run"] for step in steps if step.get("run", "").startswith("qa-pipeline")]


def gitlab_script() -> str:
    """What the GitLab job runs, as one script."""
    job = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text(encoding="utf-8"))["rule-sets"]
    return "\n".join(job["script"])


def hook_commands() -> list[str]:
    """What the pre-commit hooks run."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return [shlex.join([*shlex.split(hook["entry"]), *hook["args"]]) for hook in hooks]
