"""Questions in speech without punctuation: what form they have, and whether they want to know anything.

Works on normalised text. A cue (吗, 什么时候, A-not-A ...) makes a question unless it stands in a statement
(看看是什么原因, 没什么). Idioms are looked at first, since their form deceives: 您听得懂吗 asks, 你听不懂吗 accuses,
还有什么可以帮您 offers, 我给您登记一下好吗 seeks consent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class QuestionKind(StrEnum):
    """What a question is for; the genuine ones (``GENUINE``) by their form."""

    OPEN = "open"
    POINTED = "pointed"
    CLOSED = "closed"
    CONFIRM = "confirm"
    CONTACT = "contact"
    CONSENT = "consent"
    OFFER = "offer"
    RHETORICAL = "rhetorical"


GENUINE = frozenset({QuestionKind.OPEN, QuestionKind.POINTED, QuestionKind.CLOSED})
"""Kinds that ask about the matter itself."""


@dataclass(frozen=True, slots=True)
class Question:
    """``text[start:end]`` is the telling part of a question."""

    kind: QuestionKind
    start: int
    end: int


def _any_of(*patterns: str) -> str:
    return "|".join(patterns)


_CONTACT = _any_of(
    "贵姓|(?:怎么|如何|咋)称呼|[姓叫]什么|名字(?:是|叫)?什么",
    "(?:姓名|名字|电话|手机号?|号码|联系方式|身份证号?|户号|卡号|账号|户主|户名|尾号|后四位)(?:是|号码|呢|您|方便|给我|大概){0,3}"
    "(?:多少|什么|哪个|几位|几号|说一下吗|报一下吗|方便吗|有吗|能说吗)",
    "(?:留|提供|报|登记|说|核对)(?:一下|一个|个|下)?(?:您的?|一下){0,2}(?:联系)?(?:电话|姓名|名字|号码|手机号|联系方式|身份证号?)"
    "(?:好吗|可以吗|行吗|方便吗|吗)",
    "(?:这个|来电|当前|现在)的?(?:号码|电话|手机号)[^吗]{0,8}(?:吗|是不是|对吧|对吗)",
    "(?:身份证|证件号?|手机号?|电话|号码|户号|卡号|账号|姓名|名字|尾号|[后前末][三四六两]位)[^吗么]{0,4}(?:方便|可以|能不?能?)(?:告诉|告知|提供|说|讲|报|留)[^吗么]{0,4}[吗么]?",
    "(?:手边|手头|身边|旁边)?有(?:没有)?(?:纸|笔|纸笔|纸和笔)[吗么]?|方便(?:记|拿笔)[^吗么]{0,3}[吗么]",
)
"""Who the caller is, how to reach him, and whether he can write down what he will be told."""

_RHETORICAL = _any_of(
    # I said so already
    "(?:不是|难道|早就|刚)(?:都|也|已经|早就|早|刚刚|刚才|才|[跟和给对][你您]){0,3}(?:说|讲|告诉|提醒|回答|解释|通知|写)[^吗么]{0,8}[吗么嘛]",
    "(?:说|讲|问|打|催)[了过]?(?:多少|几|好几)[遍次回]|[第这]几个了",
    # you do not understand
    "[听看]不(?:懂|明白|见)(?:人话|话|字)?[吗么嘛]|[没不][看听](?:清楚|明白|懂|清)[^吗么]{0,4}[吗么嘛]|没长[眼耳脑][^吗]{0,4}吗|不(?:识|认识|认得)字(?:是|吗)?",
    "不会(?:自己)?[看查问听算搜打上][^吗么]{0,4}[吗么嘛]|[你您](?:都|就|连这|这都|连这个都|自己)?不(?:知道|懂|清楚|明白)[吗么啊呀嘛]",
    "[听懂明白]{1,3}没有|懂不懂|讲不讲理|有(?:没有)?(?:毛?病|完没完)吗?",
    # it is your own doing
    "是不是(?:听不懂|没听|有病|有毛病|故意|不识字|不会|没长|太|想闹|闲|存心|非要|耳朵|吃饱|来找)",
    "(?:是不是|会不会|该不会|不会)是?[你您]?(?:自己|把|记|弄|搞|听|看|填|输)(?:错|混|丢|坏|没|给|跟|[^吗么]{0,6}[错混丢坏忘]了)|是不是你(?:把|自己|家里|又)",
    "会不会是[你您]自己|[你您]确定(?:是|就|没|真|自己|都|不是|当时|[你您])|[你您]以为|[你您]说呢",
    "是不是(?:[你您]这边)?(?:没有?|没在|不)(?:在|好好)?(?:认真|仔细|用心)|是不是[你您]?(?:先|惹|乱|动了|碰了)|"
    "[你您](?:能|可以)?(?:确定|肯定|保证|排除)(?:[^吗么哪几多啥]{1,14}|不了)?[吗么]|[你您]能不能排除",
    # prove it
    "有没有可能[^吗么呢]{0,6}(?:[你您]|自己|家里|家人|孩子|别人)|(?:谁|怎么|拿什么)(?:来|可以)?证明|[你您]能(?:不能)?证明[^吗么]{0,12}[吗么]|[你您](?:真的|当真|真是)[^吗么呢哪几]{1,10}[吗么]",
    # what do you expect of me
    "难道|何必|何苦|凭[什啥]|至于吗|有必要吗|有用吗|有意思吗|有区别吗|有完没完|够了没|烦不烦|累不累|冤不冤|[那这][能也][叫算行怪][^吗]{0,6}吗|[你您]说(?:怎么|咋)|[啊嗯]什么[啊嗯]?|满意了吧|行了吧",
    "[怪怨]谁|谁[让管]|谁叫[你您他]|谁规定|谁告诉[你您]|谁说的|谁知道|谁家[没不]|谁心疼|骂谁|就你(?:一家|事多|急|没看见|一个)",
    "关我们?[什啥]|[跟和与]我们?有?(?:什么|啥)关系|有(?:什么|啥)(?:用|好说|好问|区别|意思|了不起|大不了|可[说讲急怕吵问看])",
    "我们?(?:又|还)?有(?:什么|啥)(?:办法|法子)|能有?(?:什么|啥|怎么)(?:办法|法子|办|样|着)|[拿把][^吗么什怎]{0,6}怎么[着样办]|我们?又?(?:怎么|咋|哪里?|哪儿)[会能可知]",
    "[急吵喊凶嚷吼叫催慌怕闹哭横谢误叽]个?(?:什么|啥)|早干[吗嘛什]|干(?:吗|嘛|什么)[不去呢]|[这那](?:话|么说)?(?:是)?什么(?:意思|态度|道理)|什么叫",
    "[你您]这个人(?:怎么|咋)|[你您]?(?:怎么|咋)知道|[你您]怎么[能会不没又还老总就才这那连]|[你您][^吗么在]{1,8}干(?:什么|嘛|啥)|"
    "怎么(?:可能|又是|老是|总是|这么|那么|敢|好意思|不早|什么都|连|就不|还不|都不)",
    "(?<![是要])不是[^吗么是]{1,12}[吗么]|就(?:没有?|不能|不会|不是)[^吗么哪几什]{1,12}[吗么]|[你您](?:自己)?觉得[^吗么呢哪几什]{0,8}(?:可能|现实|合适|合理|应该|像话|[对行])[吗么嘛]|"
    "哪(?:年|天|回|次|家|个人)[^吗么呢]{0,5}不(?:得|是|要|都)|[你您]说(?:是不是|对不对)(?=$|[这吧呢啊呀我])|(?:一天|想想|算算)[^吗么呢]{0,6}多少(?!钱|度|时)",
    "咋[就又老不没]|哪(?:有|能|会[^儿]|来的|知道|像|门子|儿知道|里知道|儿能|里能|敢|轮得到)",
    # a request that is an order
    "你能不能[挑说别不快小先安讲]|(?:你|别|重点|听我[说讲]|快点|赶紧|小声|冷静|讲道理)[^您吗]{0,8}(?:行不行|好不好|行吗|可以吗|可不可以)",
)
"""No answer is wanted: the form is a question, the sense a reproach."""

_OFFER = _any_of(
    "(?:另外还|还|另外|再)(?:有没有|有没得|有|想|要|需要)(?:帮您|帮你|我帮您|我)?"
    "(?!.{0,8}(?:症状|反应|证件|材料|票|照片|合同|记号|特征|受伤|多久|多少|几|一个|一次|两|时间|机会|可能|余额|钱))"
    "[^您我]{0,3}?(?:什么|啥子?|哪[样儿里一些句]|别的|其他|其它|另外|想|要|用得着|补充|需要|[吗没么])"
    "(?:.{0,9}?(?:[吗没么]|不$|事儿?|问题|地方|说|问|帮|办|忙|反映|服务|业务|弄|呢|了解|要求|诉求|吩咐|补充))?",
    "(?:有|需要|要)(?:什么|啥|哪些|哪方面)(?:问题|事情|事|业务)?的?是?(?:可以|能|能够|需要|想)?(?:我们?)?(?:能|可以)?"
    "(?:帮|协助|服务|为您|给您|咨询|反映)[^吗]{0,3}",
    "(?:什么|啥)(?:可以|能|能够)[帮为给]到?[您你]?|有(?:什么|啥)需要|[您你]?(?:需要|想要|想|要)?(?:咨询|反映|办理)(?:什么|啥|哪)(?:方面|业务|问题|事情?)?",
    "(?:要不要|需不需要|需要)我们?[^吗]{0,14}[吗么]?",
)
"""May I do (more) for you?"""

_CONFIRM = _any_of(
    "对[吗吧么]|对不对|是[吗吧么]|没错吧|是这样[吗吧]|是这个情况|是这个意思",
    "[听看][得的]?(?:清楚|[清见到懂])了?我?(?:说话)?[吗么]|能[听看](?:清楚|[到见清懂])我?(?:说话|说的)?[吗么]|还?在(?:不在|吗|听吗)",
    "(?:明白|清楚|理解|懂|知道|记下来?|记住|记好|了解)了?[吗么]",
)
"""Have I understood, do you follow, are you there?"""

_CONSENT = _any_of(
    "[好可行成](?:以)?[吗么]|好不好|可不可以|行不(?:行|呀|啊|$)|方便吗|同意吗|可以不|中不中|您看(?:这样)?(?:可以|怎么样|[行好成呢])",
)
"""May it be done like this?"""

_IDIOMS = (
    (QuestionKind.CONTACT, re.compile(_CONTACT)),
    (QuestionKind.RHETORICAL, re.compile(_RHETORICAL)),
    (QuestionKind.OFFER, re.compile(_OFFER)),
    (QuestionKind.CONFIRM, re.compile(_CONFIRM)),
    (QuestionKind.CONSENT, re.compile(_CONSENT)),
)
"""Looked for in this order; the first that claims a place has it."""

_MAY_BE_IDIOM = re.compile(
    "[吗么嘛什啥谁怎咋哪几何凭吧]|贵姓|称呼|多少|没有|难道|不[懂讲烦冤好可行中在对会知是]|干[嘛啥]|[你您](?:确定|以为|说呢)|够了|就你|早干|关我|[怪怨]谁|[您再还]看?[可行好成有要需]|需要|还是"
)
"""A cheap look before the costly one: every idiom holds one of these."""

_OPEN = re.compile(
    "为什么|为啥|怎么(?:回事|样了|了|个|发生|弄|坏|停|说|来的|办的|处理|出现|想|引起)|哪方面|"
    "什么(?:情况|原因|问题|症状|过程|经过|现象|反应|想法|要求|诉求)|(?:描述|说说|讲讲|说一说|讲一讲|说一下|讲一下|介绍一下)"
)
_ASKED_TO_TELL = re.compile("^(?:您|一下|当时|具体|的|情况|问题|经过|详细|大概){0,6}[吗么]")
_POINTED = re.compile(
    "什么|啥|几点|第?几(?:号楼|楼|层|栋|幢|单元|室|号|年级|岁|口人|区|期|箱|分钟了|度|排|门)|多(?:久|少|大|远|高|长)|"
    "哪(?:个|些|里|儿|块|条|家|边|种|位|所|一|会儿|路|段|头|天|年)|[是找给由]谁|谁(?:[在给负接收]|的)|怎么|咋"
)
_CUE = re.compile(
    f"{_OPEN.pattern}|{_POINTED.pattern}|吗|[了过得着]没有?|[了过][^不没是]{{1,8}}没有(?=$|您|就是|呢|啊|呀)|有没得|还是|[不没]"
)
_WORTH_READING = re.compile("[吗么什怎哪多几谁咋啥姓称对行可好没不还看说讲描凭道何难]")

_IN_STATEMENT = re.compile(
    "(?:没|没有|不管|无论|不论|不知道|不清楚|不晓得|不记得|不一定|[去来帮再]看看?|看一下|我看|您看看|查[查实]?一?下?|核[对实]一?下?|搞清楚?|"
    "弄清楚?|随便|任何|也不|都不|不用|不需要|不是|不|告诉[您你]|[跟给和][您你][说讲]|教[您你]|说清楚?|说明|取决于|知道|只要|按|每|像|其实|"
    "无所谓|客气|就|[要得]看.{0,8}|看了.{0,8}|没个|算|反映|登记|记录|记下|写清?|问问|问一?下|该|打听|研究|考虑|决定|看|因为)"
    "(?:他们?|她们?|您家?|你|我们?|这个|那个|这|那|具体|到底|究竟|是|有|在|因|出|现在|的|说|您的){0,3}$"
)
"""Before a question word: then it is part of a statement, or of a question that another asks."""

_ASKS_AFTER_ALL = re.compile(
    "(?:请问|问一?下|核[对实]一?下|了解一?下)(?:您|您的|您家|您是|您那边|您这边|现在|当时|具体|大概|是|在|住){1,3}$"
)
_ABOUT = frozenset({"左右", "前后", "钟左右"})
"""After 几点, at the end: asked whatever stood before."""
_SOME = re.compile("[好十这那前后过等近上下隔]$")
"""Before 几 and 多: then it is some, not how many."""
_EVEN = re.compile("^.{0,3}[都也](?!没有?$)|^的话|^(?:我|我们|您|你)?就")
_LEFT_OPEN = re.compile(
    "^有[点些]|^.{0,8}(?:都[行成能]|都可以|才知道|才好说|才能|就不|我没法|我不能|不晓得|不知道|说了[不算]|不好说|不敢|[得要]看|由我们|就是多少|就怎么|都是?一样|都差不多|反正|也就|我?(?:这里|这边|们)?[看查说]不(?:到|出|了|准|清)|意义不|没(?:有)?(?:什么)?意义|无所谓)|"
    "^.{1,3}的?(?:再说|另说|另算)|^.的?都[不没无]"
)
"""After a cue: what it asks is said to be open or all the same, so nobody is asked."""
_NOT_TO_HAVE = re.compile("^(?:准|错|劲|意见|什么|办法|想|人|用|问题|关系|必要|这|那|任何|其他|提)")
_STILL = re.compile(
    "^(?:那|不|没|要|得|叫|让|找|自己|请|建议|可以|先|这|老|有|会|能|应|很|比较|挺|需|按|希望|尽|给|我|帮|打|去|到|等|麻烦|多|再|算|蛮)"
)
_CORRELATIVE = re.compile(
    "(?P<twice>.(?:谁|哪儿|哪里|什么|啥|多少|几|怎么|咋).{0,2})(?P=twice)|(?P<once>谁|哪儿|哪里|什么|啥|多少|怎么)[^吗么呢]{0,4}(?P=once)[^吗么呢]{0,3}[就也都算]|"
    "谁[^吗么呢]{1,3}(?:的|了|过)?谁|(?P<verb>[问说要想有缺差])(?:什么|啥)[我就咱你您]{0,2}(?:[答说给办补讲查报记]|(?P=verb))(?:什么|啥)"
)
"""爱找谁找谁, 您走到哪里哪里就，谁用的谁交: the one answers the other, and nobody is asked."""
_EITHER = re.compile("是[^是吗么]{1,10}$|[用要走坐在从][^是吗么]{1,10}的$")
_OR = re.compile("^[^吗么]{1,10}的(?:$|[呀呢啊哦]|您|[^吗么都]{1,3}$)")
"""您是单位交的 还是自己交的: the same form on both sides of 还是."""
_CHOICE = re.compile("(?:是|要|用|在|从|对|跟|给|住|的|了|去|坐|走|刷|属于|[错快慢红白冷热])[^是]{0,10}$")
_SAME_BREATH = re.compile("[^吗么呢吧哪几]{0,14}?[吗么呢]")
"""What follows a reproach up to the 吗 with which it ends."""
_TAIL = 5
"""Characters after an idiom in which a cue (还有别的事要我办吗) still belongs to it."""
_REACH = 14
"""Characters before a cue in which the question's beginning (您, 请问) and what governs it are looked for."""


