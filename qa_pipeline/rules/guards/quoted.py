"""``quoted`` (引用): the words are somebody else's, are not to be said, or are themselves what is talked about.

    covered: 您刚才说【没办法】；物业跟您讲【这是规定】是吗；我们从来不说【这是规定】；【没办法】这三个字
    not:     我跟你说【这是规定】；你说怎么办【我也没办法】；我们领导说了【这是规定】；不是跟你说了吗【这是规定】

Walking back from the match: the nearest verb of saying, with nothing of weight in between; then to whom, when and how
it was said; then who says it. The speaker himself, and whoever he hides behind (领导 文件), are no others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from qa_pipeline.features import Passage
from qa_pipeline.rules.guards.words import (
    CUSTOMER,
    FILLERS,
    NEAR,
    TO_CUSTOMER,
    TO_SPEAKER,
    has,
    last_word,
    peel,
    plain,
    words,
)

GAP = 10
"""How many characters may lie between the verb of saying and the match."""

_SAYING = words(
    "说 讲 说过 讲过 回 回复 答复 回答 答 回应 告诉 通知 提到 反映 写 写着 念叨 抱怨",
    "的意思是 答复是 回复是 说法是 解释是 出现",
    "告知 承认 嘟囔 发的 认为 觉得 以为 意思是 听到 听见 一句 了句 问 骂 喊 嚷 吼 叫 让",
)
_ENDS_OF_SAYING = frozenset(verb[-1] for verb in _SAYING)
_THINKING = words("认为 觉得 以为")
_OF_OTHERS_ONLY = words("问 骂 喊 嚷 吼 叫 让")
"""您骂我也没办法 is no quotation: these need a third person as their subject."""
_TOLD = words("回 回复 答复 回答 答 告诉 告知 通知 骂 问 喊 吼 叫 让")
"""Verbs that take the listener as their object: 回您, 骂您."""

_COMPLEMENT = words("的是 的就是 的 是 了 着 过 一句 句 声 就是 就 说 那句 这句 的那句 的这句", *FILLERS)
"""What may stand between saying and said."""
_THEIR_SUBJECTS = words("我们 我们这边 他们 你们 您 你 他 她")
"""Of whom it is said: 说他们【没办法】."""
_STARTS_ANEW = re.compile(r"[我咱您你但可吗呢吧呀的]|不过")

_NEVER_SAID = words(
    "不能 不会 不该 不应该 不可以 不许 不准 不允许 不让 禁止 不要 别 不敢 不想 不得 不可能 不好",
    "从不 绝不 决不 从来不 从来不会 没 没有 从来没 从来没有 没人 没有人",
    "哪能 哪敢 怎么能 怎么会 怎么可以 怎么可能 谁会",
)
_WHEN = words(
    "刚才 刚刚 刚 之前 上次 上回 上周 当时 前面 前天 昨天 今天 上午 下午 早上 昨晚 那天 后来 最后 已经 上一句 那会儿",
    "现在 马上 正式 这次",
)
_HOW = words(
    "也 就 都 还 又 老 总 总是 一直 可能 会 要 要是 可 只 光 竟然 居然 直接 反复 每次 天天 是 不是 在 再 一个劲 大概",
    "这边 电话里 其实 确实 然后 张口就 一上来就 上来 动不动就 好像 过来 打来 甩 丢 扔 明明 肯定",
    "了 到 去 回 随便 轻易 面前 当面 特别 个别 当场 来 来了 习惯 爱 喜欢 承认 想 给的 给您的",
)
_PEELED = _WHEN | _HOW | _NEVER_SAID | TO_CUSTOMER | TO_SPEAKER | FILLERS
"""What may stand between who says it and the verb: when, how, to whom, and a not."""

_MANNER = re.compile(
    r"(?:怎么|这么|那么|爱咋|多少|懒得|只能|(?<!不)可以|(?<!不)应该|不得不|不瞒|老实|坦白|简单|严格|一般|总的|解释|强调|重复"
    r"|据|听|(?<!一)直|明|再|[的般格体讲们您你]来|话|句话|不好听|难听|按.{1,4}|从.{1,5}|照我?|要我?|依我?)(?:[跟对和]?[您你他她])?$"
    r"|(?:让|叫|请|等|由)[您你他她]们?(?:先|自己)?$|(?:自己说|找谁|跟谁|[上到去]哪里?儿?)$"
)
"""怎么说, 只能说, 按理说, 让他说: ways of speaking, not somebody's words."""

