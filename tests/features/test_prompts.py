import pytest

from qa_pipeline.features.prompts import SURE, points, prompts
from qa_pipeline.records import Role, SoundEvent, SoundKind, Utterance

MENU = "普通话服务请按一，社保业务请按二，人工服务请按零，重听请按星号键。"
QUEUE = "座席正忙，请您耐心等待，您前面还有三位。"


def _said(*lines: tuple[float, str], channel: int = 0) -> list[Utterance]:
    return [Utterance(Role.UNKNOWN, channel, start, start + 2, text) for start, text in lines]


@pytest.mark.parametrize(
    "text",
    [
        MENU,
        QUEUE,
        "为了保证服务质量，您的通话可能会被录音。",
        "为提升服务质量本次通话将会全程录音",
        "您拨打的电话正在通话中，请稍后再拨。",
        "请在滴声后留言。",
        "请对本次服务进行评价，满意请按1，不满意请按2。",
        "请输入您的身份证号码，以井号键结束。",
    ],
)
def test_what_only_machines_say(text: str) -> None:
    assert points(text) >= SURE
    assert prompts(_said((0, "您好，工号一零二四为您服务。"), (8, text))) == {1}


@pytest.mark.parametrize(
    "text",
    [
        "您好，市民服务热线，工号二零一七为您服务，请问有什么可以帮您？",
        "麻烦您稍后请按一键对我的服务做出评价，感谢您的来电。",
        "我这边正在为您转接人工，请您稍等。",
        "我按了一个小时都没人接，你们座席是不是都在忙？",
        "我们的通话是有录音的，您放心。",
        "先生，您按一下上面那个一键报警。",
        "按照规定十个工作日内答复您。",
        "那个时候我打了三遍，里面说您拨打的电话正在通话中，请稍后再拨。",
    ],
)
def test_people_are_no_machines(text: str) -> None:
    assert prompts(_said((0, "您好，市民热线。"), (5, text))) == frozenset()


def test_a_voice_menu_before_the_agent() -> None:
    said = _said(
        (0.5, "您好。"),
        (2.6, "欢迎致电一二三四五政务服务便民热线。"),
        (6, MENU),
        (20, QUEUE),
        (30, "工号二零一七为您服务。"),
        (35, "您好，请问有什么可以帮您？"),
    )
    assert prompts(said[:4] + said[5:]) == {0, 1, 2, 3}
    assert 5 not in prompts(said)


def test_a_welcome_by_itself_is_the_agents_unless_the_line_goes_on() -> None:
    said = _said((0.5, "您好，欢迎致电市民热线。"), (12, "喂，哪位？"))
    assert prompts(said) == frozenset()
    ringing = SoundEvent(SoundKind.RINGBACK, 0, 4.0, 10.0)
    assert prompts(said, [ringing]) == {0}
    assert prompts(said, [SoundEvent(SoundKind.MUSIC, 0, 20.0, 30.0)]) == frozenset()


def test_the_queue_speaks_again_during_the_call() -> None:
    said = _said((0, "您好，工号二零一七为您服务。"), (5, "请稍等，我为您转接。"), (20, QUEUE), (30, "您好，社保科。"))
    assert prompts(said) == {2}


def test_roles_that_are_told_are_left_alone() -> None:
    (menu,) = _said((0, MENU))
    told = Utterance(Role.AGENT, 0, menu.start, menu.end, menu.text)
    assert prompts([told]) == frozenset()
