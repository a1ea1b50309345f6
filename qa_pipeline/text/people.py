"""What people are called: surnames, titles, and how a name is told on the telephone (我叫王建国, 弓长张).

Works on normalised text. A surname alone proves little (于, 和, 时 are words as well), so a name needs a cue before it
or a title after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

DOUBLE_SURNAMES = re.findall("..", "欧阳上官司马诸葛东方皇甫尉迟公孙慕容司徒令狐夏侯端木南宫")
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏"
    "韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施洪季童翁阮柳樊骆殷邢岳聂焦齐倪安梅庄辛管祝左涂谷祁时舒"
    "耿牟卜路詹关苗凌费纪靳盛欧甄项曲成游阳裴席卫查屈鲍位覃霍翟隋植甘景薄单包司柏宁柯阎桂邬葛穆萧傅滕仇佟解宫房丛娄冉巩喻蓝申邝缪瞿卞臧仲晏褚鄢荆佘冼麦郦阚逄苟晁闵隆冷敖边尚桑简饶鞠乔贲苍幸荀匡衣栾宫虞嵇竺寇蔺隋逯亓卓窦郎"
)
TITLES = (
    *re.findall(
        "..",
        "先生女士小姐大爷大妈大娘大婶大叔大伯阿姨叔叔伯伯爷爷奶奶大哥大姐老师师傅同志家长同学太太医生大夫主任经理老板婆婆嬢嬢爷叔老乡大嫂"
        "老伯老哥老弟老妹妹子阿婆阿公阿伯阿叔阿姐娘娘大侄",
    ),
    *re.findall("...", "小朋友老人家老先生"),
)

OCCUPATIONAL = frozenset(
    (
        "老师",
        "师傅",
        "同志",
        "家长",
        "同学",
        "医生",
        "大夫",
        "主任",
        "经理",
        "老板",
        "老人家",
        "小朋友",
        "老哥",
        "老弟",
        "老妹",
        "妹子",
        "阿姐",
        "大侄",
        "兄弟",
        "师兄",
        "老表",
        "老姐",
        "靓女",
        "靓仔",
        "幺妹",
        "同胞",
        "乡亲",
    )
)
"""Titles that more often speak of somebody (医生一看就明白) than to him."""

_SURNAME = f"(?:{'|'.join(DOUBLE_SURNAMES)}|[{SURNAMES}])"
_NOT_A_SURNAME = re.compile(
    "(?:对于|关于|由于|属于|大于|小于|位于|终于|至于|处于|等于|平时|当时|有时|同时|及时|按时|临时|小时|导向|方向|一向|平安|公安|治安|"
    "保安|道路|马路|线路|公路|走路|检查|调查|海关|有关|相关|机关|无关|地方|对方|双方|官方|警方|单位|各位|这位|那位|几位|诸位|一位|完成|"
    "变成|现金|奖金|明白|空白|上海|长江|一万|几万|物管|主管|不管|话费|水费|电费|免费|收费|缴费|交费|停车费|公司|上司|世纪|年纪|支付|"
    "对付|应付|庆祝|医院|楼房|住房|厨房|库房|理解|了解|谅解|简单|订单|账单|名单|红包|承包|面包|分钟|秒钟|点钟|谢谢|感谢|多谢|祝|"
    "任何|为何|如何|几何)$"
)
_THIRD_PARTY = re.compile(
    "(?:[我她他你您]|[我她他你您][的家]|[那这]个|[那这一两几每]位|有[个位]|一个|她|[一两几]名|找|(?:^|[^请])问|请|跟|和|叫|让|大|我们|你们|些)$"
)
_NO_TITLE = re.compile(
    "^(?:看|群|会|委|们|那边|说|讲|查|一看|来|过|去|上门|给您|会|联系|已经|在|马上|上午|下午|今天|明天)"
)
_CALLED_BEFORE = re.compile(
    "(?:^|您好|你好|好的?|嗯|谢谢|那|哎|唉|对|是的?|早上好|上午好|下午好|这位|请问|不急|别急|放心|没事|不好意思|抱歉|可以|行|没问题|[哈啊呀吧呢啦哦噢嘛])$"
)
_CALLED_AFTER = re.compile(
    "^(?:$|您|你(?!们)|好|啊|呀|咱|请|别|不急|对不起|抱歉|实在|非常|真|我|是这样|是哪|是什么|是不是|让您|麻烦|辛苦|那您|那我|还有(?:事|别|什么|啥|要))"
)
_THANKED = re.compile("(?:恭喜|祝贺|谢谢|感谢|麻烦|辛苦|劳烦|对不起|对不住|委屈)[您你]$")
"""Said to the one whom the title names: 恭喜您女士, but 您先生 is her husband."""

_TOLD_NAME = re.compile(
    "(?:我叫|本人叫|名叫|叫做|姓名|(?:名字|姓名|户主|联系人|机主|户名|全名)[是叫])"
    rf"(?P<name>{_SURNAME}[\u4e00-\u9fff]{{1,2}})"
)
_NAME_CUE = re.compile("[叫姓名人主]")
_TOLD_SURNAME = re.compile(rf"(?:免贵姓|我姓|本人姓|敝姓|姓)(?P<name>{_SURNAME})(?=$|[^氏名])")
_SPELT = re.compile(
    r"(?:弓长张|立早章|木子李|耳东陈|双木林|双人徐|言午许|古月胡|口天吴|草头黄|三横王|干勾于|人未余|走肖赵|木易杨|禾子季|文刀刘|关耳郑|"
    r"十八子李|西早覃|草字头的?[萧蒋范苏]|双口吕|子小孙|言射谢|水工江|三点水的?[江汪沈潘洪汤]|姜子牙的姜|单人傅|师傅的傅|付钱的付)"
)
_NOT_IN_A_NAME = frozenset("的了是我你您他她吗呢吧啊呀哦嗯呃这那就在住有想要电手身号跟和给把也都还又没不说叫家今昨")


@dataclass(frozen=True, slots=True)
class Titled:
    """A title at ``[start, end)``, with the surname before it where there is one. ``addressed``: said to the caller."""

    start: int
    end: int
    title: str
    surname: str
    addressed: bool


def titled(text: str, titles: frozenset[str] = frozenset(TITLES)) -> Iterator[Titled]:
    """The ``titles`` in ``text``, in order. 我先生, 那位女士, 找李师傅 speak of somebody and are not addressed.

    A title of one character (姐, 叔) counts only after a surname, and as those do that may speak of somebody else.
    """
    any_title, with_surname = _patterns(titles)
    if any_title.search(text) is None:
        return
    for match in with_surname.finditer(text):
        surname, title = match["surname"] or match["before"] or "", match["title"] or match["short"]
        title_at = match.end() - len(title)
        if surname and _NOT_A_SURNAME.search(text[:title_at]):
            surname = ""
        if not surname and len(title) == 1:
            continue
        start = title_at - len(surname)
        before, after = text[max(0, start - 4) : start], text[match.end() : match.end() + 4]
        yield Titled(start, match.end(), title, surname, _is_addressed(title, before, after))


@cache
def _patterns(titles: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A cheap look for any of the titles, and the costly one for each with the surname before it."""
    longest_first = sorted(titles, key=lambda title: (-len(title), title))
    short = "|".join(re.escape(title) for title in longest_first if len(title) == 1) or "$^"
    long = "|".join(re.escape(title) for title in longest_first if len(title) > 1) or "$^"
    return re.compile(f"{long}|{short}"), re.compile(
        f"(?P<surname>{_SURNAME})?(?P<title>{long})|(?P<before>{_SURNAME})(?P<short>{short})"
    )


