from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
import yaml

from qa_pipeline.features import call_features
from qa_pipeline.features.roles import MARGIN, RoleSource, assign_roles
from qa_pipeline.features.side_signs import SIGNS, leaning
from qa_pipeline.records import Role, Transcript, Utterance

REFERENCES = Path(__file__).parents[2] / "samples" / "references"

INBOUND = [
    (0, "您好，市民服务热线，工号二零一七为您服务，请问有什么可以帮您？"),
    (1, "你好，我家暖气不热，我想问一下什么时候能修好。"),
    (0, "请您稍等，我为您登记一下，请问您贵姓？"),
    (1, "我姓陈，你们快一点。"),
    (0, "还有其他可以帮您的吗？感谢您的来电，再见。"),
]
OUTBOUND = [
    (1, "喂，谁呀？"),
    (0, "您好，请问是王女士吗？这里是供热服务中心，想做个回访，打扰您几分钟。"),
    (1, "哦，你说吧，我家到现在还是冷。"),
    (0, "非常抱歉给您添麻烦了，我马上为您转派师傅，工作日内回复您。"),
]
MISHEARD = [
    (0, "您好是民服务热现工浩二零一七为您服無请问有什么可一帮您"),
    (1, "你号我家暖汽不热我想文一下什么是后能修好"),
    (0, "好的请您稍等我为您登几一下"),
]
RUDE = [
    (0, "喂，供热。"),
    (1, "你好同志，我们家从昨晚到现在只有十五度，你们怎么回事？"),
    (0, "不归我管。"),
    (1, "什么态度，我要投诉你，把你工号告诉我。"),
]


def _call(lines: Sequence[tuple[int, str]], channels: int = 2, flip: bool = False) -> Transcript:
    utterances = tuple(
        Utterance(Role.UNKNOWN, 1 - channel if flip else channel, 3.0 * n, 3.0 * n + 2, text)
        for n, (channel, text) in enumerate(lines)
    )
    return Transcript("call", 3.0 * len(lines), channels, utterances)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("lines", [INBOUND, OUTBOUND, MISHEARD, RUDE])
def test_the_agent_is_told_by_words_whoever_speaks_first(lines: list[tuple[int, str]], flip: bool) -> None:
    decision = assign_roles(_call(lines, flip=flip))
    agent = int(flip)
    assert decision.roles == {agent: Role.AGENT, 1 - agent: Role.CUSTOMER}
    assert decision.margin >= MARGIN
    assert 0 < decision.confidence <= 1
    assert f"声道 {agent} 像客服" in decision.reason
    for utterance in decision.transcript.utterances:
        assert utterance.role is decision.roles[utterance.channel]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [(0, "喂"), (1, "喂"), (0, "听得见吗"), (1, "嗯")],
        [(0, "你好"), (1, "你好"), (0, "好的"), (1, "再见")],
        [(0, "您好，为您服务。"), (1, "您好，很高兴为您服务，请问有什么可以帮您？")],
    ],
)
def test_what_cannot_be_told_stays_unknown(lines: list[tuple[int, str]]) -> None:
    decision = assign_roles(_call(lines))
    assert decision.roles == {}
    assert all(utterance.role is Role.UNKNOWN for utterance in decision.transcript.utterances)
    assert "看不出" in decision.reason


def test_a_silent_caller_is_still_the_caller() -> None:
    decision = assign_roles(_call([(0, INBOUND[0][1]), (0, "没有听到您的声音，请您换个地方再拨。")]))
    assert decision.roles == {0: Role.AGENT, 1: Role.CUSTOMER}


def test_a_fixed_channel_settles_it() -> None:
    decision = assign_roles(_call(INBOUND), agent_channel=1)
    assert decision.roles == {0: Role.CUSTOMER, 1: Role.AGENT}
    assert decision.confidence == 1.0
    assert assign_roles(_call(INBOUND, channels=3), agent_channel=2).roles[2] is Role.AGENT


def test_a_fixed_channel_that_is_not_there_settles_nothing() -> None:
    decision = assign_roles(_call(INBOUND), agent_channel=5)
    assert decision.roles == {}
    assert "5" in decision.reason


@pytest.mark.parametrize("agent_channel", [None, 0])
def test_mono_stays_unknown(agent_channel: int | None) -> None:
    mono = _call([(0, text) for _, text in INBOUND], channels=1)
    decision = assign_roles(mono, agent_channel)
    assert (decision.transcript, decision.roles) == (mono, {})
    assert "单声道" in decision.reason


def test_roles_that_are_there_stay() -> None:
    told = assign_roles(_call(INBOUND)).transcript
    decision = assign_roles(told, agent_channel=1)
    assert decision.transcript is told
    assert decision.roles == {0: Role.AGENT, 1: Role.CUSTOMER}


def test_asking_for_a_work_number_shows_no_agent() -> None:
    asked = [Utterance(Role.UNKNOWN, 0, 0, 1, text) for text in ("你工号多少？", "把你的工号报给我")]
    assert leaning(asked).value < 0


def test_repeating_a_phrase_does_not_win_by_itself() -> None:
    once, often = ([Utterance(Role.UNKNOWN, 0, n, n + 1, "我要投诉")] * count for n, count in ((0, 2), (0, 50)))
    assert leaning(often).value == leaning(once).value


