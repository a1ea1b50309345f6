from qa_pipeline.features.emotion import emotion_curve
from qa_pipeline.records import Role, Utterance

CALM, ANGRY = "好的，谢谢您，那我放心了", "你们到底管不管，太过分了，我要投诉你们"


def utterances(*texts, role=Role.CUSTOMER, loudness=None):
    levels = loudness or [None] * len(texts)
    return [
        Utterance(role, 1, i * 10.0, i * 10 + 5.0, t, loudness_db=db)
        for i, (t, db) in enumerate(zip(texts, levels, strict=True))
    ]


def test_peak_end_and_recovery():
    curve = emotion_curve(utterances(CALM, ANGRY, ANGRY, CALM, CALM, CALM))
    assert curve.peak.start in (10.0, 20.0)
    assert curve.end.start == 50.0
    assert curve.recovered
    assert all(0 <= mood.tension <= 1 for mood in curve.moods)


def test_ending_in_anger_is_no_recovery():
    assert not emotion_curve(utterances(CALM, CALM, ANGRY, ANGRY)).recovered


def test_a_raised_voice_is_tenser():
    flat = emotion_curve(utterances(*[CALM] * 4, loudness=[-27.0] * 4))
    raised = emotion_curve(utterances(*[CALM] * 4, loudness=[-27.0, -27.0, -19.0, -27.0]))
    assert raised.peak.start == 20.0
    assert raised.peak.tension > flat.peak.tension


def test_one_utterance_is_no_curve_and_agents_do_not_count():
    assert emotion_curve(utterances(ANGRY)) is None
    assert emotion_curve(utterances(ANGRY, ANGRY, role=Role.AGENT)) is None
    assert emotion_curve([]) is None