_SPEAKER = re.compile(
    r"(?:我|我们|咱|咱们|本人)(?:这边|这里|这儿)?$|我们?[也都又]?[跟对给和同].{0,4}(?:客户|用户|别人|先生|女士)$"
)
_OWN_SIDE = re.compile(
    r"(?:^|(?<![您你他她们家的业]))"
    r"(?:领导|上级|(?:上面|上头|上边)(?:的人)?|总部|文件上?里?|政策上?里?|系统里?上?|制度|条例|规定里?上?)$"
    r"|(?:我们?|咱们?|本)(?:这边|的)?[\u4e00-\u9fff]{0,2}"
    r"(?:公司|单位|部门|中心|领导|主任|经理|班长|同事|师傅|所长|主管|[局科办站所]里?)$"
    r"|(?:^|那位|[了的吗吧啊好])(?:公司|单位|部门|中心|同事|主任|经理|班长|科长|局长|站长|组长)$"
    r"|(?:合同|协议|条款|章程|流程)[里上]?$"
)
"""Whoever an agent hides behind."""
_YOU = re.compile(r"[您你](?:们|自己|家里?人?)?$|[您你]的$")
_OTHERS = re.compile(
    r"(?:[他她它](?:们|那)?的?|人家|对方|别人|有人|谁|那边|那头|这边的?人|那位|那个人|那女的|那男的|个人|的人"
    r"|客户|用户|先生|女士|大爷|阿姨|小姑娘|小伙子|家人|家里|老伴|爱人|老公|老婆|孩子|儿子|女儿|媳妇|妈妈?|爸爸?"
    r"|公司|物业|社区|居委会|街道|村里|学校|医院|银行|驿站|派出所|热线|中心|平台|单位|部门|[\u4e00-\u9fff][局所站厅院部处科队会]"
    r"|师傅|司机|医生|大夫|护士|老板|店家|商家|窗口|前台|柜台|客服|坐席|柜员|老师|校长|房东|邻居|中介|经理|主任|会计|财务"
    r"|保安|门卫|人员|员工|同志|同事|管理员|收费员|快递员?|小哥|电工|民警|交警|城管|领导"
    r"|网上|短信|电话|原话|[\u4e00-\u9fff][上里头]面?)$"
)
"""Third persons, bodies, and where words are read or heard (牌子上, 录音里)."""
_REPORTING_FRAME = re.compile(
    r"[您你][^听让要再]{0,8}(?:说|讲|反映|提到)[^我咱但可]*$|(?<!我)怎么(?:回复|答复|回|说|讲)[您你]?的$"
)
"""您说校长当着家长面说: the caller's report goes on."""

_IF = re.compile(r"(?:如果|要是|假如|万一)[您你我们他]*.{0,4}$|我(?:们)?要是")
_FORBIDS = re.compile(r"(?:没有哪|没有任何|不允许|禁止|不准|不许|没让).{0,8}$")
"""没有哪条规定让我们说."""
_EARLIER = words("刚才 刚刚 刚 上一句 之前 前面 那会儿 上午 下午 早上 昨天 上次")
_TAKEN_BACK = re.compile(
    r"说急|说重|说错|不对|不合适|不妥|道歉|抱歉|收回|不该|对不起|没.{0,3}[说讲]清|不好意思|口误|欠妥"
)
_RHETORICAL = re.compile(r"^.{0,3}(?:我能|我有什么|我怎么|让我|叫我|怪谁|赖谁|怪得了|能怨|能改)")
_ASKED_BACK = re.compile(r"^.{0,2}[吗嘛]")

