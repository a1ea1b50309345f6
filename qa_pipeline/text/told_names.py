"""Names as people tell them on the telephone, for masks: rather once too often than once too few.

我叫王建国, 姓李叫秀英, 户主是欧阳明, an answer to 请问怎么称呼, 王建国先生, and characters that are spelt (弓长张,
优秀的秀, 草字头的). A surname alone (我姓李, 李女士) tells little and is left to the caller's own rules.

Works on normalised text; ``breaks`` are the positions before which the original has punctuation, where a name ends.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from qa_pipeline.text.people import DOUBLE_SURNAMES, SURNAMES
from qa_pipeline.text.segment import segment, word_frequency

_HAN = "[\u4e00-\u9fff]"
_SURNAME = re.compile(f"(?:{'|'.join(DOUBLE_SURNAMES)}|[{SURNAMES}])")
_TITLE = "(?:老先生|先生|女士|小姐|同志|大爷|大妈|阿姨|叔叔|奶奶|爷爷|老师|同学|太太|大哥|大姐|师傅|医生)"
_STOP = frozenset(
    "的了是我你您他她它吗呢吧啊呀哦嗯呃这那就在住有想要电手身号跟和给把也都还又没不说叫家今昨什怎哪么过个来去被让请得上下里着"
)

_TOLD = re.compile(
    "(?P<self>我(?:的名字|的全名|本人|这边)?叫|本人叫|(?:名字|姓名|全名|户名)[是叫写为]{0,2}(?:的是|的)?|(?:户主|机主|联系人|收件人|收货人|车主|业主|"
    "房主|法人|患者|病人|当事人|投诉人|登记人|申请人|参保人|存款人)(?:的名字|的姓名|姓名)?[是叫写为]{1,2}(?:的是)?)"
    "|(?P<other>(?:名|他|她|孩子|儿子|女儿|老公|老婆|丈夫|妻子|爱人|先生|太太|母亲|父亲|妈|爸|弟|妹|哥|姐|孙子|孙女|老人|邻居|同事|朋友|名字|"
    "老板|经理|师傅|人)(?:的名字)?叫做?)"
    "|(?P<after_surname>姓(?P<surname>[\u4e00-\u9fff]{1,2}?)(?:的?名字|名|全名)?叫?(?=[\u4e00-\u9fff]))"
)
_NO_NAME = re.compile(
    "物业|保安|警察|师傅|领导|人家|家人|邻居|救护|外卖|快递|滴滴|开锁|什么|大家|你们|他们|救命|爸妈|孩子|老公|老婆|好了|"
    "确认|信息|不对|错了|变更|没变|多少|哪位|本人|已经|可以|需要|必须|不能|不在|应该|马上|自己|居住|服务|一下|"
    "一个|一声"
)
_I_AM = re.compile(f"(?:我是|我就是|这边是|他是|她是)(?P<name>{_SURNAME.pattern}{_HAN}{{1,2}})")
_NO_PERSON = re.compile(
    "高[龄级中层二三一]|单[身位亲独]|党员|金[卡牌]|左邻|成年|方便|安[全装]|平[时台]|白[天领班]|万一|路[过人]|时[候间]|房[东客主]|车[主间]|应该|"
    "有关|关[于心注]|明[天年]|温[室]|管[理家]|司机|简单|全[家部体程]|边[缘上]|冷[气水]|常客|普通|广大|江[苏西]|云南|宁[波夏]|甘肃|贵[州宾阳]|"
    "黄[色]|柳州|温州|郑州|徐州|沈阳|成都|项目|代表|游[客戏]|顾客|后来|干[部活]|经[常过理]|于是|强[烈制]|连[续]|和[他她你您]|史|牛奶|向[你您]"
)
_SOMEBODY = re.compile(
    "儿子|女儿|孩子|老公|老婆|丈夫|妻子|爱人|母亲|父亲|妈妈?|爸爸?|孙子|孙女|弟弟|妹妹|哥哥|姐姐|邻居|房东|同事|朋友|维修工|师傅|客服|保安|司机|经理|"
    "主任|老师|医生|律师|户主|机主|业主|房主|同学|护士|工作人员|接线员|话务员|科长|所长|站长|队长|书记|老人|学生|病人|患者|姓名|本人"
)
_SURE_SURNAMES = frozenset(
    "王李张刘陈杨赵吴周徐孙胡朱林郭罗郑梁谢宋唐许韩冯邓曹彭曾肖董袁潘蒋蔡杜魏吕姚卢姜崔谭汪廖贾韦邹孟秦邱侯尹薛段黎陶郝龚邵"
)
"""Surnames that are hardly ever a word."""

_KNOWN_WORD = 30
"""A word that the dictionary has met so often is no name."""

_NAME_ASKED = re.compile(
    "怎么称呼|如何称呼|贵姓|姓名|叫什么|名字|全名|您是哪位|哪位|户主是|联系人|哪[个几]个?字|怎么写"
)
_SURNAME_ASKED = re.compile("贵姓|怎么称呼|如何称呼|哪位")
_FIRST_PART = re.compile(
    "^(?:您好|你好|嗯|啊|哦|喂|好的?|是的?|对|那|我|这边|就|免贵|本人|就叫|叫我|是|姓|叫|名字|全名)*"
)
_NO_ANSWER = re.compile(
    "^(?:好的|对的|是的|没有|不用|等一?下|谢谢|没错|可以|明白|什么|你们|不是|不方便|多少|随便|不想|干嘛|电话|这个|那个|怎么|再见|行了|"
    "没事|不说|知道|单位|公司|物业|应该|方便|方案|平时|时间|关于|由于|于是|金额|安全|成都|江苏|左右|白天|单元|简单|高兴|全部|万一)"
)
_NEXT_WORD = re.compile(
    "电话|手机|号码|身份|住址|地址|住在|家住|家在|小区|今年|今天|昨天|刚才|先生|女士|小姐|老师|您好|你好|谢谢|麻烦|反映|投诉|咨询|联系|就是|这个|那个|"
    "老先生|同志|大爷|大妈|大娘|大叔|阿姨|叔叔|奶奶|爷爷|同学|太太|大哥|大姐|师傅|医生|户主|车牌|姓名|很高兴|为您|竭诚|工号|我是|我想|我要|我的|这边|那边|现在|一三|一五|一八|一九|幺三|幺五|幺八|幺九|[0-9]"
)

_PARTS = (
    "弓长张|立早章|木子李|耳东陈|双木林|双人徐|言午许|古月胡|口天吴|草头黄|三横王|干勾于|人未余|走肖赵|木易杨|禾子季|文刀刘|关耳郑|"
    "十八子李|西早覃|双口吕|子小孙|言射谢|水工江|姜子牙的姜|单人傅|师傅的傅|付钱的付|古文刘|卯金刀|人可何|女子好|土方坊|日月明|立青靖|"
    "王字旁的?.|草字头的?.|三点水的?.|两点水的?.|木字旁的?.|单人旁的?.|双人旁的?.|提手旁的?.|绞丝旁的?.|金字旁的?.|女字旁的?.|言字旁的?.|"
    "走之底的?.|宝盖头的?.|竹字头的?.|日字旁的?.|月字旁的?.|火字旁的?.|土字旁的?.|口字旁的?.|耳朵旁的?.|竖心旁的?.|山字旁的?.|石字旁的?.|"
    "目字旁的?.|马字旁的?.|雨字头的?.|反犬旁的?.|衣字旁的?.|立字旁的?."
)
_SPELT = re.compile(_PARTS)
_SPELLING = re.compile("名|姓|叫|哪个字|哪几个字|怎么写|称呼|字")

_NOT_TITLED = re.compile(
    "成年|单身|任何|方便|平安|这位|那位|一位|每位|您好|谢谢|感谢|中年|老年|青年|年轻|请问|关于|对于|由于|有位|王大|李大|张大|时候|客服|"
    "司机|公司|物业|维修|水管|电工|开锁|安装|和|单位|经常|后来|于是|何时|大于|小于|家里|全体|计算|项目"
)


def told_names(
    text: str, lead: str = "", breaks: Collection[int] = (), known: Collection[str] = ()
) -> Iterator[tuple[int, int]]:
    """Where names are told or spelt in ``text``; spans may overlap.

    ``lead`` is what was said just before, ``known`` are names of which characters may be described.
    """
    yield from _after_cue(text, breaks)
    yield from _i_am(text, breaks)
    yield from _after_surname(text, breaks)
    yield from _of_somebody(text)
    yield from _with_title(text, breaks)
    if _NAME_ASKED.search(lead):
        yield from _answer(text, breaks, surname_will_do=_SURNAME_ASKED.search(lead) is not None)
    yield from spelt(text, lead, breaks, "".join(known))


def spelt(text: str, lead: str = "", breaks: Collection[int] = (), of: str = "") -> Iterator[tuple[int, int]]:
    """Characters that are described: 弓长张 anywhere; 优秀的秀 where the talk is of a name, or 秀 is in ``of``."""
    for match in _SPELT.finditer(text):
        yield match.span()
    units = list(_as_in(text, breaks))
    for start, end in units:
        followed = end == len(text) or end in breaks or any(other == end for other, _ in units)
        beside = any(end == other or stop == start for other, stop in units)
        about = _SPELLING.search(lead[-20:] + text[max(0, start - 20) : start])
        if followed and (about or beside or text[start:end].rstrip("字呢啊嘛")[-1] in of):
            yield start, end


def _as_in(text: str, breaks: Collection[int]) -> Iterator[tuple[int, int]]:
    """Wherever a character stands after 的 and in the word before it: 优秀的秀, 英雄的英字; also 水压的水."""
    for match in re.finditer(f"的那?个?(?P<character>{_HAN})(?:字|呢|啊|嘛)?", text):
        at, character = match.start(), match["character"]
        word = text[max([at - 4, 0, *(i for i in breaks if i <= at)]) : at]
        if character in word and len(word) > 1 and character not in _STOP and match.start("character") not in breaks:
            yield at - max(2, len(word) - word.rindex(character)), match.end()


def _after_cue(text: str, breaks: Collection[int]) -> Iterator[tuple[int, int]]:
    for match in _TOLD.finditer(text):
        start = match.end()
        if match["after_surname"]:
            if not _SURNAME.fullmatch(match["surname"]):
                continue
            if not text[: match.end()].endswith("叫"):
                continue
        end = _name_end(text, start, breaks, sure=bool(match["after_surname"]))
        if end > start:
            begin = match.start("surname") if match["after_surname"] and start - match.end("surname") <= 1 else start
            yield begin, end


def _after_surname(text: str, breaks: Collection[int]) -> Iterator[tuple[int, int]]:
    """姓茅，茅以恒: the surname comes again at the head of what follows, whatever surname it is."""
    for told in re.finditer(f"姓(?P<surname>{_HAN})", text):
        for start in sorted(i for i in breaks if i >= told.end()):
            stop = min((i for i in (*breaks, len(text)) if i > start), default=start)
            name = text[start:stop]
            if name.startswith(told["surname"]) and 2 <= len(name) <= 3 and _STOP.isdisjoint(name):
                yield start, stop


def _of_somebody(text: str) -> Iterator[tuple[int, int]]:
    """我儿子李浩然, 维修工郑小军: after what somebody is, a surname and what makes no word with it."""
    for match in _SOMEBODY.finditer(text):
        if _SURNAME.match(text, match.end()):
            length = _unknown_name(text[match.end() : match.end() + 6])
            if length:
                yield match.end(), match.end() + length


def _unknown_name(text: str) -> int:
    """How many characters at the head of ``text``, which begins with a surname, are a name; 0 where none are."""
    words = [token.text for token in segment(text)]
    first, second = words[0], words[1] if len(words) > 1 else ""
    if len(first) == 1 and len(second) in (1, 2):  # 李 | 浩然
        named = first in _SURE_SURNAMES and not re.match(_TITLE, second) and _STOP.isdisjoint(second)
        return 1 + len(second) if named and len(second) == 2 else 0
    if not 2 <= len(first) <= 3 or word_frequency(first) >= _KNOWN_WORD or not _STOP.isdisjoint(first[1:]):
        return 0
    astray = len(first) == 2 and len(second) == 2 and not word_frequency(second)  # 周子 | 涵上
    return len(first) + astray


def _i_am(text: str, breaks: Collection[int]) -> Iterator[tuple[int, int]]:
    """我是赵德柱: three characters and a pause, or the end; 我是高龄 and 我是党员 are none."""
    for match in _I_AM.finditer(text):
        start, end = match.span("name")
        if (end == len(text) or end in breaks) and not _NO_PERSON.match(match["name"]) and text[end - 1] not in _STOP:
            yield start, end


def _name_end(text: str, start: int, breaks: Collection[int], *, sure: bool = False) -> int:
    """Where the name that begins at ``start`` ends; ``start`` where none does."""
    stop = min((i for i in (*breaks, len(text)) if i > start), default=start)
    stop = min(stop, start + 8)
    following = _NEXT_WORD.search(text, start, min(len(text), stop + 4))
    limit = min(stop, following.start()) if following else stop
    limit = next((i for i in range(start, limit) if text[i] in _STOP), limit)
    chunk = text[start:limit]
    if (
        not chunk
        or _NO_NAME.match(chunk)
        or (chunk[0] == "姓" and len(chunk) < 3)
        or not re.match(f"{_HAN}|[a-z]", chunk)
    ):
        return start
    surname = _SURNAME.match(chunk)
    if surname or sure:
        longest = (surname.end() if surname else 0) + 2
        return start + min(len(chunk), longest)
    bounded = limit == stop or (following is not None and limit == following.start())
    return limit if bounded and 2 <= len(chunk) <= 6 else start


def _answer(text: str, breaks: Collection[int], *, surname_will_do: bool) -> Iterator[tuple[int, int]]:
    """A name that answers a question: 王建国, 我姓李李秀英, 叫我小王就行 (a surname alone is let pass)."""
    first = _FIRST_PART.match(text)
    start = first.end() if first else 0
    if start >= len(text) or _NO_ANSWER.match(text, start):
        return
    surname = _SURNAME.match(text, start)
    if (
        surname
        and _SURNAME.match(text, surname.end())
        and text[start : surname.end()] == text[surname.end() :][: surname.end() - start]
    ):
        start = surname.end()  # 姓李，李秀英
    end = _name_end(text, start, breaks)
    surname = _SURNAME.match(text, start)
    if end - start < 2 or (surname and surname.end() == end) or (surname is None and surname_will_do):
        return
    if surname is None and end != len(text):
        return
    yield start, end


def _with_title(text: str, breaks: Collection[int]) -> Iterator[tuple[int, int]]:
    """A full name before a title (王建国先生); a surname alone before it is left."""
    for title in re.finditer(_TITLE, text):
        last = text[title.start() - 1 : title.start()]
        if not last or last in SURNAMES or title.start() in breaks:
            continue
        for length in (4, 3, 2):
            begin = title.start() - length
            name = text[max(0, begin) : title.start()]
            surname = _SURNAME.match(name)
            if begin < 0 or not surname or not 1 <= length - surname.end() <= 2:
                continue
            if (
                not _STOP.isdisjoint(name[surname.end() :])
                or _NOT_TITLED.search(name)
                or (length == 4 and surname.end() != 2)
            ):
                continue
            yield begin, title.start()
            break
