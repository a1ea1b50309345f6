"""Points in time and sums of money, as they are spoken: 三月五号下午三点, 上个星期, 两百多块, 水费三百二."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SMALL = "(?:[0-9]{1,2}|[一二三四五六七八九十两]{1,3})"
_YEAR = "(?:(?:[0-9]{2}|[0-9]{4}|[零〇一二三四五六七八九]{2}|[零〇一二三四五六七八九]{4})年)"
_PART = "(?:凌晨|清早|大清早|一大早|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜|今早|今晚|昨晚|明早)"
_DAY = "(?:大前天|大后天|前天|昨天|今天|明天|后天|当天|前两天|前几天|这两天|昨儿|今儿|明儿)"
_WEEK = (
    "(?:[上下这本]{0,2}个?(?:周|星期|礼拜)[一二三四五六日天末]|[上下这本]{1,2}个?(?:周(?!边|围|到|全|年|期)|星期|礼拜))"
)
_MONTH = (
    f"(?:[上下这本当]个?月(?:初|底|中|中旬|末)?|{_YEAR}?{_SMALL}月(?!票|租|卡|饼|嫂)份?(?:{_SMALL}[号日])?|{_YEAR})"
)
_DATE = (
    f"(?:{_MONTH}|(?:去年|今年|明年|前年|年初|年底|月初|月底){_MONTH}?|[上下这本当]个?月{_SMALL}[号日]"
    f"|{_SMALL}[号日](?={_PART}|之?前|以前|那天|开始))"
)
_CLOCK = (
    f"(?:{_PART}(?:{_SMALL}点(?:钟|半|{_SMALL}分?|[一三]刻|整|多|左右)?)?"
    f"|{_SMALL}点(?:钟|半|{_SMALL}分|[一三]刻|整|多钟|左右))"
)
_SPAN = (
    "(?:[0-9一二三四五六七八九十两几半]{1,3}个?(?:天|多?月|年|周|星期|小时|钟头|分钟|多小时|工作日)"
    "(?:之?前|以前|之?后|以后|之?内|以内))"
)
_TIME = re.compile(f"(?:(?:{_DATE}|{_WEEK}|{_DAY}){{1,3}}(?:的?{_CLOCK})?|{_CLOCK}|{_SPAN})")

_QUANTITY = (
    "(?:[0-9]{1,9}|[一二三四五六七八九十百千万两几半零]{1,9}(?:点[一二三四五六七八九零]{1,2})?)"
    "(?:多|来|几)?(?:百|千|万|亿)?(?:多|来)?"
)
_TAIL = "(?:钱|[0-9一二三四五六七八九半](?:毛|角)?(?:[0-9一二三四五六七八九]分?)?)?"
_THING = "(?!地|板|砖|儿|布|牌|玻|石|木|肉|表|屏|区|旦|素|件|落|度|去|来|过)"
_SUM = re.compile(
    f"{_QUANTITY}(?:块{_THING}|元{_THING}|圆钱|毛钱|角钱|分钱|万块|人民币|美元|美金|欧元|港币){_TAIL}"
    f"|{_QUANTITY}毛(?=[0-9一二三四五六七八九]|$)"
)
_TOGETHER = re.compile("^一块(?!钱|[0-9一二三四五六七八九半])")
_LARGE = "(?:[0-9]{3,8}|[一二三四五六七八九两几]{1,2}(?:百|千|万)[零一二三四五六七八九百千两十几]{0,6}(?:多|来)?)"
_PAID = re.compile(
    "(?:费|钱|款|工资|房租|押金|租金|价|话费|罚|扣|欠|赔|退|花|付|交|收|充)"
    f"(?:了|我|我们|要|就|的|他|您|是|一共|总共|大概|快|差不多|才|也|多|去|到|给|个|还){{0,3}}(?P<sum>{_LARGE})"
    "(?!平(?!常|时)|[0-9号个次人户米公里度天年月日分秒斤吨字条件张名位家辆栋间台份层点种项样])"
)

_MAY_BEGIN = re.compile("[0-9零〇一二三四五六七八九十两几半凌清大早晨上中下傍晚夜今昨明后前当这本周星礼去年月]")
_UNIT = re.compile("[0-9一二三四五六七八九十百千万两几半零多来][块元圆毛角分万人美欧港]")
_MANY = re.compile("[0-9一二三四五六七八九两几][0-9百千万]")


def times(text: str) -> Iterator[tuple[int, int]]:
    """Dates, days of the week, clock times and how long before or after; 一点 and 三天 alone are none."""
    position = 0
    while (first := _MAY_BEGIN.search(text, position)) is not None:
        match = _TIME.match(text, first.start())
        if match:
            yield match.span()
        position = match.end() if match else first.start() + 1


def sums(text: str) -> Iterator[tuple[int, int]]:
    """Amounts with a unit (两百块钱), and large ones without where the talk is of paying (水费三百二)."""
    for match in _SUM.finditer(text) if _UNIT.search(text) else ():
        if not _TOGETHER.match(match.group()):
            yield match.span()
    for match in _PAID.finditer(text) if _MANY.search(text) else ():
        yield match.span("sum")