def test_signs_speak_for_both_sides() -> None:
    assert {sign.weight > 0 for sign in SIGNS} == {True, False}


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("path", sorted(REFERENCES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_samples_scripts_are_told_right(path: Path, flip: bool) -> None:
    script = yaml.safe_load(path.read_text(encoding="utf-8"))
    lines = [(int(said["role"] == "customer"), said["text"]) for said in script["utterances"]]
    assert assign_roles(_call(lines, flip=flip)).roles.get(int(flip)) is Role.AGENT


MENU = (0, "普通话服务请按一，英语服务请按二，人工服务请按零。")


def test_a_voice_menu_is_the_systems_and_not_the_agents() -> None:
    decision = assign_roles(_call([MENU, *INBOUND]))
    assert [u.role for u in decision.transcript.utterances][:2] == [Role.SYSTEM, Role.AGENT]
    assert decision.roles == {0: Role.AGENT, 1: Role.CUSTOMER}
    assert "1 句是系统提示音" in decision.reason


def test_a_menu_on_the_callers_channel_makes_no_agent_of_the_caller() -> None:
    lines = [(1, "您好，欢迎致电市民热线，为您服务请按一，投诉请按二。"), *INBOUND]
    assert assign_roles(_call(lines)).roles == {0: Role.AGENT, 1: Role.CUSTOMER}


def test_prompts_are_marked_where_nobody_can_be_told() -> None:
    mono = assign_roles(_call([MENU, *[(0, text) for _, text in INBOUND]], channels=1))
    assert [u.role for u in mono.transcript.utterances] == [Role.SYSTEM, *[Role.UNKNOWN] * len(INBOUND)]
    assert mono.source is RoleSource.UNKNOWN


def test_two_voices_on_one_channel_are_told_by_their_words() -> None:
    mono = _call([(0, text) for _, text in INBOUND], channels=1)
    voices = tuple(replace(u, speaker=channel) for u, (channel, _) in zip(mono.utterances, INBOUND, strict=True))
    decision = assign_roles(replace(mono, utterances=voices))
    expected = [Role.AGENT if channel == 0 else Role.CUSTOMER for channel, _ in INBOUND]
    assert [u.role for u in decision.transcript.utterances] == expected
    assert (decision.source, decision.roles) == (RoleSource.WORDS, {})
    assert "说话人 1 像客服" in decision.reason
    # One channel: no way to see who talks over whom.
    assert not call_features(decision.transcript).sides_apart


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_third_channel_may_hold_another_agent(order: tuple[int, ...]) -> None:
    consult = [
        *INBOUND[:3],
        (0, "我帮您转接社保科的专员。"),
        (2, "您好，社保科，工号三零二一为您服务，请问有什么可以帮您？"),
        (1, "我想问一下我的社保断了怎么办。"),
        (2, "请您稍等，我为您查询一下。"),
    ]
    lines = [(order[channel], text) for channel, text in consult]
    decision = assign_roles(_call(lines, channels=3))
    assert decision.roles == {order[0]: Role.AGENT, order[1]: Role.CUSTOMER, order[2]: Role.AGENT}
    assert "另有一位客服" in decision.reason
    given = assign_roles(_call(lines, channels=3), agent_channel=order[0])
    assert given.roles == decision.roles


def test_of_four_channels_silent_ones_are_nobodys_in_particular() -> None:
    decision = assign_roles(_call([(3, text) if channel else (1, text) for channel, text in INBOUND], channels=4))
    assert (decision.roles[1], decision.roles[3]) == (Role.AGENT, Role.CUSTOMER)
    assert decision.roles[0] is decision.roles[2] is Role.UNKNOWN


def test_a_colleague_on_the_customers_channel_is_an_agent() -> None:
    lines = [
        *INBOUND[:4],
        (0, "这个问题我帮您转接到社保科，请您稍等，不要挂机。"),
        (1, "您好，这里是社保科，工号三零二一，请讲。"),
        (0, "您好，有位市民咨询社保断缴。"),
        (1, "好的，您转过来，我为他查询。"),
        (1, "我就是想问一下我的社保断了怎么办，你们到底管不管？"),
    ]
    roles = [u.role for u in assign_roles(_call(lines)).transcript.utterances]
    assert roles[5:] == [Role.AGENT, Role.AGENT, Role.AGENT, Role.CUSTOMER]


def test_without_a_transfer_nobody_on_the_customers_channel_becomes_an_agent() -> None:
    lines = [*INBOUND[:3], (1, "我是街道服务中心的，我们也是为您服务为大家服务的，怎么就不能查？"), *INBOUND[4:]]
    roles = [u.role for u in assign_roles(_call(lines)).transcript.utterances]
    assert roles[3] is Role.CUSTOMER


def test_a_given_channel_that_the_words_contradict_is_doubted() -> None:
    wrong = assign_roles(_call(INBOUND), agent_channel=1)
    assert wrong.contradicted
    assert (wrong.by_words, wrong.roles[1]) == (0, Role.AGENT)
    assert "请核对左右声道" in wrong.transcript.warnings[-1]
    right = assign_roles(_call(INBOUND), agent_channel=0)
    assert (right.contradicted, right.transcript.warnings) == (False, ())
