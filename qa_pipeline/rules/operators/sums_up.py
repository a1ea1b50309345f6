"""``sums_up`` (总结确认): somebody says the other's matter back in his own turn, to check it or to take it down.

In a rule set::

    require: {sums_up: {role: agent}}
    require: {sums_up: {role: agent, quiet: false}}      # 只认明说的：您反映的是……对吗
    require: {sums_up: {role: agent, loose: true}}       # 接话复述的，少几个字也认；用在客气的通话里

Two ways are found. *Said aloud* (明说): 您说的是, 也就是说您, 我跟您核一遍, 是这个情况吧 ... *Quiet* (接话复述): the
turn opens with what the other has just told, or gives a good deal of it further on, and goes on from there with a
question, a step or a note: 厨房水管滴、卧室是干的，滴得急不急 / 门口的路灯不亮，我给您报修. What is compared is pairs
of characters, 您 and 我 being one, since a restatement seldom keeps the other's words whole.

Not counted: an answer to a question (that repeats its words too), a number, a telephone number or an address given
back by itself, the same words turned against the other (三年物业费也没用), a question about them (灯泡坏了没有), a
reproach (楼道里的灯泡谁家不坏).

``restates`` measures how much of the other's wording comes back, wherever it stands; this judges what is done with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import Field

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.entities import EntityKind, find_entities
from qa_pipeline.text.questions import GENUINE, QuestionKind, find_questions

TURNS_BACK = 6
"""The other's turns that may be given back."""

BREAK = 7
"""Characters of one's own that may stand within one stretch."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a quiet stretch has to have: at least ``share`` of it is the other's.

    With ``far`` telling characters and numerals it may stand further on in the turn, behind an apology or a word of
    comfort; with ``dense`` of them at the head of a turn nothing need follow.
    """

    share: float
    far: int
    dense: int


STRICT, LOOSE = _Measure(0.6, 5, 6), _Measure(0.45, 4, 5)

MIN_LENGTH = 4
"""Characters of a quiet stretch."""

MIN_WORTH = 3
"""Telling characters and (two at most) numerals of a quiet stretch."""

_CHAFF = frozenset(
    "的了吗呢吧啊呀哦嗯呃哎唉诶喂嘛呗哈我你您他她它咱俺们这那就是也都还在有个一不没别很太更最又再才只把被给跟和与对向从到去来上下里外要想会能可以说讲问看听"
    "做办弄搞打让叫得着过为因所以如果但而或请好行中用走点些么什怎哪谁几多少大小先后前次回"
)
_NUMERALS = frozenset("0123456789零〇幺一二三四五六七八九十百千万亿两几半点第")
_SAME = str.maketrans("您你咱她俺", "我我我他我")
_NO_QUESTION = frozenset({QuestionKind.RHETORICAL, QuestionKind.OFFER})
"""In a caller's mouth these ask for nothing: 还有一个没送到呢."""
_WHOLE_NUMBER = frozenset({EntityKind.ADDRESS, EntityKind.PHONE, EntityKind.ID_NUMBER, EntityKind.BANK_CARD})

