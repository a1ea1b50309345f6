"""The sample calls are whole: what the scripts say is what the references, the recordings and the manifest hold."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
import yaml

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SCRIPTS = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted((SAMPLES / "scripts").glob("*.yaml"))}
with (SAMPLES / "calls.csv").open(encoding="utf-8", newline="") as _file:
    MANIFEST = {row["recording_id"]: row for row in csv.DictReader(_file)}

every_call = pytest.mark.parametrize("call_id", SCRIPTS)


def reference(call_id: str) -> dict[str, Any]:
    return yaml.safe_load((SAMPLES / "references" / f"{call_id}.yaml").read_text("utf-8"))


def recording(call_id: str) -> Path:
    return SAMPLES / MANIFEST[call_id]["file"]


def lines(call_id: str) -> list[tuple[str, str]]:
    """(role, text) of every line of the script."""
    script = SCRIPTS[call_id]["lines"]
    return [(role, line[role]) for line in script for role in ("agent", "customer") if role in line]


def speech_of(call_id: str, role: str) -> str:
    return "".join(text for speaker, text in lines(call_id) if speaker == role)


@every_call
def test_the_reference_says_what_the_script_says(call_id: str) -> None:
    truth = reference(call_id)
    assert truth["id"] == call_id == SCRIPTS[call_id]["id"]
    assert sorted((u["role"], u["text"]) for u in truth["utterances"]) == sorted(lines(call_id))
    roles = {0: "agent", 1: "customer"}
    assert all(truth["channels"] == 1 or roles[u["channel"]] == u["role"] for u in truth["utterances"])


@every_call
def test_times_are_sorted_and_inside_the_recording(call_id: str) -> None:
    truth = reference(call_id)
    starts = [u["start"] for u in truth["utterances"]]
    assert starts == sorted(starts)
    for span in [*truth["utterances"], *truth["interruptions"], *truth["silences"]]:
        assert 0 <= span["start"] < span["end"] <= truth["duration"]


@every_call
def test_nobody_talks_over_himself(call_id: str) -> None:
    for role in ("agent", "customer"):
        spans = [(u["start"], u["end"]) for u in reference(call_id)["utterances"] if u["role"] == role]
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@every_call
def test_the_recording_has_the_length_and_the_channels_of_its_reference(call_id: str) -> None:
    truth = reference(call_id)
    with av.open(str(recording(call_id))) as container:
        stream = container.streams.audio[0]
        channels, samples = stream.codec_context.channels, sum(frame.samples for frame in container.decode(stream))
        rate = stream.codec_context.sample_rate
    assert channels == truth["channels"]
    assert samples / rate == pytest.approx(truth["duration"], abs=0.1)
    assert 30 <= truth["duration"] <= 150


def test_recordings_references_scripts_and_manifest_name_the_same_calls() -> None:
    files = {path.name for path in (SAMPLES / "calls").iterdir()}
    assert files == {recording(call_id).name for call_id in MANIFEST}
    assert list(MANIFEST) == list(SCRIPTS)
    assert {path.stem for path in (SAMPLES / "references").iterdir()} == set(SCRIPTS)


def test_the_manifest_is_complete() -> None:
    for call_id, row in MANIFEST.items():
        assert all(row[key] for key in ("file", "agent_id", "team", "queue", "started_at"))
        assert row["hangup_by"] == SCRIPTS[call_id]["hangup_by"] in {"agent", "customer"}
        assert int(row["ring_s"]) >= 0
        assert datetime.fromisoformat(row["started_at"]).utcoffset() == timedelta(hours=8)
    assert len({row["agent_id"] for row in MANIFEST.values()}) >= 5
    assert len({row["team"] for row in MANIFEST.values()}) >= 2


def test_a_folder_scan_finds_recordings_only() -> None:
    assert not list(SAMPLES.rglob("*.json"))


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 15_000_000


def test_kinds_domains_and_formats_are_covered() -> None:
    assert {script["kind"] for script in SCRIPTS.values()} == {"consult", "complaint", "report", "suggestion", "help"}
    assert {"12345", "12320", "供热", "机场停车", "物业", "邮政"} <= {script["domain"] for script in SCRIPTS.values()}
    assert {".flac", ".mp3", ".wav", ".opus"} == {recording(call_id).suffix for call_id in MANIFEST}
    assert any(reference(call_id)["channels"] == 1 for call_id in SCRIPTS)
    with av.open(str(recording("s03-heating-cold"))) as container:
        assert container.streams.audio[0].codec_context.name == "pcm_alaw"


def test_the_disastrous_call_interrupts_four_times_and_the_model_call_never() -> None:
    assert [span["by"] for span in reference("s10-disastrous-call")["interruptions"]] == ["agent"] * 4
    assert reference("s09-model-call")["interruptions"] == []
    assert reference("s09-model-call")["silences"] == []


def test_the_overlapping_call_has_both_directions_and_backchannels_that_do_not_count() -> None:
    spans = reference("s12-overlap")["interruptions"]
    assert {span["by"] for span in spans} == {"agent", "customer"}
    starts = {span["start"] for span in spans}
    asides = {"好的。", "是的。", "对对对。", "嗯，好的。"}
    backchannels = [u for u in reference("s12-overlap")["utterances"] if u["text"] in asides]
    assert len(backchannels) == 4
    assert not starts & {u["start"] for u in backchannels}


def test_silences_are_announced_where_the_agent_asked_to_wait() -> None:
    assert [span["announced"] for span in reference("s13-dead-air")["silences"]] == [False, False]
    assert [span["announced"] for span in reference("s14-announced-hold")["silences"]] == [True]
    (hold,) = reference("s14-announced-hold")["silences"]
    assert hold["end"] - hold["start"] == pytest.approx(15, abs=0.01)


def test_the_customer_of_the_silent_call_says_nothing() -> None:
    assert {u["role"] for u in reference("s11-silent-call")["utterances"]} == {"agent"}


def test_who_says_the_banned_phrases() -> None:
    assert "这是规定" in speech_of("s10-disastrous-call", "agent")
    assert "这是规定" in speech_of("s17-quoted-phrases", "customer")
    assert "这是规定" not in speech_of("s17-quoted-phrases", "agent")
    assert "不会说没办法" in speech_of("s17-quoted-phrases", "agent")
