"""Labelled calls against a rule set: what counts as found, and the figures made of it."""

import json

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.agreement import Counts, kappa_of, rank_correlation
from qa_pipeline.rules.evaluation import evaluate, touches
from qa_pipeline.rules.labels import LABELS, Kind, read_labelled
from qa_pipeline.transcribe.stored import read_stored
from tests.rules.sets import loaded

RULES = """
    scoring: {base: 100, grades: [{grade: 优秀, from: 85}, {grade: 普通, from: 0}]}
    rules:
      - id: greeting-opening
        title: 开头语
        indicator: 礼仪/开头
        when: {phrase: {role: customer, any: [喂]}}
        require: {phrase: {role: agent, any: [您好]}}
        score: {deduct: 10}
      - id: thanks-or-praise
        title: 感谢
        indicator: 技巧/感谢
        reward: {phrase: {role: agent, any: [谢谢您]}}
        score: {add: 1}
      - id: taboo-2-no-praise
        title: 吝啬赞美
        indicator: 技巧/赞美
        require: {phrase: {role: agent, any: [辛苦]}}
      - {id: banned-phrase-one, title: 禁语一, indicator: 禁语/一, forbid: {phrase: {role: agent, any: [这是规定]}}, score: {deduct: 20}}
      - {id: banned-phrase-two, title: 禁语二, indicator: 禁语/二, forbid: {phrase: {role: agent, any: [没办法]}}, score: {deduct: 20}}
      - id: taboo-5-emotional
        title: 情绪
        indicator: 技巧/情绪
        forbid: {phrase: {role: agent, any: [你凶什么]}}
        silent: cannot_tell
        why_silent: 语气听不出来
      - {id: announces-hold, title: 等待, indicator: 技巧/等待, forbid: {dead_air: {max_s: 8}}}
"""


