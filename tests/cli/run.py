"""Runs the real command in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
UTTERANCE = {"role": "agent", "start": 0.5, "end": 2, "text": "您好，很高兴为您服务"}


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **more}


def qa(*arguments, cwd=ROOT, **more):
    command = [sys.executable, "-m", "qa_pipeline", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment(**more), capture_output=True, text=True, check=False)


def store(path, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"duration": 5, "utterances": [UTTERANCE], **more}, ensure_ascii=False))
    return path
