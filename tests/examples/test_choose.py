import itertools
import random
from datetime import date

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.examples.candidates import Candidate, Candidates, Listening
from qa_pipeline.examples.choose import Place, choose
from qa_pipeline.examples.kinds import CallKind, kind_of
from qa_pipeline.examples.wishes import Wishes, swaps
from qa_pipeline.examples.worth import Worth

RULES = [f"taboo-{i}" for i in range(1, 9)]


def call(name, score, agent, kind=CallKind.COMPLAINT, *, failed=(), topic=(), queue=None, day=None, listen=1.0):
    return Candidate(
        name, score, "", kind, Listening(listen, 1.0, 1.0, 1.0), 90.0, agent, "一组", queue, day,
        frozenset(failed), frozenset(RULES) - frozenset(failed), frozenset(topic), {"recording_id": name},
    )  # fmt: skip


def field(*calls):
    return Candidates(calls, {rule: rule for rule in RULES}, {}, [one.call for one in calls])


def some(count, seed=0):
    chance = random.Random(seed)
    words = ["暖气", "停车", "疫苗", "快递", "漏水", "公交"]
    return field(*(one(i, count, chance, words) for i in range(count)))


def one(i, count, chance, words):
    return call(
        f"c{i:03}",
        chance.randint(0, 100),
        f"agent{chance.randint(0, count // 2)}",
        chance.choice(list(CallKind)),
        failed=chance.sample(RULES, chance.randint(0, 6)),
        topic=chance.sample(words, 2),
        queue=chance.choice(["供热", "公交", None]),
        day=date(2026, 11, chance.randint(1, 5)),
        listen=chance.random(),
    )


def ids(choice):
    return [pick.call.recording_id for pick in choice.picks]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [2, 3])
def test_no_other_choice_is_worth_more(seed, count):
    candidates = some(14, seed)
    choice = choose(candidates, Wishes(count=count))
    worth = Worth(candidates.calls, frozenset(), 0)
    best = max(value(worth, order) for order in itertools.permutations(range(14), count))
    assert choice.worth == pytest.approx(best, abs=1e-3)


def value(worth, order):
    total = float(worth.pairs(order[0])[order[1]])
    return total + sum(float(worth.thirds(order[:i])[order[i]]) for i in range(2, len(order)))


def test_the_same_wishes_give_the_same_calls_in_whatever_order_they_come():
    candidates = some(40)
    mixed = Candidates(
        tuple(sorted(candidates.calls, key=lambda c: c.recording_id)), candidates.titles, {}, candidates.rows
    )
    assert ids(choose(candidates, Wishes())) == ids(choose(mixed, Wishes()))


def test_a_contrast_of_one_kind_and_matter_by_different_agents():
    good = call("good", 95, "a", topic=["暖气"], queue="供热")
    bad = call("bad", 20, "b", failed=RULES[:6], topic=["暖气"], queue="供热")
    same_agent = call("own", 0, "a", failed=RULES, topic=["暖气"], queue="供热")
    other = call("other", 20, "c", CallKind.CONSULT, failed=RULES[:6], topic=["疫苗"])
    choice = choose(field(good, bad, same_agent, other), Wishes(count=2))
    assert [(p.call.recording_id, p.place) for p in choice.picks] == [("good", Place.GOOD), ("bad", Place.BAD)]
    assert "taboo-1" in next(part.why for part in choice.picks[0].parts if part.name.startswith("一通做到"))


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_agents_are_different(count):
    choice = choose(some(40), Wishes(count=count))
    agents = [pick.call.agent for pick in choice.picks]
    assert len(set(agents)) == len(agents) == count


def test_a_spared_agent_is_not_the_bad_example_and_her_worst_day_is_left_out():
    worst, fine = date(2026, 11, 1), date(2026, 11, 2)
    calls = (
        call("s1", 0, "spared", failed=RULES, day=worst), call("s2", 60, "spared", day=worst),
        call("s3", 50, "spared", failed=RULES[:3], day=fine), call("s4", 99, "spared", day=fine),
        call("o1", 40, "other", failed=RULES[:5], day=fine), call("o2", 90, "third", day=fine),
    )  # fmt: skip
    assert ids(choose(field(*calls), Wishes(count=2)))[1] == "s1"
    choice = choose(field(*calls), Wishes(count=3, spare=["spared"]))
    assert choice.picks[1].call.agent != "spared"
    assert not {"s1", "s2"} & {*ids(choice), *(r.call.recording_id for p in choice.picks for r in p.runners_up)}
    assert all(r.call.agent != "spared" for r in choice.picks[1].runners_up)


