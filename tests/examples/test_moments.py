from itertools import pairwise
from pathlib import Path

import yaml

from qa_pipeline.examples.moments import APART_S, MOST, QUESTIONS, Tone, missing, moments
from qa_pipeline.records import Role, Transcript, Utterance
from qa_pipeline.rules.loader import load

AGENT, CUSTOMER = Role.AGENT, Role.CUSTOMER


def call(*said):
    utterances = tuple(Utterance(role, int(role is CUSTOMER), start, start + 4.0, text) for role, start, text in said)
    return Transcript("x", 100.0, 2, utterances)


def finding(rule, start, end, severity="major", points=-5, *, role="agent", matched="x", quote="x"):
    return {
        "rule_id": rule, "title": rule, "severity": severity, "points": points, "role": role, "start_s": start, "end_s": end,
        "quote": quote, "matched": matched, "note": "", "advice": "", "suggest": "",
    }  # fmt: skip


TALK = call((AGENT, 1.0, "您好，请讲。"), (CUSTOMER, 6.0, "我家暖气不热。"), (AGENT, 12.0, "这是规定。"))


def test_a_stop_comes_when_the_sentence_is_over():
    (moment,) = moments(TALK, [finding("banned-phrase-rules", 12.5, 13.0)])
    assert (moment.tone, moment.start, moment.at) == (Tone.BAD, 12.5, 16.0)


def test_stops_are_few_apart_and_of_more_than_one_rule():
    many = [finding(f"rule-{i % 3}", 3.0 * i, 3.0 * i + 1) for i in range(30)]
    found = moments(TALK, many)
    assert len(found) <= MOST
    assert all(b.at - a.at >= APART_S for a, b in pairwise(found))
    assert len({moment.rule for moment in found}) == 3


def test_the_theme_comes_first():
    minor = finding("taboo-1-interrupting", 40.0, 41.0, "minor", -1)
    grave = [finding("redline-contempt", 44.0, 45.0, "critical", -8)]
    assert [m.rule for m in moments(TALK, [minor, *grave])] == ["redline-contempt"]
    assert [m.rule for m in moments(TALK, [minor, *grave], ["taboo-1-interrupting"])] == ["taboo-1-interrupting"]


def test_what_never_came_is_no_moment_but_lacking():
    whole = finding("empathy", 0.0, 100.0, "minor", -3, matched="", quote="")
    later = finding("confirms-solved", 20.0, 90.0, "minor", -1, matched="", quote="")
    assert moments(TALK, [whole, later]) == ()
    assert [row["rule_id"] for row in missing([whole, later], 100.0)] == ["empathy", "confirms-solved"]


def test_a_long_silence_is_a_moment_all_the_same():
    silence = finding("dead-air", 20.0, 40.0, role=None, matched="", quote="")
    assert [m.rule for m in moments(TALK, [silence])] == ["dead-air"]


def test_what_went_well_is_found_without_a_rule():
    talk = call(
        (AGENT, 1.0, "实在抱歉，昨天没有给您回复，是我们没做好。"),
        (CUSTOMER, 20.0, "好的。"),
        (AGENT, 30.0, "我马上通知师傅，今天下午五点以前给您答复。"),
    )
    assert [m.rule for m in moments(talk, [])] == ["good-apology", "good-promise"]


def test_every_rule_with_points_has_a_question_of_its_own():
    questions = yaml.safe_load(Path(QUESTIONS).read_text(encoding="utf-8"))
    without = {
        rule.spec.id for rule in load("hotline").rules if not any(rule.spec.id.startswith(key) for key in questions)
    }
    told_by_metadata = {"connected-first-try", "agent-within-20s", "answers-within-three-rings", "pii-spoken"}
    assert without <= told_by_metadata, without