_ALOUD = re.compile(
    "也就是说[您你咱]|换句话说[您你]|等于(?:是|说)[您你]|听您(?:的描述|这么[说讲])|"
    "[您你](?:刚才|刚刚|主要|今天|现在)?(?:说的是|讲的是|说的就是|反映的?是|想反映的|要反映的|想说的是|想的是|描述的是|问的是|要问的是|要的是|的意思(?:就?是)?(?!我们|[^吗]{0,12}还是))|"
    "我(?:的)?理解(?:得|的)?(?:对不对|对吗|对吧|没错吧|是[您你这不])|我这么(?:记|写|报|理解|登记)|没(?:听|记|理解)?[岔错漏][吧吗]|漏没漏|"
    "是不是(?:这样|这么[回个]|这个情况|这个意思|卡在)|是这个(?:情况|意思|事儿?)[吗吧]?(?:是不是)?$|是这样[吗吧]|是这么[回个](?:事|情况|意思)?[吗吧]"
)
"""Says that it is done; whether the other's characters come back matters little then."""
_ALOUD_WITH_WORDS = re.compile(
    "[您你](?:是说|是想先?|是要)|也就是说|我(?:跟您|给您|跟你|再|来|这边|先)*(?:核|核对|核实|复述|重复|念|捋|理|理解|总结|归纳|梳理|说|顺)一[遍下]|"
    "(?:都|我|就)?记(?:下来?|录好?|上|好|住)了|写(?:进|到|在)[^吗]{0,6}(?:单|备注)|登(?:上|好|进去)了|这么(?:记|写|报)"
)
"""Does so only where something of the other's stands in the turn."""
_LEAD_IN = re.compile(
    "(?:好的?呢?|嗯+|哦+|噢+|喔|哎呀?|哎呦|哟|在的?|在呢|收到|了解|明白了?|行|对的?|是的?|那|就|您|你|这|家|位|没事儿?|[别不]急|先|记[下好]了?|知道了?|查到了?|"
    ".?(?:先生|女士|大爷|阿姨|大妈|大姐|家长|师傅|同学|大哥|老师|小朋友)|您好|让您久等了?|的|了|啊|呀|丈夫|爱人|孩子|老伴)+"
)
_TAG = re.compile("^(?:.{0,8}?(?:是吗|是不是|对不|是这样)|.{0,16}?(?:对吧|对吗|对不对|(?<![该能])是吧|没错吧))")
_RETORT = re.compile(
    "^.{0,3}?(?:也|不等于|不一定|怎么|又|那能|能叫|有什么|差不多|谁|没用|而已|不归|不是|凭|难道|还不|算什么|都是|你(?:上|去|找|自己|问|还)|的话|有但是|是有|可以是)"
)
_GOES_ON = re.compile(
    "我(?:们|就|先|来|这就|马上|都|按|已经|现在|这边|也){0,2}(?:给|帮|替|按|写|记|报|登|查|派|转|让|叫|请|催|联系|通知|协调|反映|核实|已经)|记[下好]了|那(?:就)?(?:是|说明)|写[进上]|明白|登[上记]|十有八九|大概率"
)


class SumsUp(Operator):
    """The parameters. ``role``: who sums up (default: the scope's, else the agent). ``quiet``: count the quiet way.

    ``loose``: of the quiet way, count what gives back less as well (in a rude call that is a retort as often as not).
    """

    role: Role | None = None
    quiet: bool = True
    loose: bool = False
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one stretch of each turn that sums up, in time order."""
        view.require_roles()
        role = view.speaker(self.role) or Role.AGENT
        seen = view.seen(role)
        found = [
            view.hit(s.passage, s.start, s.end, "接着客户的话复述" if s.quiet else "说出来核对")
            for s in view.call.once(_summaries, role, LOOSE if self.loose else STRICT)
            if seen(s.passage) and (self.quiet or not s.quiet)
        ]
        yield from enough(found, self.at_least)


@dataclass(frozen=True, slots=True)
class _Summary:
    """``passage.text[start:end]`` sums up what the other said, in so many words or ``quiet``."""

    passage: Passage
    start: int
    end: int
    quiet: bool


def _summaries(call: CallFeatures, role: Role, measure: _Measure) -> Sequence[_Summary]:
    """What ``role`` sums up in the call by that measure, in order: a feature of the call."""
    return [summary for told in call.once(_told_back, role) if (summary := _summary(told, measure))]


def _told_back(call: CallFeatures, role: Role) -> Sequence[_ToldBack]:
    """The turns of ``role`` that may sum up, in order, with what they give back."""
    return [told for passage in call.turns_of(role) if (told := _in_turn(call, passage))]


def _in_turn(call: CallFeatures, passage: Passage) -> _ToldBack | None:
    heard = [p for p in call.passages[: passage.index] if p.role is not passage.role][-TURNS_BACK:]
    if not heard or _reproaches(passage.text):
        return None
    return _ToldBack(passage, _given_back(passage.text, [p.text for p in heard]), heard[-1].text)


def _summary(told: _ToldBack, measure: _Measure) -> _Summary | None:
    passage, given = told.passage, told.given
    aloud = _ALOUD.search(passage.text) or (given and given.telling and _ALOUD_WITH_WORDS.search(passage.text))
    if aloud:
        return _Summary(passage, aloud.start(), aloud.end(), quiet=False)
    if given and _is_quiet_summary(passage.text, given, told.asked, measure):
        return _Summary(passage, given.start, given.end, quiet=True)
    return None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """``text[start:end]`` is mostly the other's: so many telling characters, so many numerals, such a share of it."""

    start: int
    end: int
    telling: int
    numerals: int
    share: float