@lru_cache(maxsize=8192)
def find_questions(text: str) -> tuple[Question, ...]:
    """The questions in normalised ``text``, in order; cues of one genuine question that follow closely count once."""
    if _WORTH_READING.search(text) is None:
        return ()
    idioms = list(_idioms(text))
    plain = (q for q in _plain(text) if not any(q.start < i.end + _TAIL and i.start < q.end for i in idioms))
    merged: list[Question] = []
    for question in sorted([*idioms, *plain], key=lambda q: (q.start, q.end)):
        last = merged[-1] if merged else None
        if last and question.start - last.end <= 2 and {last.kind, question.kind} <= GENUINE:
            merged[-1] = Question(last.kind, last.start, max(last.end, question.end))
        else:
            merged.append(question)
    return tuple(
        _from_its_beginning(text, question, merged[i - 1].end if i else 0) for i, question in enumerate(merged)
    )


def _from_its_beginning(text: str, question: Question, after: int) -> Question:
    """The question from the 您 or 请问 before its cue, where there is one not far away and not of another question."""
    floor = max(after, question.start - _REACH)
    before = text[floor : question.start]
    nearest = max(before.rfind(word) for word in ("请问", "您", "你"))
    return Question(question.kind, floor + nearest if nearest >= 0 else question.start, question.end)


