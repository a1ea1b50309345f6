import pytest

from qa_pipeline.errors import RecordingError, Stage
from qa_pipeline.pipeline import StageClock, name_heard, score_heard
from qa_pipeline.records import CallFailure, Recording, Role, Scorecard, Transcript, Utterance
from qa_pipeline.rules import load
from qa_pipeline.transcribe import attempt


class Says:
    """A recogniser that returns or raises what it was given."""

    name = "says"

    def __init__(self, result):
        self.result = result

    def transcribe(self, recording):
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


def heard(**metadata):
    said = Utterance(Role.AGENT, 0, 0.5, 2.0, "您好，很高兴为您服务")
    return Transcript("inner", 5.0, 1, (said,), metadata=metadata)


def score(recording, transcriber, rules, clock=None):
    return score_heard(recording, attempt(transcriber, recording), rules, clock)


def recording(problem=None, **metadata):
    return Recording("rec-a", "/a.wav", "/a.wav", metadata, problem=problem)


@pytest.fixture(scope="module")
def rules():
    return load("hotline")


def test_a_recording_becomes_a_scorecard(rules):
    clock = StageClock()
    card = score(recording(team="一组"), Says(heard(team="二组", queue="12345")), rules, clock)
    assert isinstance(card, Scorecard)
    assert (card.ruleset, len(card.outcomes)) == (rules.identity, len(rules.rules))
    assert card.transcript.recording_id == "rec-a"
    assert card.transcript.metadata == {"team": "一组", "queue": "12345"}
    assert set(clock.seconds) == {"roles", "features", "rules"}


def test_our_own_errors_keep_their_stage_and_words(rules):
    failed = score(recording(), Says(RecordingError(Stage.DECODE, "截断 truncated")), rules)
    assert isinstance(failed, CallFailure)
    assert (failed.stage, failed.message, failed.ruleset) == (Stage.DECODE, "截断 truncated", rules.identity)


def test_any_other_error_is_one_recording_s_failure(rules):
    failed = score(recording(), Says(ZeroDivisionError("oops")), rules)
    assert (failed.stage, failed.message) == (Stage.TRANSCRIBE, "unexpected ZeroDivisionError: oops")


def test_a_failure_while_scoring_knows_the_duration(rules, monkeypatch):
    def broken(call, ruleset):
        raise KeyError("rule")

    monkeypatch.setattr("qa_pipeline.pipeline.judge", broken)
    failed = score(recording(), Says(heard()), rules)
    assert (failed.stage, failed.duration, failed.channels) == (Stage.SCORE, 5.0, 1)


def test_a_problem_of_the_source_is_not_even_tried(rules):
    failed = score(recording("there is no such file"), Says(AssertionError()), rules)
    assert (failed.stage, failed.message) == (Stage.FIND, "there is no such file")


def test_interrupts_pass_through(rules):
    with pytest.raises(KeyboardInterrupt):
        score(recording(), Says(KeyboardInterrupt()), rules)


def test_transcribing_stops_before_the_rules():
    found = name_heard(recording(team="一组"), heard())
    assert isinstance(found, Transcript)
    assert (found.recording_id, found.metadata) == ("rec-a", {"team": "一组"})
    assert name_heard(recording(), RecordingError(Stage.READ, "x")).stage is Stage.READ
