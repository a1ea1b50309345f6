"""Guards: words that are said without being meant. They decide whether an agent can trust the tool.

``quoted``       (引用) 您刚才说"没办法"; 不要跟客户说这是规定; the speaker names the words, they are not his own.
``negated``      (否定) 我们不会不管您; 不是说随便您.
``echo``         (复述) the agent gives back the customer's very words just after he said them.
``polite_turn``  (转折) 虽然有规定，不过我帮您申请: the hard words are followed, in the same turn, by an offer of help.

Each works on the normalised text of one turn, so none depends on punctuation; quotation marks, where the recogniser
writes them, are used as well. A guarded match stays visible: it becomes the reason of a pass, with the guard's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Role, Seconds
from qa_pipeline.rules.schema import Guard

ECHO_WITHIN_S: Seconds = 15.0
ECHO_MIN_CHARS = 3
POLITE_WITHIN_CHARS = 30

_REPORTED = re.compile(
    r"(?:[您你他她咱]们?|人家|客户|用户|有人|别人|网上|同事|师傅|之前|刚才|上次|当时|前面|里面|牌子上)"
    r"(?:那边|那位|这边|之前|刚才|刚刚|上次|当时|可能|是|就|也|都|还|会|要|老|总|一直){0,2}"
    r"(?:说过?|讲过?|提到|反映|反映的是|认为|觉得|以为|写着?|问|骂)(?:的)?(?:是|了|我|我们|您|你|什么)?$"
)
_FORBIDDEN_TO_SAY = re.compile(
    r"(?:不会|不能|不要|不该|不应该|不可以|不想|不敢|不得|没有|没|别|从不|绝不|从来不|从来没|从没|怎么能|怎么会|哪能|哪会)"
    r"(?:再|去|就|跟您|跟你|对您|对你|和您|跟客户|对客户|跟您们)?(?:说过?|讲过?|回答|回复|答复|用)(?:这种|这样的?|什么|一句|您|你)?$"
)
_CALLED = re.compile(r"(?:所谓的?|叫做|叫作|什么叫|这句|那句|这个词|那个词|这种|哪有什么)$")
_NAMED_AFTER = re.compile(r"^(?:这句话|那句话|这种话|这样的话|这话|这几个字|这四个字|的说法|这个说法|这种说法|的话术)")
_SUBJECT_IS_SPEAKER = re.compile(r"(?:我|我们)(?:跟|和|对|给|同|向|已经|再|刚才|都|就)*[您你他她]$")
_ASKS_TO_SAY = re.compile(r"(?:听|让|请|等|先|由)[您你他她]?们?$")

_NEGATION = re.compile(
    r"(?:不会|不能|不是|并不是|并非|不至于|不可能|绝不|决不|从不|从来不|从来没有?|没有|没说|不要|不用|不必|别|不该|不应该|避免|防止|不希望|不想|不愿|不敢)"
    r"(?:说|让|让您|让你|叫您|把您|对您|跟您|给您|再|就|是|会|要|让大家)?$"
)
_RHETORICAL = re.compile(r"(?:是不是|能不能|会不会|要不要|想不想|有没有|可不可能|难道不是|还不是|又不是|不是没有)$")

_OFFER = re.compile(
    r"(?:我|我们|这边|咱们)(?:这边|现在|马上|先|再|可以|会|来|去|也|都|尽量|尽力|一定|还是|这就|就|能|愿意){0,3}"
    r"(?:帮|给|替|为)(?:您|你|咱)|(?:帮|给|为|替)您(?:申请|登记|转|查|问|反映|联系|记录|协调|想|看看|核实|催|报|安排|处理|办|争取|说明|解释)"
    r"|我(?:马上|这就|来|现在就?|先)(?:登记|转|查|问|反映|联系|记录|协调|核实|催|报|安排|处理)"
    r"|您(?:可以|看看?|也可以|不妨)(?:拨打|打|到|去|在|先|通过|带|试|联系|申请|考虑|选择|这样)|建议您|我尽力|我们尽力|我们一起|我们会(?:派|安排|尽快|马上|跟)"
)
_NOT_AN_OFFER = re.compile(r"[帮给为替](?:不了|不上)[您你]?|(?:没法|无法|不能|没办法|凭什么|怎么)[帮给为替][您你]")


def guard_for(guards: frozenset[Guard], call: CallFeatures, passage: Passage, start: int, end: int) -> Guard | None:
    """The first guard in force that covers ``passage.text[start:end]``; None where the words are meant."""
    checks: dict[Guard, Callable[[], bool]] = {
        Guard.QUOTED: lambda: _is_quoted(passage, start, end),
        Guard.NEGATED: lambda: _is_negated(passage.text, start),
        Guard.ECHO: lambda: _is_echo(call, passage, start, end),
        Guard.POLITE_TURN: lambda: _turns_polite(passage.text, end),
    }
    return next((guard for guard, covers in checks.items() if guard in guards and covers()), None)


def _is_quoted(passage: Passage, start: int, end: int) -> bool:
    text_before, text_after = passage.text[:start], passage.text[end:]
    before, after = passage.around(start, end)
    if before.endswith(("“", "「", "『", '"')) and after.startswith(("”", "」", "』", '"', "，”", "。”")):
        return True
    if _FORBIDDEN_TO_SAY.search(text_before) or _CALLED.search(text_before) or _NAMED_AFTER.match(text_after):
        return True
    reported = _REPORTED.search(text_before)
    if reported is None:
        return False
    lead = text_before[: reported.start() + 1]
    return not (_SUBJECT_IS_SPEAKER.search(lead) or _ASKS_TO_SAY.search(text_before[: reported.start()]))


def _is_negated(text: str, start: int) -> bool:
    before = text[max(0, start - 10) : start]
    return bool(_NEGATION.search(before)) and not _RHETORICAL.search(before)


def _is_echo(call: CallFeatures, passage: Passage, start: int, end: int) -> bool:
    said = passage.text[start:end]
    if passage.role is not Role.AGENT or len(said) < ECHO_MIN_CHARS:
        return False
    earlier = (p for p in call.passages[max(0, passage.index - 2) : passage.index] if p.role is Role.CUSTOMER)
    return any(said in p.text and passage.start - p.end <= ECHO_WITHIN_S for p in earlier)


def _turns_polite(text: str, end: int) -> bool:
    ahead = text[end : end + POLITE_WITHIN_CHARS]
    return bool(_OFFER.search(ahead)) and not _NOT_AN_OFFER.search(ahead)
