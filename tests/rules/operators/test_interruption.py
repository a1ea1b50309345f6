import pytest

from qa_pipeline.records import Role, Span
from qa_pipeline.rules.operators.interruption import Interruption
from qa_pipeline.rules.view import View
from tests.rules.calls import found
from tests.rules.timed import refusal, timed

LONG = "客户: 我家的暖气从上个星期开始就一直不热你们来看了两次"


def starts(*lines: str, by: str = "agent", speech=None, **parameters) -> list[float]:
    """When the operator finds an interruption."""
    features = timed(*lines, speech=speech)
    return [evidence.start for evidence in found("interruption", {"by": by, **parameters}, features)]


def test_coming_in_and_going_on_is_one():
    [one] = found("interruption", {"by": "agent"}, timed(f"1-8 {LONG}", "6-10 客服: 您先听我说这个事情不归我们管"))
    assert (one.role, one.start, one.end, one.turn) == (Role.AGENT, 6, 8, 1)
    assert one.matched == "您先听我说这个事情不归我们管"
    assert "5.0 秒时插话，重叠 2.0 秒，对方停下" in one.note


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["6-6.4 客服: 嗯"], "a nod"),
        (["6-7.8 客服: 对对对，是的，好的好的"], "a long nod"),
        (["6-6.7 客服: 是吗哪一天"], "it does not go on"),
        (["7.5-10 客服: 您先听我说这个事情不归我们管"], "too little overlap"),
        (["8-10 客服: 您先听我说这个事情不归我们管"], "it begins where the other ends"),
        (["1.2-5 客服: 您先听我说这个事情不归我们管"], "both began together"),
        (["1.9-5 客服: 您先听我说这个事情不归我们管"], "the other had hardly begun"),
        (["6-10 客服: 那个"], "too few 字"),
        (["0.2-6 客服: 您好我这里是热线请问您有什么需要帮助的吗"], "the other came in"),
    ],
)
def test_what_is_no_interruption(lines, why):
    assert starts(f"1-8 {LONG}", *lines) == [], why


def test_limits_are_included():
    lines = [f"1-8 {LONG}", "7-9 客服: 您先听我说这个事"]
    assert starts(*lines, min_overlap_s=1.0, lasts_s=2.0, held_s=6.0) == [7]
    assert starts(*lines, min_overlap_s=1.01) == []
    assert starts(*lines, lasts_s=2.01) == []
    assert starts(*lines, held_s=6.01) == []
    assert starts(*lines, min_chars=8) == [7]
    assert starts(*lines, min_chars=9) == []


def test_the_customer_may_interrupt_too():
    lines = ["1-8 客服: 按照规定您需要先带身份证原件到窗口去办理", "6-10 客户: 你别念了我就问你什么时候修"]
    assert starts(*lines, by="customer") == [6]
    assert starts(*lines, by="agent") == []


def test_takes_floor_asks_that_the_other_falls_silent():
    over = [f"1-12 {LONG}，我跟你说这回一定要解决", "6-8 客服: 您先听我说一下"]
    assert starts(*over) == [6]
    assert starts(*over, takes_floor=True) == []
    assert starts(f"1-8 {LONG}", "6-10 客服: 您先听我说一下", takes_floor=True) == [6]


def test_a_breath_of_the_one_who_was_speaking_does_not_give_up_the_floor():
    lines = [f"1-8.8 {LONG}", "6.3-10 客服: 您先听我说这个事情不归我们管"]
    # 5.9: the customer took a breath of half a second just before.
    assert starts(*lines, speech=[[(6.3, 10)], [(1, 5.4), (5.9, 8.8)]]) == [6.3]


def test_coming_in_while_the_other_draws_breath():
    lines = [f"1-9 {LONG}", "5.2-10 客服: 您先听我说这个事情不归我们管"]
    assert starts(*lines, speech=[[(5.2, 10)], [(1, 5), (5.4, 9)]]) == [5.2]
    # A longer pause was an opening; and who goes on only later comes in himself.
    assert starts(*lines, speech=[[(5.2, 10)], [(1, 4.8), (5.4, 9)]]) == []
    assert starts(*lines, speech=[[(5.05, 10)], [(1, 5), (5.45, 9)]]) == []