def test_the_theme_is_done_in_the_one_and_failed_in_the_other():
    choice = choose(some(40), Wishes(theme="taboo-3"))
    good, bad = choice.picks[0].call, choice.picks[1].call
    assert "taboo-3" in good.passed
    assert "taboo-3" in bad.failed


def test_kind_team_and_exclusion_narrow_the_field():
    candidates = some(40)
    first = choose(candidates, Wishes(kind=CallKind.CONSULT))
    assert {pick.call.kind for pick in first.picks} == {CallKind.CONSULT}
    assert ids(choose(candidates, Wishes(theme="咨询"))) == ids(first)
    without = choose(candidates, Wishes(kind=CallKind.CONSULT, exclude=[ids(first)[0]]))
    assert ids(first)[0] not in ids(without)


def test_a_runner_up_can_be_swapped_in_and_costs_what_was_said():
    candidates = some(40)
    choice = choose(candidates, Wishes())
    for pick in choice.picks:
        runner = pick.runners_up[0]
        swapped = choose(candidates, Wishes(swap={pick.call.recording_id: runner.call.recording_id}))
        assert runner.call.recording_id in ids(swapped)
        assert swapped.worth - choice.worth == pytest.approx(runner.difference, abs=1e-3)
        assert runner.difference <= 1e-3


def test_a_seed_gives_another_choice_about_as_good():
    candidates = some(60)
    best = choose(candidates, Wishes())
    others = [choose(candidates, Wishes(seed=seed)) for seed in range(1, 8)]
    assert any(ids(other) != ids(best) for other in others)
    assert ids(choose(candidates, Wishes(seed=3))) == ids(choose(candidates, Wishes(seed=3)))


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        (Wishes(theme="taboo-99"), "没有这个主题"),
        (Wishes(team="二组"), "--team"),
        (Wishes(spare=["nobody"]), "--spare"),
        (Wishes(exclude=["nothing"]), "--exclude"),
        (Wishes(count=7), "2 到 6"),
        (Wishes(swap={"c000": "c001"}), "没有被选中"),
    ],
)
def test_wishes_that_cannot_be_had_say_so(wishes, says):
    candidates = some(20)
    if wishes.swap:
        wishes = Wishes(
            swap={
                next(
                    c.recording_id for c in candidates.calls if c.recording_id not in ids(choose(candidates, Wishes()))
                ): "c001"
            }
        )
    with pytest.raises(RequestError, match=says):
        choose(candidates, wishes)


def test_where_there_is_no_contrast_it_says_why():
    with pytest.raises(RequestError, match="分数相差"):
        choose(field(*(call(f"c{i}", 90 + i, f"a{i}") for i in range(4))), Wishes())
    with pytest.raises(RequestError, match="同一位坐席"):
        choose(field(call("a", 0, "x", failed=RULES), call("b", 99, "x"), call("c", 50, "x")), Wishes())


def test_calls_that_name_no_agent_are_told():
    calls = [call("a", 95, None), call("b", 20, None, failed=RULES), call("c", 50, "x")]
    assert any("坐席" in note for note in choose(field(*calls), Wishes()).notes)
    assert choose(some(20), Wishes()).notes == ()


def test_swaps_as_typed():
    assert swaps(["a=b"]) == {"a": "b"}
    with pytest.raises(RequestError, match="OLD=NEW"):
        swaps(["a"])


def test_the_manifest_knows_the_kind_better_than_words():
    assert kind_of(["我要投诉你们，凭什么多收我钱"]) is CallKind.COMPLAINT
    assert kind_of(["你好，我想咨询一下居住证怎么办"]) is CallKind.CONSULT
    assert kind_of(["我要投诉"], {"call_type": "业务咨询"}) is CallKind.CONSULT
