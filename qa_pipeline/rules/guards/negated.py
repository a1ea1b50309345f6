"""``negated`` (否定): the words stand under a not.

    covered: 我们不会【不管】您；不是【没办法】，就是慢一点；不能因为【这是规定】就让您白跑；怎么能让您【自己想办法】呢
    not:     不能，【这是规定】；不是跟你【说了】吗；是不是【没看清楚】；没有，【我们也没办法】；帮不了您，【这是规定】

Walking back from the match over light words (让 把您 说 因为 ...), the first weighty one must be a not. A whole clause
(我们也没办法, 这是规定) cannot be governed by 不能 or 没有 themselves: those are then an answer of their own.
"""

from __future__ import annotations

import re

from qa_pipeline.rules.guards.words import (
    CUSTOMER,
    FILLERS,
    NEAR,
    TO_CUSTOMER,
    has,
    last_word,
    peel,
    words,
)

_NOT_A_CLAUSE = words(
    "并不是 并非 不至于 不存在 不代表 不等于 不意味着 不一定 不见得 未必 避免 防止 杜绝 不是只能",
    "总不能 怎么会 怎么可能 哪会 哪里会",
)
"""These can deny a whole clause."""
_NOT = _NOT_A_CLAUSE | words(
    "不是 不会 不能 不可能 不要 不用 不必 别 不该 不应该 不应 不希望 不想 不愿 不愿意 不敢 不许 不准 不允许 不得",
    "绝不 决不 从不 从来不 没 没有 从没 从来没有 没人 没有人 没谁 没有谁",
    "不可以 不兴 不光是 不只是 不光 用不着 犯不着 哪有 没有权力 没有理由 没有必要 没必要",
    "甭 不需要 无需 无须 不打算 没打算 没想 没想过 不曾 从未 未曾 严禁 禁止 谈不上",
    "说不上 算不上 轮不到 何必 何苦 何至于 不便",
    "哪能 岂能 怎么能 怎么可以 凭什么 谁会",
)

_NOBODY = words("没人 没有人 没谁 没有谁")

_LINK = words("说 讲 说过 讲过 因为 由于 拿 用 以 让 叫 使 以为 认为 觉得 回答 回复 答复 告诉 出现 发生 光说 只说 说把")
"""These turn a following clause into something that a plain not can govern."""

_LIGHT = words(
    "再 就 是 会 要 去 光 只 简单 轻易 随便 直接 一句 把 对 有 真 这种 这样 什么 我们 我 咱们 人 半点 丝毫",
    "的话 把您 把你 把老人家 就把您 让您 让你 给您 为您",
    *CUSTOMER,
    *TO_CUSTOMER,
    *FILLERS,
)
_NO_NEGATION = words(
    "特别 区别 差别 级别 个别 分别 告别 性别 类别",
    "没用 是不是 要不是 岂不是 不就是 又没 不是我说 不是我说您 不是我说你 不是我说他",
)
"""A not only in writing, or one that affirms."""
_EXPECTS_YES = words("难道 还 何尝 莫 谁 怎么 哪个")
"""难道不是, 还不是, 谁不是."""

_CLAUSE = re.compile(
    r"我|咱|[您你](?!自己(?:的|去|跑))|[他她]|谁|这是|这事|那是|是[您你]|规定|制度|系统|温度"
    r"|本来|只能|只好|随便|等着|别|爱|有本事|到时候|差不多|行了|急什么|说重点|烦|听"
)
"""How a match begins that is a whole clause, or is said on its own: 我们也没办法, 随便你."""
_WHEN = re.compile(r"天亮|今天|明天|后天|改天|回头|以后|之后|到时|下次|过.天|再说")
"""How a match begins that says when: after "nobody goes" it is a sentence of its own (没人去，天亮再说)."""
_A_THING = re.compile(r"的(?:问题|事情?|错|责任|原因|毛病)$")
_BUT_RATHER = re.compile(r"^.{0,4}?(?:而是|是因为|是|只是|主要是|也不是|就是想)")
_BACKED = words("并 也 倒 绝 绝对 真 真的 都 这 那 这个 完全 肯定 当然 更 其实 根本 从来 可")
"""也不是, 绝对不是: a not that leans on something is no interjection."""

_ASKED_BACK = re.compile(r"^.{0,3}?(?<![好行是对以])吗")
_OF_COURSE = re.compile(r"^.{0,1}嘛")
_DISPOSAL = re.compile(r"把[^把不没别]{1,4}$")
"""把责任, 把您的事."""
_TWO_SIDED = words("光 光说 只说 光跟您说 让您 让你 叫您 让老人家 拿 说 单说 一句")
_WILL_NOT_DO = re.compile(
    r"^.{0,3}?(?:肯定|绝对|当然|确实|是|也|真)+(?:不合适|不对|不应该|不像话|说不过去|不行的|不妥|不负责)(?!吗)"
)
"""光说【这是规定】是不行的."""


def is_negated(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` stands under a not."""
    before, said, after = text[max(0, start - NEAR) : start], text[start:end], text[end : end + NEAR]
    if _WILL_NOT_DO.match(after) and last_word(before, _TWO_SIDED):
        return True
    rest = _DISPOSAL.sub("", before)
    while word := last_word(rest, _NOT | _LIGHT | _LINK | _NO_NEGATION):
        if word in _NO_NEGATION:
            return False
        if word in _NOT:
            lead, link = rest[: -len(word)], before[len(rest) :]
            return not _affirms(word, lead, after) and _governs(word, lead, link, said, after)
        rest = _DISPOSAL.sub("", rest[: -len(word)])
    return False


def _affirms(negation: str, lead: str, after: str) -> bool:
    """Whether the not is half of a question (能不能, 有没有) or one that expects yes (难道不是, 不是说了吗)."""
    if lead and negation[0] in "不没" and lead[-1] in negation[1:2] + ("有" if negation[0] == "没" else ""):
        return True
    if negation == "别" and lead.endswith(("能不能", "可不可以")):
        return True
    if negation == "不是" and (_OF_COURSE.match(after) or last_word(lead, _EXPECTS_YES)):
        return True
    return bool(_ASKED_BACK.match(after))


def _governs(negation: str, lead: str, link: str, said: str, after: str) -> bool:
    """Whether the not can reach ``said`` across the light words of ``link``."""
    if (link.endswith("就") and said.startswith("只")) or (negation == "凭什么" and not has(link, _LINK)):
        return False
    if negation in _NOBODY and _WHEN.match(said) and not has(link, _LINK):
        return False
    plain = said.startswith(("不", "没"))
    if negation == "不是" and last_word(lead, words("又 可")) and not plain and not has(link, _LINK):
        return False
    if not _CLAUSE.match(said) or _A_THING.search(said) or has(link, _LINK):
        return True
    if negation in _NOT_A_CLAUSE:
        return True
    backed = bool(last_word(peel(lead, FILLERS), _BACKED)) or bool(_BUT_RATHER.match(after))
    return negation == "不是" and backed
