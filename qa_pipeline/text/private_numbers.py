"""Strings of digits that may lead to a person, found rather once too often: telephone, identity, card, ticket numbers.

``entities`` says what a number *is* and wants to be sure; a mask wants to miss nothing. So digits are joined here over
whatever people put between them (幺三八 嗯 后面是 零零), one misheard digit (一三八零吧五) breaks no string, and seven
digits or more are private unless they are a service line or a sum. Fewer are private where they are asked for or
named (尾号八八零三, 车牌最后三位) or belong to a number that the same call has told.

Works on normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from qa_pipeline.text.entities import PERSONAL, EntityKind, read_digits
from qa_pipeline.text.numbers import DIGIT, Run, value

LONG = 7
"""So many digits lead to somebody, whatever they are: a local telephone number has seven."""

CUED = 4
"""So many digits are private where a number was asked for or named."""

SHORT = 3
"""Fewer digits than this lead nowhere."""

_BETWEEN = (
    "嗯|啊|呃|额|哦|噢|诶|唉|哎|欸|那个|这个|然后|再|后面|后边|中间|前面|前边|接着|接下来|完了|就是|是|对|好|的|杠|横杠|短横|空格|点|"
    "最后|末尾|四位|三位|两位|区号|转|分机|先|吧|呢|哈|别急|我看看|我想想|我找找|让我想想|等我?想想|等我?看看|等下|等一下|等会儿?|没错"
)
_MISHEARD = "吧巴把爸拔期其起气妻无屋午儿耳而流留酒久就林灵领另令事试司思死散伞要药您"
_TENS = "[一二三四五六七八九]?十(?![有分几多足来])[一二三四五六七八九]?"
_UNIT = f"(?:[二两三四五六七八2-8]个{DIGIT}|{DIGIT}|{_TENS})"
_RUN = re.compile(f"{_UNIT}(?:(?:(?:{_BETWEEN}){{0,4}}|[{_MISHEARD}]){_UNIT})*")
_READ = re.compile(f"(?P<times>[二两三四五六七八2-8])个(?P<repeated>{DIGIT})|(?P<tens>{_TENS})|(?P<digit>{DIGIT})")
_WORTH_READING = re.compile(f"{DIGIT}.{{0,6}}{DIGIT}")

_SUM = re.compile("(?:元|块|万|亿|人民币|毛|角|多块|多元|千瓦|度电|立方|公里|平方|平米)")
_LONGEST_SUM = 9
_TICKET = re.compile(
    "工单|订单|单号|户号|快递|运单|邮件|包裹|编号|流水|验证码|密码|表号|受理号|案件|学号|证号|发票|卡号|账号|账户|会员号|保单|"
    "病历|就诊|挂号|合同号|登记号|取件码|条码|qq|微信"
)
_ASKED_NUMBER = re.compile(
    f"电话|手机|座机|固话|号码|联系方式|身份证|证件|车牌|尾号|[后末]几位|最后几位|[后末][二两三四六]位|最后[二两三四五六]位|{_TICKET.pattern}"
)
_TAIL = re.compile(
    "(?:尾号|尾数|后四位|末四位|后三位|末三位|后六位|末六位|后几位|末尾|结尾|最后[两二三四五六几]位|前三位|前四位|前几位|"
    "[一幺]开头|分机号?|密码|验证码|取件码|车牌[号]?|号段)(?:数字)?(?:应该|好像|可能)?[是为的叫]{0,3}(?:[嗯呃啊]|那个)?$"
)
_TAIL_AFTER = re.compile("^(?:开头|打头|结尾|的?尾号|那个号|这个号|的号|的?手机|的?电话|的车牌|的车(?!站))")
_WORK = re.compile("(?:工号|坐席号?|座席号?|服务号|客服|接线员|话务员)(?:是|为|号)?$")
_LETTER = re.compile("叉|艾克斯|埃克斯|爱克斯|诶克斯|x(?![a-z])")
_COUNTED = re.compile("[个天次度点块元年月岁米分位]")
_COUNTING = "1234567891011121314151617181920"
_SERVICE_LINES = frozenset({"12340", "12345", "110", "119", "120", "122", "114"})
_NO_ANSWER = 8
"""Characters that may stand before the digits of an answer."""


@dataclass(frozen=True, slots=True)
class PrivateNumber:
    """Digits at ``[start, end)`` of the text; ``kind`` is None where nothing says what they number."""

    kind: EntityKind | None
    start: int
    end: int
    digits: str


def asks_for_number(said: str) -> bool:
    """Whether a number is asked for or announced."""
    return _ASKED_NUMBER.search(said) is not None


def loose_runs(text: str, least: int = 2) -> Iterator[Run]:
    """The strings of ``least`` digits or more in ``text``, in order.

    Numbers below a hundred count as digits among others: 三八 五十七 is 3857.
    """
    if least > 1 and _WORTH_READING.search(text) is None:
        return
    for match in _RUN.finditer(text):
        digits, starts, ends = "", [], []
        for unit in _READ.finditer(text, match.start(), match.end()):
            said = _said(unit)
            digits += said
            starts += [unit.start()] * len(said)
            ends += [unit.end()] * len(said)
        if len(digits) >= least:
            yield Run(digits, tuple(starts), tuple(ends))


def private_numbers(text: str, lead: str = "", known: Collection[str] = ()) -> Iterator[PrivateNumber]:
    """The private strings of digits in ``text``, in order.

    ``lead`` is what was said just before (请问您的手机号是多少). ``known`` are digits that the call has told: three or
    more of them in a row are private wherever they come again.
    """
    for run in loose_runs(text):
        before, after = text[: run.start], text[run.end : run.end + 8]
        asked = run.start <= _NO_ANSWER and _ASKED_NUMBER.search(lead) is not None
        if len(run.digits) >= LONG and _plain(text, run):
            yield from _long(text, run, lead[-16:] + before)
        elif _is_named(run, before, after, asked=asked, known=known) and _plain(text, run):
            end = with_letter(text, run.end)
            yield PrivateNumber(_kind_by_cue(lead + before), run.start, end, run.digits)


def is_public(digits: str) -> bool:
    """Whether it is a number that everybody may know (12345, 110, 400 ...), or mere counting (一二三四五)."""
    if digits in _COUNTING:
        return True
    kind, length = read_digits(digits, "请拨打")
    return (kind is EntityKind.HOTLINE and length == len(digits)) or digits in _SERVICE_LINES


def with_letter(text: str, end: int) -> int:
    """Where the number that has its last digit before ``end`` ends: the X of an identity number belongs to it."""
    letter = _LETTER.match(text, end)
    return letter.end() if letter else end


def _said(unit: re.Match[str]) -> str:
    if unit["times"]:
        return value(unit["repeated"]) * int(value(unit["times"]))
    if unit["digit"]:
        return value(unit["digit"])
    tens, ones = unit["tens"].split("十")
    return (value(tens) if tens else "1") + (value(ones) if ones else "0")


def _plain(text: str, run: Run) -> bool:
    """Whether most of the run is digits one by one: 三十八度五 and 两百二十一 are quantities."""
    tens = text[run.start : run.end].count("十")
    return tens * 4 <= len(run.digits)


def _long(text: str, run: Run, before: str) -> Iterator[PrivateNumber]:
    """What seven digits or more are: service lines at their head are left out, and so is a sum of money."""
    while len(run.digits) >= LONG:
        kind, length = read_digits(run.digits, before)
        if kind is EntityKind.HOTLINE or (kind is None and re.match("1234[05]|12320", run.digits)):
            taken = length or 5
        elif kind in PERSONAL:
            taken = length if _goes_on(text, run, length) else len(run.digits)
            start = run.start - (before.endswith(("要", "药")) and run.digits[0] != "1")
            yield PrivateNumber(kind, start, with_letter(text, run.part(0, taken).end), run.digits[:taken])
        else:
            is_sum = len(run.digits) <= _LONGEST_SUM and _SUM.match(text, run.end)
            if not (is_sum or _is_day(run.digits) or run.digits in _COUNTING):
                yield PrivateNumber(_kind_by_cue(before), run.start, with_letter(text, run.end), run.digits)
            return
        if taken >= len(run.digits):
            return
        run, before = run.part(taken, len(run.digits)), ""


def _goes_on(text: str, run: Run, length: int) -> bool:
    """Whether what follows the first ``length`` digits is another matter: a number again, or 三 of 三个工作日."""
    left = len(run.digits) - length
    return left >= SHORT or (left == 1 and _COUNTED.match(text, run.end) is not None)


def _is_day(digits: str) -> bool:
    """20240315 and the like."""
    return re.fullmatch("20[0-3][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])", digits) is not None


def _is_named(run: Run, before: str, after: str, *, asked: bool, known: Collection[str]) -> bool:
    """Whether a shorter string was asked for, is introduced as part of a number, or is part of one that was told."""
    if len(run.digits) < SHORT or _WORK.search(before) or is_public(run.digits):
        return False
    if _TAIL.search(before[-16:]) or _TAIL_AFTER.match(after):
        return True
    if asked or any(run.digits in number for number in known):
        return True
    return len(run.digits) >= CUED and _ASKED_NUMBER.search(before[-10:]) is not None


def _kind_by_cue(before: str) -> EntityKind | None:
    near = before[-24:]
    cues = {
        EntityKind.ID_NUMBER: "身份证|证件号",
        EntityKind.BANK_CARD: "银行卡|卡号|储蓄卡|信用卡",
        EntityKind.PLATE: "车牌",
        EntityKind.PHONE: "电话|手机号?码?|座机号?码?|固话|联系方式|打给|拨打|回电",
    }
    places = {kind: max((m.end() for m in re.finditer(cue, near)), default=-1) for kind, cue in cues.items()}
    ticket = max((m.end() for m in _TICKET.finditer(near)), default=-1)
    kind, place = max(places.items(), key=lambda item: item[1])
    return kind if place >= max(ticket, 0) else None
