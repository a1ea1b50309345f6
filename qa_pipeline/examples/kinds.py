"""Whether a caller asks or objects (咨询 / 异议投诉), told from how he begins. Never for a score.

The manifest knows better where it has a column for it (``kind``, ``call_type``, ``业务类型`` ...). How often words
alone are right stands in docs/examples.md; it is a hint, and ``--exclude`` and ``--swap`` are there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum


class CallKind(StrEnum):
    """The two kinds of which a course opener is made: somebody asks, or something has gone wrong."""

    CONSULT = "consult"
    COMPLAINT = "complaint"

    @property
    def label(self) -> str:
        """In Chinese."""
        return "咨询" if self is CallKind.CONSULT else "异议投诉"


OPENING = 160
"""Characters of the caller's first words that are looked at."""

_COLUMNS = ("kind", "call_type", "type", "category", "业务类型", "诉求类型", "来电类型", "类型", "campaign")
_SAYS_COMPLAINT = re.compile("投诉|异议|反映|报修|举报|申诉|纠纷|complain|report|dispute", re.IGNORECASE)
_SAYS_CONSULT = re.compile("咨询|求助|查询|建议|consult|inquiry|enquiry|help|suggest", re.IGNORECASE)

_OBJECTS = (
    ("投诉|举报|维权|说法|告你们|曝光|反映|报修", 3.0),
    (
        "凭什么|怎么(?:又|就|回事|搞的|还)|为什么(?:不|没|又|还|给|要|多)|到底|不合理|不公平|骗|坑|乱收|多收|不退|太贵|过分|废物|他妈",
        2.0,
    ),
    ("收了?(?:我|俺)|扣了?我|给我(?:收|扣|核|算)|我要退|没退|不给退|退(?:了|给)?我|欠|不还我|没给", 1.6),
    (
        "没人(?:管|来|理|修|接|通知)|(?:一直|还是|始终|到现在|根本)(?:都|也)?(?:没|不)|好几[次天]|第[二三四五]次|[几两三四五六七八九十]+(?:次|天|个?月|个?星期|个?礼拜)[了没]",
        1.4,
    ),
    (
        "坏了|漏水|漏气|停水|停电|没水|没电|水没了|堵了|掉了|不亮|炸了|不热|拔凉|积水|倒了|生毛|化成|没收到|弄丢|吵|味道|闻到|鼓了|扑到|不走|没停",
        1.4,
    ),
    ("态度|生气|受不了|烦|影响(?:我|休息|睡)|不让|拒绝|推来推去|踢皮球|搞错|离谱", 1.2),
)
_ASKS = (
    ("咨询|想?问(?:一)?[下个问哪]|想(?:了解|知道|问|约|办)|请教|打听|建议|还有没有", 2.2),
    (
        "怎么(?:办|申请|交|查|弄|开|领|转|走|用|打|寄)|哪能|需要(?:什么|带|哪些)|什么(?:材料|条件|手续|流程)|能不能|可不可以|能打吗|得到不|最划算|在哪",
        1.5,
    ),
    ("我(?:要|想)(?:寄|办|约|订|开|申请|改|查)|不会弄|看不清|不懂|帮我", 1.0),
    ("吗|呢", 0.3),
)


def kind_of(first_words: Sequence[str], metadata: Mapping[str, object] | None = None) -> CallKind:
    """The kind of a call by its manifest, else by what its caller says first, utterance by utterance."""
    for column in _COLUMNS:
        said = str((metadata or {}).get(column) or "")
        if _SAYS_COMPLAINT.search(said):
            return CallKind.COMPLAINT
        if _SAYS_CONSULT.search(said):
            return CallKind.CONSULT
    opening = "，".join(first_words)[:OPENING]
    return CallKind.COMPLAINT if _weight(_OBJECTS, opening) > _weight(_ASKS, opening) else CallKind.CONSULT


def _weight(cues: Sequence[tuple[str, float]], text: str) -> float:
    return sum(weight * min(2, len(re.findall(pattern, text))) for pattern, weight in cues)
