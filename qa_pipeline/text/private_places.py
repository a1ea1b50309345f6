"""Addresses for masks: what ``places`` finds, answers to 住几号楼, and doors named by their number alone.

An office that anybody may visit (人民路十二号的办事大厅) is no secret. Works on normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_pipeline.text.numbers import DIGIT
from qa_pipeline.text.places import addresses

_ASKED = re.compile(
    "住哪|住在哪|住的?是?哪|什么地址|地址|哪一?[栋幢座户家]|几[栋幢座]|[几多]少?号楼|几单元|哪个?单元|房间号|门牌|门号|几零几|室号|哪个?房间|几号房|"
    "哪个小区|什么小区|具体位置|详细位置|几楼|几门"
)
_NUMBER = "[0-9零〇一二三四五六七八九十百幺两洞拐]"
_UNIT = "(?:号楼|号院|号门|栋楼|幢楼|单元|房间|栋|幢|座|层|楼|室|号|户|门|组|队|弄|房|[a-z]座)"
_ANSWER = re.compile(f"(?:第?(?:{_NUMBER}{{1,5}}|[a-z]){_UNIT}?(?:的|嗯|呃|那个|楼)?){{1,5}}")
_LEVEL = re.compile(f"(?:{_NUMBER}|[a-z])(?:号楼|号院|栋|幢|单元|房间|室|户|房)")
_FIRST = 24
"""How far into an answer its numbers may stand."""

_QUANTITY = re.compile("(?:块|元|度|天|个|次|年|月|点|人|口|位|分|小时|星期|米|岁|多|来|几)")
_DOOR = re.compile(
    f"(?:楼上|楼下|对门|隔壁|我住|我家|住在?)(?:就是|是|的)?(?P<by>{DIGIT}{{3,4}})(?!{_QUANTITY.pattern}|{DIGIT})"
    f"|(?<!{DIGIT})(?P<of>{DIGIT}{{3,4}})(?:室|房间|房(?![产子租价]))?(?=(?:的|那个?|这个?)?(?:户主|业主|住户|邻居|房东|租户|租客|那户|那家|这户|这家|室|房间|房(?![产子租价])))"
)

_PUBLIC_AFTER = re.compile(
    "的?(?:那个)?(?:办事|服务|政务|便民|营业|办理|大厅|派出所|社区卫生|街道办|医院|卫生院|邮局|网点|窗口|分局|银行|中心|公交|地铁|车站|门诊)"
)
_PUBLIC_BEFORE = re.compile(
    "(?:大厅|中心|窗口|网点|派出所|医院|卫生院|营业厅|门诊部?|分局|公司|单位|我们)(?:的地址|地址)?(?:就|是|都)?(?:在|位于|是)$"
)
_HOME = re.compile("单元|室|栋|幢|号楼|房间")


def private_addresses(text: str, lead: str = "") -> Iterator[tuple[int, int]]:
    """The spans of private addresses, in any order; ``lead`` is what was said just before."""
    for start, end in addresses(text):
        if not _is_public(text, start, end):
            yield start, end
    for match in _DOOR.finditer(text):
        yield match.span("by") if match["by"] else match.span("of")
    if _ASKED.search(lead):
        yield from _answers(text)


def _answers(text: str) -> Iterator[tuple[int, int]]:
    for match in _ANSWER.finditer(text):
        if match.start() > _FIRST:
            return
        digits = len(re.findall(DIGIT, match.group()))
        if (_LEVEL.search(match.group()) or digits >= 3) and not _QUANTITY.match(text, match.end()):
            yield match.span()


def _is_public(text: str, start: int, end: int) -> bool:
    """Whether it is a road and a number that is said to be an office's."""
    if _HOME.search(text, start, end):
        return False
    return bool(_PUBLIC_AFTER.match(text, end) or _PUBLIC_BEFORE.search(text[:start]))