def _is_addressed(title: str, before: str, after: str) -> bool:
    """Whether a title is said to somebody rather than of him; a calling stands apart: 大姐您别急, 好的师傅."""
    if before.endswith(("这位", "请问")):
        return title not in OCCUPATIONAL or _NO_TITLE.match(after) is None
    if _THANKED.search(before):
        return True
    of_others = title in OCCUPATIONAL or len(title) == 1
    spoken_of = before.endswith("的") or of_others  # 跳舞的大妈说; but 没事的大妈您说
    if _THIRD_PARTY.search(before) or (spoken_of and _NO_TITLE.match(after)):
        return False
    return not of_others or bool(_CALLED_BEFORE.search(before) or _CALLED_AFTER.match(after))


def names(text: str) -> Iterator[tuple[int, int]]:
    """Where names are told: after a cue, spelt by their character, or before a title; spans may overlap."""
    for match in _TOLD_NAME.finditer(text) if _NAME_CUE.search(text) else ():
        start, end = match.span("name")
        while end - start > 2 and text[end - 1] in _NOT_IN_A_NAME:
            end -= 1
        if text[end - 1] not in _NOT_IN_A_NAME:
            yield start, end
    for match in _TOLD_SURNAME.finditer(text) if "姓" in text else ():
        yield match.span("name")
    for match in _SPELT.finditer(text):
        yield match.span()
    for one in titled(text):
        if one.surname:
            yield one.start, one.end