def labelled(folder, name, *lines, more=None, **labels):
    """A stored transcript with labels; each line is ``客服: ...`` two seconds after the one before."""
    utterances = []
    for number, line in enumerate(lines):
        role, text = line.split(": ")
        utterances.append({"role": role, "start": 2.0 * number, "end": 2.0 * number + 1.5, "text": text})
    data = {"id": name, "utterances": utterances, "labels": labels, **(more or {})}
    (folder / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def measured(folder, rules=RULES):
    calls, _ = read_labelled(folder, read_stored)
    (folder / "sets").mkdir()
    return evaluate(calls, loaded(folder / "sets", rules))


def counts_of(folder, key):
    return next(r for r in measured(folder).results if r.label.key == key)


def test_a_good_behaviour_is_positive_where_it_was_shown(tmp_path):
    labelled(tmp_path, "a", "客服: 您好", "客户: 喂", greeting_opening=True)
    labelled(tmp_path, "b", "客服: 说吧", "客户: 喂", greeting_opening=True)
    labelled(tmp_path, "c", "客服: 您好", "客户: 喂", greeting_opening=False)
    labelled(tmp_path, "d", "客服: 说吧", "客户: 喂", greeting_opening=False)
    labelled(tmp_path, "e", "客服: 您好", greeting_opening=True)
    labelled(tmp_path, "f", "客服: 您好", greeting_opening=False)
    result = counts_of(tmp_path, "greeting_opening")
    assert result.counts == Counts(hits=1, misses=2, false_alarms=1, rejections=2)
    assert result.by_fail == Counts(hits=2, misses=1, false_alarms=2, rejections=1)
    assert (result.not_applicable(True), result.not_applicable(False)) == (1, 1)
    assert [v.call.transcript.recording_id for v in result.wrong] == ["b", "c", "e"]


def test_a_reward_that_was_not_earned_is_not_found(tmp_path):
    labelled(tmp_path, "a", "客服: 谢谢您", thanks_or_praise=True)
    labelled(tmp_path, "b", "客服: 再见", thanks_or_praise=False)
    assert counts_of(tmp_path, "thanks_or_praise").counts == Counts(1, 0, 0, 1)


def test_a_fault_is_positive_where_the_rule_fails(tmp_path):
    labelled(tmp_path, "a", "客服: 再见", taboo2_no_praise=True)
    labelled(tmp_path, "b", "客服: 您辛苦了", taboo2_no_praise=True)
    labelled(tmp_path, "c", "客服: 再见", taboo2_no_praise=False)
    assert counts_of(tmp_path, "taboo2_no_praise").counts == Counts(hits=1, misses=1, false_alarms=1)


def test_one_rule_of_a_family_is_enough(tmp_path):
    labelled(tmp_path, "a", "客服: 没办法", banned_phrase=True)
    labelled(tmp_path, "b", "客服: 这是规定，没办法", banned_phrase=False)
    result = counts_of(tmp_path, "banned_phrase")
    assert result.counts == Counts(hits=1, false_alarms=1)
    assert result.rules == ("banned-phrase-one", "banned-phrase-two")


def test_what_cannot_be_told_is_not_found_and_counted_apart(tmp_path):
    labelled(tmp_path, "a", "客服: 您好", taboo5_emotional=True)
    labelled(tmp_path, "b", "客服: 您好", taboo5_emotional=False)
    labelled(tmp_path, "c", "客服: 你凶什么", taboo5_emotional=True)
    result = counts_of(tmp_path, "taboo5_emotional")
    assert result.counts == Counts(hits=1, misses=1, rejections=1)
    assert (result.cannot_tell(True), result.cannot_tell(False)) == (1, 1)


def test_a_label_of_null_leaves_the_call_out_and_counts_a_fail_apart(tmp_path):
    gap = {
        "utterances": [
            {"role": "agent", "start": 0, "end": 1, "text": "稍等"},
            {"role": "agent", "start": 20, "end": 21, "text": "好了"},
        ]
    }
    labelled(tmp_path, "a", announces_hold=None, more=gap)
    labelled(tmp_path, "b", "客服: 您好", announces_hold=None)
    labelled(tmp_path, "c", "客服: 您好", announces_hold=True)
    result = counts_of(tmp_path, "announces_hold")
    assert (result.counts, result.false_on_null) == (Counts(hits=1), 1)
    assert [v.call.transcript.recording_id for v in result.wrong] == ["a"]


def test_labelled_utterances_that_were_hit(tmp_path):
    more = {"evidence_by_key": {"banned_phrase": [0, 2, 9]}}
    labelled(tmp_path, "a", "客服: 这是规定", "客户: 这是规定", "客服: 规矩如此", more=more, banned_phrase=True)
    assert counts_of(tmp_path, "banned_phrase").places == (1, 2)


def test_touching_needs_the_same_speaker(tmp_path):
    labelled(tmp_path, "a", "客户: 甲", "客服: 乙", banned_phrase=False)
    ((call,), _) = read_labelled(tmp_path, read_stored)
    spoken = call.utterance(1)
    assert touches(Evidence(Role.AGENT, 3.0, 3.1), spoken)
    assert touches(Evidence(None, 1.5, 2.0), spoken)
    assert not touches(Evidence(Role.CUSTOMER, 2.5, 3.0), spoken)
    assert not touches(Evidence(Role.AGENT, 3.6, 9.0), spoken)
    assert call.utterance(2) is None


def test_a_label_without_a_rule_is_never_found_and_stays_in_the_mean(tmp_path):
    labelled(tmp_path, "a", "客服: 这是规定", banned_phrase=True, shirking=True, overpromise=False)
    evaluation = measured(tmp_path)
    assert {r.label.key: r.counts.f1 for r in evaluation.results} == {
        "banned_phrase": 1.0,
        "shirking": 0.0,
        "overpromise": None,
    }
    assert evaluation.macro_f1 == 0.5


def test_grades_scores_and_targets(tmp_path):
    labelled(tmp_path, "a", "客服: 您好", "客户: 喂", grade="优秀", score=90, banned_phrase=False)
    labelled(tmp_path, "b", "客服: 这是规定", "客户: 喂", grade="普通", score=60, banned_phrase=True)
    labelled(tmp_path, "c", "客服: 说吧", "客户: 喂", grade="普通", score=80, banned_phrase=False)
    evaluation = measured(tmp_path)
    assert [graded.score.value for graded in evaluation.graded] == [100, 70, 90]
    assert dict(evaluation.confusion) == {("优秀", "优秀"): 1, ("普通", "普通"): 1, ("普通", "优秀"): 1}
    assert evaluation.grade_kappa == pytest.approx(0.4)
    assert evaluation.score_error == pytest.approx((10 + 10 + 10) / 3)
    assert evaluation.score_rank_correlation == pytest.approx(1)
    assert [(target.value, target.reached) for target in evaluation.targets[:3]] == [
        (1, True),
        (1, True),
        (None, False),
    ]
    assert not evaluation.targets[3].reached
    assert evaluation.grades == ("优秀", "普通")


def test_counts():
    counts = Counts.of([(True, True), (True, False), (False, True), (False, False), (False, False)])
    assert (counts.precision, counts.recall, counts.f1) == (0.5, 0.5, 0.5)
    assert counts.kappa == pytest.approx((0.6 - 0.52) / 0.48)
    assert counts.turned.turned == counts
    assert counts.turned.kappa == pytest.approx(counts.kappa)
    assert (Counts().precision, Counts().recall, Counts().f1, Counts().kappa) == (None,) * 4
    assert Counts(misses=3).f1 == 0
    assert Counts(rejections=5).f1 is None


def test_kappa_where_chance_alone_agrees():
    assert kappa_of({("a", "a"): 4}) is None
    assert kappa_of({("a", "a"): 2, ("b", "b"): 2}) == 1
    assert kappa_of({("a", "b"): 2, ("b", "a"): 2}) == -1


def test_rank_correlation_shares_ranks_among_ties():
    assert rank_correlation([1, 2, 3], [10, 20, 30]) == pytest.approx(1)
    assert rank_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert rank_correlation([1, 1, 2], [1, 2, 3]) == pytest.approx(0.8660254)
    assert rank_correlation([1, 1], [1, 2]) is None
    assert rank_correlation([], []) is None


def test_labels_are_read_strictly(tmp_path):
    with pytest.raises(RequestError, match="no such folder"):
        read_labelled(tmp_path / "none", read_stored)
    (tmp_path / "plain.json").write_text('{"utterances": []}')
    with pytest.raises(RequestError, match="no stored transcript with `labels`"):
        read_labelled(tmp_path, read_stored)
    labelled(tmp_path, "good", "客服: 您好", banned_phrase=False)
    calls, unlabelled = read_labelled(tmp_path, read_stored)
    assert (len(calls), unlabelled) == (1, ("plain.json",))
    labelled(tmp_path, "bad", "客服: 您好", banned_phrase="no")
    with pytest.raises(RequestError, match=r"bad\.json: banned_phrase .*'no'"):
        read_labelled(tmp_path, read_stored)
    (tmp_path / "bad.json").write_text("{labels")
    with pytest.raises(RequestError, match=r"bad\.json"):
        read_labelled(tmp_path, read_stored)


def test_every_label_is_named_once():
    assert len({label.key for label in LABELS}) == len({label.rule for label in LABELS}) == len(LABELS) == 32
    assert {label.kind for label in LABELS} == set(Kind)
