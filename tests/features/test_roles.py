from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from qa_pipeline.features.roles import MARGIN, SIGNS, assign_roles, leaning
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