@dataclass(frozen=True, slots=True)
class _ToldBack:
    """A turn, the stretch of it that gives back most, and the other's turn before it."""

    passage: Passage
    given: _Stretch | None
    asked: str


def _given_back(text: str, heard: Sequence[str]) -> _Stretch | None:
    """The stretch that gives back most."""
    plain = text.translate(_SAME)
    others = "\n".join(heard).translate(_SAME)
    theirs = [False] * len(plain)
    for i in range(len(plain) - 1):
        if not _CHAFF.issuperset(plain[i : i + 2]) and plain[i : i + 2] in others:
            theirs[i] = theirs[i + 1] = True
    for entity in find_entities(text):
        if entity.kind in _WHOLE_NUMBER:
            theirs[entity.start : entity.end] = [False] * (entity.end - entity.start)
    stretches = [_stretch(plain, run) for run in _runs([i for i, is_theirs in enumerate(theirs) if is_theirs])]
    return max(stretches, key=lambda s: (s.telling + s.numerals / 2, -s.start), default=None)


def _runs(places: Sequence[int]) -> Iterator[list[int]]:
    """``places`` cut where more than ``BREAK`` others lie between two."""
    run: list[int] = []
    for place in places:
        if run and place - run[-1] > BREAK:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _stretch(text: str, run: Sequence[int]) -> _Stretch:
    start, end = run[0], run[-1] + 1
    characters = {text[i] for i in run}
    numerals = sum(text[i] in _NUMERALS for i in run)
    return _Stretch(start, end, len(characters - _CHAFF - _NUMERALS), numerals, len(run) / (end - start))


def _is_quiet_summary(text: str, given: _Stretch, asked: str, measure: _Measure) -> bool:
    """Whether the turn opens with what was told, and goes on as one who has taken it in."""
    lead_in = _LEAD_IN.match(text)
    opens = given.start <= (lead_in.end() if lead_in else 0) + 3
    if not (opens or given.telling + given.numerals >= measure.far) or given.share < measure.share or _asks(asked):
        return False
    after = text[given.end :]
    tagged = _TAG.match(after) is not None
    worth = given.telling + min(given.numerals, 2)
    if given.telling < 1 or worth < MIN_WORTH or given.end - given.start < (MIN_LENGTH - 1 if tagged else MIN_LENGTH):
        return False
    if tagged:
        return True
    if _RETORT.match(after):
        return False
    if given.telling + given.numerals >= measure.dense:
        return True
    kinds = {q.kind for q in find_questions(text) if q.start >= given.end}
    return bool(kinds & GENUINE or QuestionKind.CONFIRM in kinds or _GOES_ON.search(after[:26]))


def _asks(text: str) -> bool:
    """Whether the other's turn ends by asking something: what follows is an answer."""
    return any(q.kind not in _NO_QUESTION and q.end >= len(text) - 4 for q in find_questions(text))


def _reproaches(text: str) -> bool:
    return any(question.kind is QuestionKind.RHETORICAL for question in find_questions(text))