def test_going_on_over_the_one_who_came_in_is_none():
    lines = ["1-9 客服: 您这个情况需要先登记然后我们派人上门", f"4-8 {LONG}"]
    # The agent spoke first, stopped for a breath, and went on.
    assert starts(*lines, speech=[[(1, 5), (5.6, 9)], [(4, 8)]]) == []
    assert starts(*lines, speech=[[(1, 5), (5.6, 9)], [(4, 8)]], by="customer") == [4]


def test_one_who_breathes_while_interrupting_interrupts_once():
    lines = [f"1-12 {LONG}，说好了又不来人我等了一天", "5-11 客服: 您先听我说这个事情不归我们管您找物业"]
    assert starts(*lines, speech=[[(5, 7), (7.5, 11)], [(1, 12)]]) == [5]


def test_a_nod_before_does_not_hide_what_follows():
    lines = [f"1-12 {LONG}，说好了又不来人我等了一天", "5-5.4 客服: 嗯", "6-10 客服: 您先听我说这个事情不归我们管"]
    assert starts(*lines) == [6]


def test_an_early_nod_and_then_the_answer_is_none():
    # The overlap is a nod; the words begin when the customer has finished.
    assert starts(f"1-8 {LONG}", "7-9.6 客服: 好的好的好的，那我给您登记") == []


def test_laughing_together_is_none():
    laughing = "1-8 客户: 后来那个巧克力从书包里流出来了哈哈哈哈哈哈"
    assert starts(laughing, "6.8-9 客服: 哈哈，巧克力都化了呀") == []


def test_talking_over_nods_is_none():
    assert starts("1-4 客户: 嗯嗯嗯，对对对，好的好的", "2.5-6 客服: 您先听我说这个事情不归我们管") == []


def test_one_voice_on_both_channels_is_none():
    said = "我家的暖气从上个星期开始就一直不热你们来看了两次"
    spans = [[(2.5, 8)], [(1, 8)]]
    assert starts(f"1-8 客户: {said}", f"2.5-8 客服: {said[5:]}", speech=spans) == []
    # The agent's own voice on the customer's channel; the agent's pause splits its own span, not the echo's.
    own = "这个情况我们需要先核实一下您的住址和电话号码再派人过去"
    spans = [[(1, 4), (4.5, 9)], [(1.2, 8)]]
    assert starts(f"1-9 客服: {own}", f"1.2-8 客户: {own[:-3]}", speech=spans) == []


def test_repeating_after_the_customer_is_not_bleed():
    number = "1-8 客户: 号码是一三八零零一三八零零零后面还有分机号是二零"
    assert starts(number, "6-11 客服: 您等一下我先记前面一三八零零一三") == [6]


def test_speech_without_words_holds_no_floor():
    assert starts("6-10 客服: 您先听我说这个事情不归我们管", speech=[[(6, 10)], [(1, 8)]]) == []


def test_a_scope_of_turns_leaves_the_others_out():
    features = timed(
        f"1-8 {LONG}", "6-10 客服: 您先听我说这个事情", f"11-18 {LONG}", "16-20 客服: 我说了这个不归我们管"
    )
    made = Interruption()
    assert [one.turn for one in made.find(View(features, Span(0, 20)))] == [1, 3]
    assert [one.turn for one in made.find(View(features, Span(0, 20), last_turns=1))] == [3]
    assert [one.turn for one in made.find(View(features, Span(0, 20), turn_range=(0, 2)))] == [1]


def test_a_mono_recording_cannot_show_it():
    assert "单声道" in refusal("interruption", {}, timed(f"1-8 {LONG}", "6-10 客服: 您先听我说", channels=1))
    assert "分不清" in refusal("interruption", {}, timed("1-8 某人: 我家的暖气不热"))
