"""What is named in a text, with exact spans: telephone and identity numbers, addresses, names, times ...

Works on normalised text (no punctuation, no spaces), in which a number may be written in digits, spoken (幺三八零零),
mixed, broken by hesitation (幺三八 嗯 零零), or told by repetition (三个八). What identifies a person
(``PERSONAL``) is found rather once too often, since privacy masks use it; hotline numbers, money and times only where
the form is clear. No checksum is required: recognisers drop and double digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from qa_pipeline.text.moments import sums, times
from qa_pipeline.text.numbers import DIGIT, Run, runs
from qa_pipeline.text.people import names
from qa_pipeline.text.places import addresses


class EntityKind(StrEnum):
    """What is named. Where two claim the same words, the one that stands first here wins."""

    ID_NUMBER = "id_number"
    BANK_CARD = "bank_card"
    PHONE = "phone"
    PLATE = "plate"
    WORK_NUMBER = "work_number"
    HOTLINE = "hotline"
    ADDRESS = "address"
    MONEY = "money"
    TIME = "time"
    NAME = "name"


PERSONAL = frozenset(
    {
        EntityKind.ID_NUMBER,
        EntityKind.BANK_CARD,
        EntityKind.PHONE,
        EntityKind.PLATE,
        EntityKind.ADDRESS,
        EntityKind.NAME,
    }
)
"""Kinds that tell who somebody is."""

_NUMERIC = frozenset(
    {EntityKind.ID_NUMBER, EntityKind.BANK_CARD, EntityKind.PHONE, EntityKind.WORK_NUMBER, EntityKind.HOTLINE}
)


@dataclass(frozen=True, slots=True)
class Entity:
    """``text[start:end]`` names something; ``value`` is its digits where it is a number, else the words themselves."""

    kind: EntityKind
    start: int
    end: int
    value: str


@lru_cache(maxsize=8192)
def find_entities(
    text: str, kinds: frozenset[EntityKind] = frozenset(EntityKind), lead: str = ""
) -> tuple[Entity, ...]:
    """The entities of these ``kinds`` in normalised ``text``, in order, none overlapping another.

    ``lead`` is what was said just before, by whomever (您的座机是多少): it may tell what a number is.
    """
    found = list(_numbers(text, lead)) if kinds & _NUMERIC else []
    for kind, search in _SEARCHES.items():
        if kind in kinds:
            found += [Entity(kind, start, end, text[start:end]) for start, end in search(text)]
    if not found:
        return ()
    order = list(EntityKind)
    found.sort(key=lambda e: (order.index(e.kind), e.start - e.end, e.start))
    taken: set[int] = set()
    kept = []
    for entity in found:
        if taken.isdisjoint(range(entity.start, entity.end)):
            taken.update(range(entity.start, entity.end))
            kept.append(entity)
    return tuple(sorted((e for e in kept if e.kind in kinds), key=lambda e: e.start))


_CUE_REACH = 16
_ID_CUE = re.compile("身份证|证件号|公民身份")
_CARD_CUE = re.compile("卡号|银行卡|储蓄卡|信用卡|社保卡|账号|账户")
_PHONE_CUE = re.compile("电话|手机|座机|号码|联系方式|打给|拨打|回电|回拨|固话|联系")
_LANDLINE_CUE = re.compile("电话|座机|固话|拨打|打给|联系方式|联系|回电|回拨")
_OTHER_CUE = re.compile(
    "(?:工单|订单|单号|户号|快递|运单|编号|流水|验证码|表号|受理号|案件|学号|证号|发票)[号码是为的]{0,3}$"
)
_DIALLED = re.compile("打|拨|热线|电话|这里是|您好")
_MOBILE = re.compile("(?:86)?1[3-9][0-9]{9}")
_ID = re.compile("[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}")
_ALMOST_ID = re.compile("[1-6][0-9]{5}(?:19|20)")
"""Of eighteen digits with a province and a century the others may be misheard."""
_ID_TAIL = re.compile("x|叉|艾克斯|埃克斯|爱克斯")
_OLD_ID = re.compile("[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}")
_LANDLINE = re.compile("0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")
_LOCAL = re.compile("[2-8][0-9]{6,7}")
_SERVICE = re.compile("(?:400|800)[0-9]{7}|12[0-9]{3}|95[0-9]{3,4}|96[0-9]{3,4}|10(?:0(?:86|10|00)|01[05])|11185|11183")
_EMERGENCY = re.compile("1(?:10|14|19|20|22)")
_WORK_CUE = re.compile("[工客坐座话接专服很为我](?:号|服|席|务员|线员|员|高兴|您|是)")
_WORK_NUMBER = re.compile(
    rf"(?:工号|坐席号|座席号|服务号|我是|本人|客服|坐席|座席|话务员|接线员|客服代表|专员|工作人员)(?:是|为|号)?(?P<a>{DIGIT}{{2,8}})(?:号|为您|很高兴|$)"
    rf"|工号(?:是|为|号)?(?P<b>(?:[二三四五六2-6]个{DIGIT}|{DIGIT}){{1,8}})|(?P<c>{DIGIT}{{2,6}})号(?:客服|坐席|座席|话务员|接线员|工作人员|服务|专员|为您|很高兴)"
    rf"|(?P<d>[一二三四五六七八九]?十[一二三四五六七八九]?)号(?:客服|坐席|座席|话务员|接线员|为您|很高兴)"
)

_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
_PLATE = re.compile(
    rf"{_PROVINCE}牌?[a-hj-np-z](?:[a-hj-np-z]|{DIGIT}){{4}}(?:[a-k]|{DIGIT}|[a-z](?![a-z])){{1,2}}[挂学警港澳]?"
)
_PLATE_TOLD = re.compile(rf"车牌[号码照是为]{{0,3}}(?P<plate>[a-z](?:[a-hj-np-z]|{DIGIT}){{5}})")


@lru_cache(maxsize=8192)
def _numbers(text: str, lead: str) -> tuple[Entity, ...]:
    """What the strings of digits in ``text`` are."""
    found = [entity for run in runs(text, 3) for entity in _read(run, (lead + text[: run.start])[-_CUE_REACH:], text)]
    return (*_work_numbers(text), *found) if _WORK_CUE.search(text) else tuple(found)


def _work_numbers(text: str) -> Iterator[Entity]:
    for match in _WORK_NUMBER.finditer(text):
        start, end = next(match.span(group) for group in "abcd" if match[group])
        read = next(runs(text[start:end], 2), None)
        value = read.digits if read and read.end == end - start else text[start:end]
        yield Entity(EntityKind.WORK_NUMBER, start, end, value)


def _read(run: Run, before: str, text: str) -> Iterator[Entity]:
    """What one string of digits is: at its head, and then in what is left of it (a date may follow a number)."""
    while run.digits:
        kind, length = _head(run.digits, before, text[run.end : run.end + 8])
        if kind is None:
            return
        part = run.part(0, length)
        end = part.end
        if kind is EntityKind.ID_NUMBER and length == len(run.digits) and (tail := _ID_TAIL.match(text, end)):
            end = tail.end()
            yield Entity(kind, part.start, end, part.digits + "X")
        else:
            yield Entity(kind, part.start, end, part.digits)
        run, before = run.part(length, len(run.digits)), ""


def read_digits(digits: str, before: str) -> tuple[EntityKind | None, int]:
    """The kind of number that a string of ``digits`` begins with and how many of them it takes; (None, 0) for none.

    ``before`` is what was said just before, in normalised text.
    """
    return _head(digits, before[-_CUE_REACH:], "")


def _head(digits: str, before: str, after: str) -> tuple[EntityKind | None, int]:
    """The kind of number that ``digits`` begin with, and its length; the order of the questions is the rule."""
    whole = len(digits)
    rules: tuple[Callable[[], tuple[EntityKind, int] | None], ...] = (
        lambda: _identity(digits, before, after),
        lambda: _mobile(digits, before),
        lambda: _card(digits, before),
        lambda: _service(digits, before),
        lambda: _landline(digits, before),
        lambda: (
            (EntityKind.PHONE, whole)
            if 7 <= whole <= 13 and _PHONE_CUE.search(before + after) and not _OTHER_CUE.search(before)
            else None
        ),
    )
    return next((answer for rule in rules if (answer := rule()) is not None), (None, 0))


def _identity(digits: str, before: str, after: str) -> tuple[EntityKind, int] | None:
    cued = _ID_CUE.search(before) is not None
    if len(digits) == 18 and _ALMOST_ID.match(digits):
        return EntityKind.ID_NUMBER, 18
    if _ID.match(digits):
        more = len(digits) > 17 and not _ID_TAIL.match(after)
        return EntityKind.ID_NUMBER, 18 if more else 17
    if cued and (15 <= len(digits) <= 19 or _OLD_ID.match(digits)):
        return EntityKind.ID_NUMBER, len(digits)
    return None


def _mobile(digits: str, before: str) -> tuple[EntityKind, int] | None:
    match = _MOBILE.match(digits)
    cued = _PHONE_CUE.search(before) is not None
    if match and (len(digits) - match.end() <= 6 or cued or _MOBILE.match(digits[match.end() :])):
        if _OTHER_CUE.search(before) and len(digits) != match.end():
            return None
        return EntityKind.PHONE, match.end()
    if before.endswith("要") and re.fullmatch("[3-9][0-9]{9}", digits):  # 要三八: the recogniser's 幺
        return EntityKind.PHONE, len(digits)
    return None


def _card(digits: str, before: str) -> tuple[EntityKind, int] | None:
    cued = _CARD_CUE.search(before) is not None
    if 12 <= len(digits) <= 21 and cued:
        return EntityKind.BANK_CARD, len(digits)
    if 16 <= len(digits) <= 19 and not _OTHER_CUE.search(before) and (digits.startswith("62") or _luhn(digits)):
        return EntityKind.BANK_CARD, len(digits)
    return None


def _service(digits: str, before: str) -> tuple[EntityKind, int] | None:
    match = _SERVICE.match(digits)
    if match and len(digits) - match.end() in (0, 1, 2, 3, 4) and not _OTHER_CUE.search(before):
        return EntityKind.HOTLINE, match.end()
    if _EMERGENCY.fullmatch(digits) and _DIALLED.search(before[-6:]):
        return EntityKind.HOTLINE, 3
    return None


def _landline(digits: str, before: str) -> tuple[EntityKind, int] | None:
    if _LANDLINE.fullmatch(digits):
        return EntityKind.PHONE, len(digits)
    if _LOCAL.fullmatch(digits) and _LANDLINE_CUE.search(before) and not _OTHER_CUE.search(before):
        return EntityKind.PHONE, len(digits)
    return None


def _luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _plates(text: str) -> Iterator[tuple[int, int]]:
    spans = [match.span() for match in _PLATE.finditer(text)]
    if "车牌" in text:
        spans += [match.span("plate") for match in _PLATE_TOLD.finditer(text)]
    return (span for span in spans if len(re.findall(DIGIT, text[slice(*span)])) >= 3)


_SEARCHES: dict[EntityKind, Callable[[str], Iterable[tuple[int, int]]]] = {
    EntityKind.PLATE: _plates,
    EntityKind.ADDRESS: addresses,
    EntityKind.MONEY: sums,
    EntityKind.TIME: times,
    EntityKind.NAME: names,
}
