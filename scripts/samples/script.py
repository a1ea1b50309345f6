"""One call script (``samples/scripts/<call-id>.yaml``), read and checked.

A line is ``- agent: text`` or ``- customer: text``, and may say more:

- ``pause_s``: silence before it (the call's own ``pause_s`` when it is left out);
- ``overlap_s``: it starts that long BEFORE the other speaker's latest line ends, instead of after a pause;
- ``cut: true``: the speaker is cut short, so the sentence has no end;
- ``announced: true``: the pause before it was announced (请您稍等), so it is no dead air;
- ``gain_db``: louder (positive) or softer than this speaker usually is; ``rate``: faster or slower, just here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROLES = ("agent", "customer")
"""In channel order: the agent is on the left channel, the customer on the right one."""

_LINE_KEYS = {*ROLES, "pause_s", "overlap_s", "cut", "announced", "gain_db", "rate"}


class ScriptError(ValueError):
    """A call script or the list of agents says something that cannot be built."""


@dataclass(frozen=True)
class Line:
    """What one speaker says in one go, and when it starts relative to what went before."""

    role: str
    text: str
    pause_s: float | None = None
    overlap_s: float | None = None
    cut: bool = False
    announced: bool = False
    gain_db: float = 0.0
    rate: int | None = None


@dataclass(frozen=True)
class Speaker:
    """A name in ``scripts.speech.voices.VOICES`` and the usual rate (espeak words per minute)."""

    voice: str
    rate: int


@dataclass(frozen=True)
class CallScript:
    """A whole call. ``manifest`` holds the columns of ``calls.csv`` that the script itself decides."""

    id: str
    title: str
    domain: str
    kind: str
    shows: str
    agent_id: str
    team: str
    speakers: dict[str, Speaker]
    hangup_by: str
    manifest: dict[str, str | int]
    lines: tuple[Line, ...]
    encoding: str = "flac"
    channels: int = 2
    pause_s: float = 0.4
    lead_s: float = 0.6
    tail_s: float = 0.9

    @property
    def file_name(self) -> str:
        """Name of the recording under ``samples/calls/``."""
        return f"{self.id}.{self.encoding.removeprefix('alaw-')}"


def load_scripts(folder: Path) -> list[CallScript]:
    """Read all scripts under ``folder``/scripts with the agents of ``folder``/agents.yaml, sorted by id."""
    agents = yaml.safe_load((folder / "agents.yaml").read_text(encoding="utf-8"))
    return [load_script(path, agents) for path in sorted((folder / "scripts").glob("*.yaml"))]


def load_script(path: Path, agents: dict[str, dict[str, str]]) -> CallScript:
    """Read one script; raises ``ScriptError`` with the file's name."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        return _call(raw, path.stem, agents)
    except (KeyError, TypeError, ValueError) as error:
        raise ScriptError(f"{path}: {error!r}") from error


def _call(raw: dict[str, Any], stem: str, agents: dict[str, dict[str, str]]) -> CallScript:
    if raw["id"] != stem:
        raise ValueError(f"the id {raw['id']} is not the file's name")
    agent, customer = raw.pop("agent"), raw.pop("customer")
    encoding, layout = raw.pop("audio", "flac stereo").split()
    return CallScript(
        agent_id=agent["id"],
        team=agents[agent["id"]]["team"],
        speakers={
            "agent": Speaker(agents[agent["id"]]["voice"], agent["rate"]),
            "customer": Speaker(customer["voice"], customer["rate"]),
        },
        lines=tuple(_line(line) for line in raw.pop("lines")),
        encoding=encoding,
        channels={"mono": 1, "stereo": 2}[layout],
        **raw,
    )


def _line(raw: dict[str, Any]) -> Line:
    unknown = raw.keys() - _LINE_KEYS
    roles = [role for role in ROLES if role in raw]
    if unknown or len(roles) != 1:
        raise ValueError(f"a line has one speaker and known keys, not {sorted(raw)}")
    return Line(role=roles[0], text=raw.pop(roles[0]), **raw)
