"""Content words, and the stretches of a text that give another's back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from qa_pipeline.text.segment import Token, segment

MAX_WORDS = 6
"""Words that a stretch names."""

LONGEST_BREAK = 4
"""Content words of one's own that may stand between two given back within one stretch."""

_STOP = frozenset(
    re.findall(
        r"\S+",
        "我们 你们 您们 他们 她们 它们 咱们 自己 大家 人家 这个 那个 这些 那些 这里 那里 这边 那边 这样 那样 这么 "
        "那么 什么 怎么 怎样 为什么 哪个 哪里 哪些 多少 一个 一下 一点 一些 一直 一样 一定 有点 有些 现在 刚才 "
        "刚刚 时候 之前 以前 以后 之后 然后 后来 已经 还是 还有 或者 或是 但是 可是 不过 因为 所以 如果 要是 就是 "
        "也是 都是 不是 是不是 有没有 没有 可以 可能 能够 能不能 应该 需要 不要 不能 不会 不用 知道 不知道 觉得 "
        "感觉 认为 说话 打电话 电话 请问 您好 你好 谢谢 感谢 不客气 麻烦 再见 好的 是的 对的 嗯嗯 没事 没关系 "
        "不好意思 对不起 抱歉 先生 女士 阿姨 大爷 师傅 帮忙 帮助 问题 情况 事情 东西 方面 地方 今天 昨天 明天 "
        "起来 出来 下来 过来 回来 上去 下去 进去 出去 过去 看到 看看 听到 反正 其实 真的 特别 比较 非常 而且 并且 "
        "只是 只要 只有 除了 关于 对于 的话 来说 行不行 好不好 那就 这就 给您 给我 帮您 跟您 咨询 反映 稍等 你说 "
        "您说 我说 他说 老是 总是 到底 究竟 当然 马上 尽快 立刻 差不多 左右 大概 或许 好像 赶紧 干什么 怎么办 "
        "这是 那是 我要 我家 您家 你家 我刚 打过 说了 ",
    )
)
"""Words that are said in any call."""

_STOP_CHARACTERS = frozenset(
    "的了吗呢吧啊呀哦嗯呃哎唉诶喂嘛呗哈我你您他她它咱俺们这那就是也都还在有个一不没别很太更最又再才只把被给跟"
    "和与对向从到去来上下里外要想会能可以说讲问看听做办弄搞打让叫得着过为因所以如果但而或请好行中用用走点些么"
    "什怎哪谁几多少大小先后前次回天年月日号时分秒块元钱家人事"
)
"""Single characters that say little of what the matter is."""

_NUMBERS = frozenset("0123456789零〇一二三四五六七八九十百千万亿两几半幺点第")


@dataclass(frozen=True, slots=True)
class Stretch:
    """``text[start:end]`` gives back ``words``."""

    start: int
    end: int
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """The content words of normalised ``text``."""
    return frozenset(token.text for token in segment(text) if is_content(token.text))


def is_content(word: str) -> bool:
    """Whether a word says what the matter is: no particle, no number, none that is said in any call."""
    return word not in _STOP and not _STOP_CHARACTERS.issuperset(word) and not _NUMBERS.issuperset(word)


def may_give_back(text: str, others: Iterable[str], min_words: int) -> bool:
    """Whether ``text`` has enough in common with the others to be worth jieba's time.

    That is two different pairs of characters, since one alone is chance, and telling characters for so many words.
    """
    heard = "\n".join(others)
    shared = set(text).intersection(heard) - _STOP_CHARACTERS
    return len(shared) > min_words // 2 and len(set(pairwise(text)).intersection(pairwise(heard))) > 1


def given_back(text: str, heard: frozenset[str], min_words: int, min_share: float) -> Iterator[Stretch]:
    """The longest stretches of ``text`` in which enough different content words are among those ``heard``.

    At least one of them has two characters or more: 吃坏 and 等车 are in everybody's mouth.
    """
    tokens = [token for token in _without_mockery(segment(text)) if is_content(token.text)]
    run: list[Token] = []
    own = 0
    for token in [*tokens, None]:
        if token is not None and token.text in heard:
            run, own = [*run, token], 0
            continue
        own += 1
        if token is not None and own <= LONGEST_BREAK:
            continue
        yield from _stretch(tokens, run, min_words, min_share)
        run = []


def _stretch(tokens: Sequence[Token], run: Sequence[Token], min_words: int, min_share: float) -> Iterator[Stretch]:
    words = tuple(dict.fromkeys(token.text for token in run))
    if len(words) < min_words or all(len(word) == 1 for word in words):
        return
    start, end = run[0].start, run[-1].end
    if len(run) >= min_share * sum(start <= token.start < end for token in tokens):
        yield Stretch(start, end, words[:MAX_WORDS])


def _without_mockery(tokens: tuple[Token, ...]) -> Iterator[Token]:
    """The tokens without those that are said twice or more running (投诉投诉)."""
    for number, token in enumerate(tokens):
        around = tokens[max(0, number - 1) : number] + tokens[number + 1 : number + 2]
        if all(other.text != token.text for other in around):
            yield token