_CALLED = re.compile(
    r"(?:所谓的?|叫做|叫作|什么叫|这句|那句|这个词|那个词|[张闭开][口嘴](?:就是|就)?|电话里?[都全就]是|原话就?是(?:不是)?)$"
)
_NAMED_AFTER = re.compile(
    r"^(?:[这那](?:句|种|样的|些)?话|[这那]样的(?:答复|回答|说法)|[这那]种(?:答复|回答|说法|态度)|的?(?:[这那]个)?说法|的话术"
    r"|[这那]?[几一两三四五六]+个字|.{0,4}[他她]们?的?原话"
    r"|.{0,3}(?:[他她]们?|人家|当时|对方)(?:就|是|就是)?这么(?:跟[您你])?[说讲])"
)
_SAID_SO_OFTEN = re.compile(r"(?:[跟对和给][您你])?[说讲]了?过?就?(?:多少|好几|几|八百|无数|一百|最后)?[遍次回]")
"""这是规定，我跟你说过多少遍了."""
_PUT_OFF = re.compile(
    r"^(?:就|来|就来|就想)?(?:把|给)?[您你老人家]{0,3}(?:搪塞|打发|应付|敷衍|糊弄|堵|挡|推托|推脱|推卸|推诿|当理由|当借口|做借口|当挡箭牌)"
)
_BY_MEANS_OF = words("拿 用 以 靠 一句 拿一句 用一句 拿个 老拿 总拿")

_OPENING, _CLOSING = "“「『‘", "”」』’"


def is_quoted(passage: Passage, start: int, end: int) -> bool:
    """Whether ``passage.text[start:end]`` is named rather than said."""
    text = plain(passage.text)
    before, said, after = text[max(0, start - NEAR) : start], text[start:end], text[end : end + NEAR]
    if _SAID_SO_OFTEN.search(after[:16]):
        return False
    if _CALLED.search(before) or _NAMED_AFTER.match(after):
        return True
    if _PUT_OFF.match(after) and last_word(before, _BY_MEANS_OF):
        return True
    whose = attributed(before, said, after)
    if whose is not None or not passage.has_quotes:
        return bool(whose)
    return _in_quote_marks(*passage.around(start, end))


@dataclass(frozen=True)
class _Telling:
    """Words before the match taken apart: ``subject`` ``how`` ``verb`` ``gap``【said】``after``."""

    subject: str
    how: str
    verb: str
    gap: str
    said: str
    after: str


def attributed(before: str, said: str, after: str) -> bool | None:
    """Whether ``said`` is put into somebody else's mouth: True, False (the speaker's own), None (nobody says it)."""
    found = _verb_of_saying(before)
    if found is None:
        return None
    lead, verb, gap = found
    subject = peel(lead, _PEELED)
    telling = _Telling(subject, lead[len(subject) :], verb, gap, said, after)
    if _MANNER.search(lead) or _MANNER.search(subject) or not _runs_on(telling):
        return False if _SPEAKER.search(subject) else None
    if has(telling.how, _NEVER_SAID) and verb not in _OF_OTHERS_ONLY and not _YOU.search(subject):
        return not _ASKED_BACK.match(after) and verb not in _THINKING
    if verb == "出现":
        return None
    judge = next((judge for who, judge in _BY_SUBJECT if who.search(subject)), _somebody_said)
    return judge(telling)


def _verb_of_saying(before: str) -> tuple[str, str, str] | None:
    """The nearest verb of saying before the match: what comes before it, itself, and what lies in between."""
    for cut in range(len(before), max(0, len(before) - GAP), -1):
        if before[cut - 1] in _ENDS_OF_SAYING and (verb := last_word(before[:cut], _SAYING)):
            return before[: cut - len(verb)], verb, before[cut:]
    return None