def _idioms(text: str) -> Iterator[Question]:
    taken: list[tuple[int, int]] = []
    if _MAY_BE_IDIOM.search(text) is None:
        return
    for kind, pattern in _IDIOMS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind is QuestionKind.RHETORICAL and text[max(0, start - 1) : start + 2] == "是不是":
                continue
            if not any(start < e and s < end for s, e in taken):
                if kind is QuestionKind.RHETORICAL and text[end - 1] not in "吗么呢":
                    rest = _SAME_BREATH.match(text, end)
                    end = rest.end() if rest else end
                taken.append((start, end))
                yield Question(kind, start, end)


def _plain(text: str) -> Iterator[Question]:
    answered = tuple(_CORRELATIVE.finditer(text))
    for match in _CUE.finditer(text):
        start, end = match.span()
        if any(both.start() <= start and end <= both.end() for both in answered):
            continue
        kind = _kind(text, match.group(), start, end)
        if kind is not None:
            whole = (start - 1, end + 1) if match.group() in ("不", "没") else (start, end)
            yield Question(kind, *whole)


def _kind(text: str, cue: str, start: int, end: int) -> QuestionKind | None:
    """What a cue at ``[start, end)`` makes; None where it stands in a statement."""
    before, after = text[max(0, start - _REACH) : start], text[end : end + 14]
    if _LEFT_OPEN.match(after):
        return None
    if cue in ("不", "没"):
        return _a_not_a(before, after)
    if cue in ("吗", "还是") or "没" in cue:
        return QuestionKind.CLOSED if _is_closed(cue, before, after) else None
    if cue[0] in "描说讲介":
        return QuestionKind.OPEN if _ASKED_TO_TELL.match(after) else None
    stated = _EVEN.match(after) or _is_stated(before) or (cue[0] in "几多" and _SOME.search(before))
    if stated and after not in _ABOUT:
        return None
    return QuestionKind.OPEN if _OPEN.fullmatch(cue) else QuestionKind.POINTED


def _is_stated(before: str) -> bool:
    """Whether what stands before a question word makes it part of a statement."""
    return bool(_IN_STATEMENT.search(before)) and not _ASKS_AFTER_ALL.search(before)


def _is_closed(cue: str, before: str, after: str) -> bool:
    """Whether 吗, 还是, or 没有 after a verb asks for a yes or a no, or for one of two."""
    if cue == "吗":
        return bool(before) and before[-1] not in "干嘛"
    if cue == "还是":
        if not after or not _CHOICE.search(before):
            return False
        return bool(_STILL.match(after) is None or (_EITHER.search(before) and _OR.match(after)))
    return len(before) > 1 and not _NOT_TO_HAVE.match(after)


def _a_not_a(before: str, after: str) -> QuestionKind | None:
    """热不热, 有没有: the same character on both sides of the negation."""
    if not before or not after or before[-1] != after[0] or before[-1] in "一动时":
        return None
    lead = before[:-1]
    if _is_stated(lead):
        return None
    return QuestionKind.CONFIRM if before[-1] == "是" and len(after) == 1 else QuestionKind.CLOSED
