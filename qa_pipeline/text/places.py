"""Addresses down to a building or a door, as they are told on the telephone: 阳光花园三号楼二单元六零一, 人民路88号.

Works on normalised text. A community, a road or a public building alone is no address. The span begins with the name
of the place where one is told; where a name begins is a guess (after 在, 住, 是 ... or at most ``LONGEST_NAME`` back).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_NAME = 12
"""Characters before the first building number that may be the place's name."""

_NUMBER = "[0-9零〇一二三四五六七八九十百幺两]"
_N = f"(?:第?{_NUMBER}{{1,5}}|[a-z])"
_BUILDING = f"{_N}(?:号楼|号院|号门|号弄|栋楼|幢楼|幢|栋|座|单元|弄|号|楼|层|组|队|支弄|门)"
_DOOR = f"(?:{_N}(?:室|户|房间|房)|{_NUMBER}{{3,4}})"
_CHAIN = re.compile(
    f"(?P<levels>{_BUILDING}(?:的|嗯|呃|那个)?(?:{_BUILDING}(?:的|嗯|呃|那个)?){{0,3}}){_DOOR}?|{_NUMBER}{{1,5}}[a-z]?室"
)
_WORTH_READING = re.compile("[0-9零〇一二三四五六七八九十百幺两a-z][号栋幢座单弄楼层组队支门室户房]")
_LEVEL = re.compile(_BUILDING)
_WEAK = re.compile("(?:号|楼|层|门|组|队|座)$")
_NOT_A_DOOR = re.compile(
    "(?:线|窗口|柜台|出口|入口|通道|公路|文件|客服|工作人员|话务员|接线员|坐席|座席|为您|很高兴|[上下]午|早上|晚上|之?前(?!天|面|年|晚)|以前|之?后|那天|开始|到|左右|选|键|"
    "梯|道|台|的?话|店|馆|站|航站楼|机位|车)"
)

_PLACE = re.compile(
    "(?:小区|花园|家园|公寓|新村|新苑|花苑|苑|花城|新城|大厦|广场|里|村|庄|镇|街道|社区|路|街|大道|巷|弄|胡同|组团|园|城|府|湾|郡|居|庭|坊|屯|公馆|宿舍|家属院|大院|期)$"
)
_LEAD = re.compile(
    "^.*(?:地址|位置|住址|住在|就在|是在|位于|家在|我家是|送到|寄到|叫做|反映|一下|我们|你们|您好|那个|这个|麻烦|所以|因为|就是|还是|"
    "[有在是住到去从叫说对报写来个了啊呃嗯您我你他她它吗呢吧诶哦跟把被]|和(?![平谐美顺])|[家的](?!园|苑|属院|里|家|庄|村|屯|沟|营|湾|坡|岭|堡))"
)
_BETWEEN = re.compile("(?:的|里面的|里边的|那边的|这边的|那个|呃|嗯|啊)+$")


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """The spans of addresses, in order, none overlapping another."""
    if _WORTH_READING.search(text) is None:
        return
    for match in _CHAIN.finditer(text):
        start = match.start()
        name, between = _name_before(text, start)
        levels = _LEVEL.findall(match["levels"] or "")
        place = _PLACE.search(name)
        placed = place is not None and place.start() > 0
        if _is_address(match, levels, placed) and not _NOT_A_DOOR.match(text, match.end()):
            begin = start - between - len(name) if placed or len(levels) > 1 else start
            end = (
                match.end() if match.end() > match.end("levels") else match.start() + len(match[0].rstrip("的嗯呃那个"))
            )
            yield begin, end


def _is_address(match: re.Match[str], levels: list[str], placed: bool) -> bool:
    """Two levels, a level and a door, or a named place with one level; 三号 and 六楼 alone lead nowhere."""
    if not levels:
        return placed  # a door number with nothing but the place's name: 幸福里 502室
    has_door = match.end() > match.end("levels")
    if len(levels) == 1 and _WEAK.search(levels[0]):
        return placed
    return len(levels) + has_door > 1 or placed


def _name_before(text: str, end: int) -> tuple[str, int]:
    """The place's name just before ``end`` (may be empty), and how many characters (的, 那个) lie in between."""
    before = text[max(0, end - LONGEST_NAME) : end]
    gap = _BETWEEN.search(before)
    between = len(gap.group()) if gap else 0
    name = before[: len(before) - between]
    lead = _LEAD.match(name)
    return (name[lead.end() :] if lead else name), between