def _runs_on(telling: _Telling) -> bool:
    """Whether what lies between the verb of saying and what is said lets the quotation run on."""
    gap, subject = telling.gap, telling.subject
    if gap == "什么":
        return not _YOU.search(subject) and not _SPEAKER.search(subject)
    rest = peel(gap, _COMPLEMENT)
    if not rest or (telling.verb in _TOLD and rest in CUSTOMER):
        return not gap.startswith(("的那个", "的这个"))
    if rest == "那":
        return not _YOU.search(subject)
    if telling.said.startswith(("我", "您", "你", "这", "那")):
        return False
    if rest in _THEIR_SUBJECTS:
        return not (_YOU.search(subject) and rest in CUSTOMER)
    return bool(_OTHERS.search(subject)) and not _STARTS_ANEW.search(rest)


def _speaker_takes_back(telling: _Telling) -> bool:
    """我刚才说【没办法】是我不对；我要是说【没办法】..."""
    if "不是" in telling.how and not re.search("[了过]", telling.gap):
        return not _ASKED_BACK.match(telling.after)
    supposed = (
        _IF.search(telling.subject) or _FORBIDS.search(telling.subject) or _IF.search(telling.subject + telling.how)
    )
    return bool(supposed or (has(telling.how, _EARLIER) and _TAKEN_BACK.search(telling.after)))


def _own_side_told_you(telling: _Telling) -> bool:
    """我们师傅跟您说【没办法】 reports; 我们领导说了【这是规定】 hides behind somebody."""
    return has(telling.how, TO_CUSTOMER) and "了" not in telling.gap


def _listener_said(telling: _Telling) -> bool:
    """您说【...】: a quotation, unless 您 is only called to witness, or may say what he likes."""
    if telling.verb in _OF_OTHERS_ONLY or re.search("[再去爱]", telling.how):
        return False
    if telling.said.startswith("我") and has(telling.how, TO_SPEAKER):
        return False
    if telling.verb in _THINKING and _ASKED_BACK.match(telling.after):
        return False
    return bool(telling.gap or telling.how) or not _RHETORICAL.match(telling.after)


def _others_said(telling: _Telling) -> bool:
    """他说【...】: a quotation, unless nobody in particular says it (跟谁说) or it asks back (有人说过吗)."""
    if telling.subject.endswith("有人") and _ASKED_BACK.match(telling.after):
        return False
    if telling.said.startswith("我") and (has(telling.how, TO_SPEAKER) or telling.gap in CUSTOMER):
        return False
    return not telling.subject.endswith(("跟谁", "不管谁", "无论谁"))


def _somebody_said(telling: _Telling) -> bool | None:
    """A subject that no table knows is somebody else, unless it ends like a clause or the speaker stands close by."""
    subject = telling.subject
    if not subject:
        return True if telling.gap == "什么" else None
    near = subject[-6:]
    known = _REPORTING_FRAME.search(subject) or telling.gap == "什么"
    return True if known or not re.search(r"[我咱]|[您你]要|[吗呢吧啊了的呀嘛不用必好想法说讲]$", near) else None


_BY_SUBJECT: tuple[tuple[re.Pattern[str], Callable[[_Telling], bool | None]], ...] = (
    (_SPEAKER, _speaker_takes_back),
    (_OWN_SIDE, _own_side_told_you),
    (_YOU, _listener_said),
    (_OTHERS, _others_said),
)


def _in_quote_marks(before: str, after: str) -> bool:
    """Whether an opening quotation mark before is closed only after."""
    near_before, near_after = before[-NEAR:], after[:NEAR]
    opened = max(near_before.rfind(mark) for mark in _OPENING) > max(near_before.rfind(mark) for mark in _CLOSING)
    closes = min((near_after.find(mark) for mark in _CLOSING if mark in near_after), default=-1)
    reopens = min((near_after.find(mark) for mark in _OPENING if mark in near_after), default=len(near_after))
    return opened and 0 <= closes < reopens
