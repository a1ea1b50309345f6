"""Communities by their bare names, where the words around say that somebody lives there: 我住锦绣花城, 锦绣花城的业主.

A community's name alone is no address, and rules do not count it as one. But with what else is said in a call it tells
who called, so that material for class leaves it out. Where nobody is said to live (锦绣花城停水了, 花园路) it stays.
Works on normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KIND = (
    "(?:花城|花园|花苑|花都|家园|嘉园|家苑|嘉苑|新苑|雅苑|名苑|公寓|新村|家属院|公馆|山庄|别墅|豪庭|华庭|名庭|名邸|府邸|华府|名府|雅居|名居|"
    "新居|水岸|半岛|港湾|名城|世家|华城|名都|御园|庄园|小区)"
)
_CHARACTER = "[^的了在是我你您他她它们这那个哪某啊呃嗯吧呢吗住有没和跟到去来从叫说对都也就还很]"
_GENERIC = (
    "(?!(?:整|全|本|同|别|老|新|旧|大|小|多|各|每|老旧|高档|封闭|开放|同一|普通|隔壁|附近|其他|对面|部分|许多|不少|所有|多个|各个|每个|"
    "商品房|安置|回迁|单位|公租房|廉租房?|单身|人才|学生|老年|酒店式?|一?[0-9零一二三四五六七八九十百两几]*)"
    "(?:小区|公寓|新村|别墅|家属院))"
)
_NAME = f"(?P<home>{_GENERIC}{_CHARACTER}{{2,5}}?{_KIND}(?:小区)?)"
_NOT_PUBLIC = (
    "(?!路|街|站|酒店|宾馆|饭店|餐厅|社区|街道|派出所|幼儿园|小学|中学|学校|医院|医务|公交|地铁|市场|超市|广场|大道|"
    "店|村委|居委)"
)
_WHO = "(?:业主|住户|居民|租户|租客|房东|户主|业委会|老业主)"
_NUMBER = "[0-9零〇一二三四五六七八九十百幺两a-z]"

_LIVES = re.compile(
    f"(?:住在?|住的?(?:小区)?(?:就)?是|家(?:就)?在|家住|房子(?:就)?在|搬到了?|搬进了?|搬去了?|我们?(?:就|也)?是){_NAME}{_NOT_PUBLIC}"
)
_OWNERS = re.compile(f"{_NAME}(?:的|这边的?|里面的?|那边的?|[一二三四五六]期的?)?{_WHO}")
_BUILDING = re.compile(f"{_NAME}(?:的|那个)?(?:第?{_NUMBER}{{1,3}}(?:号楼|栋|幢|座|单元|期)|[东西南北]区)")
_ANSWER = re.compile(f"{_NAME}{_NOT_PUBLIC}")
_ASKED = re.compile(
    "哪个?小区|什么小区|小区(?:的)?(?:名字?|名称|叫什么|是哪)|住哪|住在哪|家在哪|[您你]的?(?:详细|具体|家庭)?(?:地址|住址)"
)
_SPEAKER = re.compile("我们?(?:就|也)?是$")
_FIRST = 12
"""How far into an answer the name may begin."""


def private_homes(text: str, lead: str = "") -> Iterator[tuple[int, int]]:
    """The spans of such names, in any order; ``lead`` is what was said just before."""
    for match in _LIVES.finditer(text):
        speaks = _SPEAKER.search(text[: match.start("home")])
        if not speaks or text.startswith("的", match.end()):  # 我是锦绣花城的, not 我是说锦绣花城
            yield match.span("home")
    for pattern in (_OWNERS, _BUILDING):
        for match in pattern.finditer(text):
            yield match.span("home")
    if _ASKED.search(lead) and (answer := _ANSWER.search(text)) and answer.start() <= _FIRST:
        yield answer.span("home")
