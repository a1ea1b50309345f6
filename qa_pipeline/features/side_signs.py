"""Ways of speaking that show a side: how agents open, help and close by rule, and what callers want and complain of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa_pipeline.records import Utterance

_EARLY, _EARLY_FACTOR = 2, 1.5  # a voice's first utterances carry the greeting, or the request
_MOST_OF_ONE = 2  # a phrase said ten times is no ten signs


class Sign(NamedTuple):
    """A way of speaking that shows a side. ``weight`` > 0: the agent, < 0: the caller. ``early``: only at the start."""

    pattern: str
    weight: float
    early: bool = False


# Simplified and traditional forms where a recogniser mixes them; no sign depends on punctuation.
SIGNS: tuple[Sign, ...] = (
    # -- agents: opening
    Sign(r"(?<![你您的])(?:工号|工號|[座坐]席|话务员|話務員)(?!是?多少|是?几|是?什么)", 3),
    Sign(r"[为為]您(?:服|提供服)|很高[兴興](?:[为為]您|接[听聽])", 3),
    Sign(r"有(?:什么|什麼|啥)(?:可以|能|需要)?(?:帮|幫)(?:到|助)?[您你]?|您需要什么|您(?:要)?咨询(?:哪|什么)", 3),
    Sign(
        r"^(?:喂|您好|你好|哦|嗯|那个)*[^我俺你]{0,14}(?:热[线线现]|客服|专线|服[务務]|中心|问讯|管家)", 2.5, early=True
    ),
    Sign(
        r"^(?:喂|您好|你好|哦|嗯|那个)+[^我俺你]{0,10}(?:银行|公积金|供[热電电]|物业|公交|供水|燃气|邮政|咨询|机场)",
        2,
        True,
    ),
    Sign(r"^(?:喂|您好|你好|嗯)+[^我俺你]{0,4}[零幺〇一二三四五六七八九十\d]{4,}", 2, early=True),
    Sign(r"(?:请|您)讲|您说|您请说|请您讲", 1.5, early=True),
    Sign(r"请问(?:您)?是.{1,5}(?:先生|女士|小姐|老师)(?:吗|么|嘛)?|回访|打扰您|来电反映", 2.5),
    # -- agents: on the way
    Sign(r"请(?:您)?(?:稍等|稍候|等一下|不要挂)|稍等一下|您稍等|别挂(?:机|断)?", 2),
    Sign(r"您贵姓|怎么称呼您?|请问您(?:贵姓|怎么|住|的|是哪|需要)|您的(?:联系)?(?:电话|手机|号码|地址|姓名|身份证)", 2),
    Sign(r"(?:为|帮|给|替)您(?:登记|查|转|核实|记录|反映|办|安排|派|催|联系|开|报|申请|看)", 2.5),
    Sign(r"(?:我|这边|马上|先|已经)(?:先|马上|就|来)?(?:为|帮|给|替)您", 2),
    Sign(r"您反映的|您的(?:问题|诉求|情况|心情|意见|工单|反映)|理解您|工单|转派|相关部门|有关部门", 1.5),
    Sign(r"(?:联系|回复|回电|通知|答复)(?:给)?您|给您回(?:复|电|话)|工作日内?", 1.5),
    Sign(r"请您|您先|您可以|您别|您放心|麻烦您", 1),
    Sign(r"先生|女士|大爷|大妈|阿姨|大姐", 1),
    Sign(r"给您(?:添|带来)|非常抱歉|很抱歉|抱歉让您|对不起让您", 1.5),
    Sign(r"按(?:照)?(?:规定|流程|政策)|不归(?:我|我们)管|系统(?:里|显示|查)|我们(?:会|将|这边)", 1),
    # -- agents: closing
    Sign(r"[还還]有(?:其他|其它|别的|什么)(?:.{0,4})(?:需要|问题|帮|可以|要)?", 2),
    Sign(r"感谢(?:您|你)?的?(?:来电|耐心|理解|配合|反映|热心|支持|等待)|感謝(?:您)?(?:的)?[来來]電", 3),
    Sign(r"祝[您你]?(?:一家|老人|孩子|宝宝|生活|工作|身体|您|天天|平安)", 2.5),
    # -- callers: what they want
    Sign(r"我(?:们)?(?:现在)?(?:就)?要(?:投诉|[举舉][报報]|反[映应應]|咨询|问|查|报|找|求|退|曝光)", -3),
    Sign(r"(?:我)?想(?:要)?(?:咨询|投诉|反[映应應]|[举舉][报報]|问|了解|提(?:个|一)|查|办|打听|请教)", -3),
    Sign(r"我(?:来|就|再)?问(?:一)?(?:下|个)|问你(?:一下|个)|你帮我(?:查|看|问)|帮我(?:查|看|问|处理|转)", -2),
    Sign(r"(?:什么时候|啥时候|几时|多久|何时)(?:才)?(?:能|可以|来|有|给|会)|(?:要|得)(?:等)?多久|怎么办(?:呢|啊)?", -2),
    # -- callers: who they are
    Sign(r"(?:我|俺)(?:们)?(?:家|屋|小区|楼|店|村|厂|单元|公司|邻居)", -2),
    Sign(r"(?:我|俺)(?:的)?(?:儿子|女儿|孩子|老公|老婆|爸|妈|老伴|老汉|爱人|父亲|母亲|媳妇|小孩|宝宝)", -2),
    Sign(r"(?:我|俺)(?:是)?(?:住|姓|在.{0,6}(?:上班|住|租|买)|是.{0,8}(?:的|业主|居民|学生|做))", -1.5),
    Sign(r"我的?(?:电话|手机|号码|车|卡|账户|快递|包裹|票|工资|身份证)(?:是|号|被|上|里|没|不|突然|丢|掉)", -1.5),
    # -- callers: to an agent
    Sign(r"你们(?:怎么|为什么|到底|凭什么|领导|经理|什么|管|能不能|赶快|赶紧|就|这|还|不|是不是)|叫你们", -2.5),
    Sign(r"你们", -1),
    Sign(
        r"你(?:的)?(?:工号|叫什么)|(?:投诉|举报|曝光)你|什么态度|凭什么|[给給]我(?:个)?(?:说法|解释|派|转|答复|处理)",
        -2.5,
    ),
    Sign(r"师傅|姑娘|小姑娘|小伙子|同志|妹儿|大夫|医生|姐姐|闺女|小姐姐", -1.5),
    Sign(r"^(?:嗯|哦|好)*(?:没有|没)(?:有)?(?:了|啦)|(?:谢谢|辛苦|麻烦)(?:你|您)(?:们|了|啊|哈|姑娘)", -1.5),
    Sign(r"我(?:都|已经|昨天|前天|今天|早上|上个?(?:月|周|星期)|打)(?:了|都|打|买|交|办|去|给|跟|来|等|报)", -1),
)
_COMPILED = tuple((re.compile(sign.pattern), sign) for sign in SIGNS)
_NOT_SAID = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Leaning:
    """What one voice's words say: ``value`` > 0 towards the agent; ``weight`` is all evidence, either way."""

    value: float = 0.0
    weight: float = 0.0
    signs: tuple[str, ...] = ()


def leaning(utterances: Sequence[Utterance]) -> Leaning:
    """Weigh the signs in one voice's utterances (time order). A phrase counts twice at most, early speech more."""
    value = weight = 0.0
    seen: list[str] = []
    counted = dict.fromkeys(range(len(SIGNS)), 0)
    for position, utterance in enumerate(utterances):
        text = _NOT_SAID.sub("", utterance.text)
        for index, (pattern, sign) in enumerate(_COMPILED):
            found = None if sign.early and position >= _EARLY else pattern.search(text)
            if found is None or counted[index] == _MOST_OF_ONE:
                continue
            counted[index] += 1
            points = sign.weight * (_EARLY_FACTOR if position < _EARLY else 1.0)
            value, weight = value + points, weight + abs(points)
            seen.append(found.group())
    return Leaning(value, weight, tuple(dict.fromkeys(seen)))
