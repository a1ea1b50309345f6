"""From spoiled sound to what rules see: the demo model hears a sample call with the customer on the agent's channel."""

from pathlib import Path

import pytest

from qa_pipeline.audio import listening
from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, decode
from qa_pipeline.features import call_features
from qa_pipeline.features.roles import assign_roles
from qa_pipeline.records import Recording, Role, Transcript
from qa_pipeline.text.normalise import normalise
from qa_pipeline.transcribe.models import DEMO, DeviceChoice, resolve_model
from qa_pipeline.transcribe.whisper import WhisperOptions, WhisperTranscriber
from scripts.speech.spoil import bleed
from tests.audio.files import write
from tests.rules.calls import found

CALLS = Path(__file__).parents[2] / "samples" / "calls"


@pytest.fixture(scope="module")
def demo() -> WhisperTranscriber:
    options = WhisperOptions(cpu_threads=1, beam_size=1)
    return WhisperTranscriber(resolve_model(DEMO, "cpu"), DeviceChoice("cpu", "int8"), options)


def _heard(demo: WhisperTranscriber, sound: Samples, folder: Path) -> Transcript:
    path = write(folder / "call.flac", sound, "flac", "flac", SAMPLE_RATE)
    return assign_roles(demo.transcribe(Recording("call", path.name, str(path))), agent_channel=0).transcript


def _said(transcript: Transcript, role: Role) -> str:
    return normalise("".join(u.text for u in transcript.utterances if u.role is role)).text


def test_bleed_neither_doubles_words_nor_makes_interruptions(
    demo: WhisperTranscriber, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = decode(CALLS / "s10-disastrous-call.flac").channels[:, 20 * SAMPLE_RATE : 60 * SAMPLE_RATE]
    spoiled = bleed(clean, 1, 0, loss_db=15, rate=SAMPLE_RATE, delay_s=0.05)
    plain, remedied = (_heard(demo, sound, tmp_path) for sound in (clean, spoiled))
    monkeypatch.setattr(listening, "_without_bleed", lambda channels, speech: (list(speech), []))
    doubled = _heard(demo, spoiled, tmp_path)
    agent = _said(plain, Role.AGENT)
    assert len(_said(doubled, Role.AGENT)) > 1.4 * len(agent)  # the trap
    assert len(_said(remedied, Role.AGENT)) == pytest.approx(len(agent), rel=0.12)
    assert _said(remedied, Role.CUSTOMER) == _said(plain, Role.CUSTOMER)
    before, after, trapped = (_broken_in(one) for one in (plain, remedied, doubled))
    assert after == before
    assert trapped != before
    print(before, after, trapped)


def _broken_in(transcript: Transcript) -> list[tuple[str, int]]:
    call = call_features(transcript)
    return [
        (by, round(evidence.start))
        for by in ("agent", "customer")
        for evidence in found("interruption", {"by": by}, call)
    ]
