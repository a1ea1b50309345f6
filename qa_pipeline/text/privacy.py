"""What must not leave the desk (保密): numbers, addresses and names of callers, masked in what was said.

Recall comes first: a mask too many costs a word, one too few tells who called. ``mask_text`` sees one text;
``private_call`` sees a whole call and so knows numbers told over several turns, what the other side says back (尾号
二四一九对吧), the name that somebody told, and what answers a question (几号楼？六号楼). Use the second wherever the
call is at hand.

A mask keeps the flow of reading: 我叫〔姓名〕，电话是〔电话〕。 Spans are positions in the text that was given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.text.entities import EntityKind, find_entities
from qa_pipeline.text.normalise import Normalised, normalise
from qa_pipeline.text.numbers import DIGIT
from qa_pipeline.text.people import SURNAMES
from qa_pipeline.text.pinyin import as_heard
from qa_pipeline.text.private_homes import private_homes
from qa_pipeline.text.private_numbers import loose_runs, private_numbers
from qa_pipeline.text.private_places import private_addresses
from qa_pipeline.text.told_in_parts import told_in_parts
from qa_pipeline.text.told_names import told_names


class PrivateKind(StrEnum):
    """What a mask hides. ``number`` leads to a case or account; ``agent`` is who served."""

    PHONE = "phone"
    ID_NUMBER = "id_number"
    BANK_CARD = "bank_card"
    PLATE = "plate"
    ADDRESS = "address"
    NAME = "name"
    ACCOUNT = "account"
    NUMBER = "number"
    AGENT = "agent"

    @property
    def label(self) -> str:
        """What stands in the text instead."""
        return _LABELS[self]


_LABELS = {
    PrivateKind.PHONE: "〔电话〕",
    PrivateKind.ID_NUMBER: "〔证件号〕",
    PrivateKind.BANK_CARD: "〔卡号〕",
    PrivateKind.PLATE: "〔车牌〕",
    PrivateKind.ADDRESS: "〔地址〕",
    PrivateKind.NAME: "〔姓名〕",
    PrivateKind.ACCOUNT: "〔账号〕",
    PrivateKind.NUMBER: "〔号码〕",
    PrivateKind.AGENT: "〔坐席〕",
}
LABELS = frozenset(_LABELS.values())
"""All that a mask may write."""


@dataclass(frozen=True, slots=True, order=True)
class PrivateSpan:
    """``text[start:end]`` of the original text is private."""

    start: int
    end: int
    kind: PrivateKind


@dataclass(frozen=True, slots=True)
class Masked:
    """The masked ``text``, and the ``spans`` of the original that were masked: sorted, none touching another."""

    text: str
    spans: tuple[PrivateSpan, ...] = ()


def mask_text(text: str, known_names: Collection[str] = (), *, lead: str = "", agents: bool = False) -> Masked:
    """Mask what is private in one text, as recognised or typed.

    ``known_names`` are masked wherever they stand, by sound as well. ``lead`` is what the other side said just before.
    ``agents`` also masks who served: work numbers and 接线员小岳.
    """
    return _masked(text, _search(text, normalise(lead).text, frozenset(known_names), (), agents=agents))


@dataclass(frozen=True)
class PrivateCall:
    """A call and what it has told: ``masked`` holds each of its ``texts``, in order.

    ``names``, ``digits`` and ``homes`` (communities where somebody lives) are what came up in it and is masked wherever
    it comes again.
    """

    texts: tuple[str, ...]
    masked: tuple[Masked, ...]
    names: frozenset[str]
    digits: frozenset[str]
    agents: bool = False
    homes: frozenset[str] = frozenset()

    def mask(self, text: str) -> Masked:
        """Mask a quote, note or summary of this call: as in the utterance it was cut from, and by itself."""
        spans = list(_search(text, "", self.names, self.digits, agents=self.agents, homes=self.homes))
        for whole, masked in zip(self.texts, self.masked, strict=True):
            at = whole.find(text) if text else -1
            if at >= 0:
                spans += _cut(masked.spans, at, at + len(text))
        return _masked(text, spans)


def private_call(
    turns: Sequence[tuple[Hashable, str]], known_names: Collection[str] = (), *, agents: bool = False
) -> PrivateCall:
    """Mask a whole call, given as (speaker, text) in time order; speakers may all be the same where unknown."""
    said = [normalise(text) for _, text in turns]
    leads = [_lead([n.text for n in said[max(0, i - 2) : i]]) for i in range(len(said))]
    names = frozenset(known_names)
    found = [list(_search(text, lead, names, (), agents=agents)) for (_, text), lead in zip(turns, leads, strict=True)]
    homes = frozenset(n.text[a:b] for n, lead in zip(said, leads, strict=True) for a, b in private_homes(n.text, lead))
    digits = set()
    for part in told_in_parts([(speaker, n.text) for (speaker, _), n in zip(turns, said, strict=True)]):
        digits.add(part.digits)
        found[part.turn].append(_original(said[part.turn], part.start, part.end, _number_kind(part.kind)))
    for (_, text), spans in zip(turns, found, strict=True):
        digits |= {run.digits for span in spans if span.kind in _TOLD for run in loose_runs(_of(text, span))}
        names |= {name for span in spans if span.kind is PrivateKind.NAME and _is_name(name := _of(text, span))}
    known = frozenset(number for number in digits if len(number) > 2)
    for i, (_, text) in enumerate(turns):
        found[i] += _search(text, leads[i], names, known, agents=agents, homes=homes)
    masked = tuple(_masked(text, spans) for (_, text), spans in zip(turns, found, strict=True))
    return PrivateCall(tuple(text for _, text in turns), masked, names, known, agents, homes)


def _lead(before: Sequence[str]) -> str:
    """What was said just before; with a mere nod, what led to it as well."""
    last = before[-1] if before else ""
    return (before[-2] + last if len(last) <= _NOD and len(before) > 1 else last)[-_LEAD:]


_NOD = 4
_LEAD = 60
_TOLD = frozenset(
    {
        PrivateKind.PHONE,
        PrivateKind.ID_NUMBER,
        PrivateKind.BANK_CARD,
        PrivateKind.PLATE,
        PrivateKind.ADDRESS,
        PrivateKind.NUMBER,
    }
)
_NUMBERS = frozenset({EntityKind.ID_NUMBER, EntityKind.BANK_CARD, EntityKind.PHONE, EntityKind.PLATE})
_NICKNAME = re.compile(f"(?:接线员|话务员|客服|坐席|座席|客服代表|专员|我是|我叫|叫我)(?P<name>[小老阿][{SURNAMES}])")
_ACCOUNT = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:微信|微信号|qq|QQ|账号|用户名)号?[是为叫]?\s*(?P<id>[A-Za-z][\w-]{4,})", re.ASCII
)


def _search(
    text: str,
    lead: str,
    names: Collection[str],
    known: Collection[str],
    *,
    agents: bool,
    homes: Collection[str] = (),
) -> Iterator[PrivateSpan]:
    """All private spans of one text, in any order, overlapping perhaps."""
    said = normalise(text)
    if said.text:
        for start, end, kind in _found(said, _breaks(text, said), lead, names, known, agents=agents):
            yield _original(said, start, end, kind)
        for home in homes:
            for start, end in _everywhere(said.text, home):
                yield _original(said, start, end, PrivateKind.ADDRESS)
    for match in _ACCOUNT.finditer(text):
        start, end = match.span("id") if match["id"] else match.span()
        yield PrivateSpan(start, end, PrivateKind.ACCOUNT)


def _found(
    said: Normalised,
    breaks: frozenset[int],
    lead: str,
    names: Collection[str],
    known: Collection[str],
    *,
    agents: bool,
) -> Iterator[tuple[int, int, PrivateKind]]:
    text = said.text
    for entity in find_entities(text, _NUMBERS, lead[-16:]):
        yield entity.start, entity.end, PrivateKind(entity.kind.value)
    for number in private_numbers(text, lead, known):
        yield number.start, number.end, _number_kind(number.kind)
    for start, end in (*private_addresses(text, lead), *private_homes(text, lead)):
        yield start, end, PrivateKind.ADDRESS
    for start, end in (*told_names(text, lead, breaks, names), *_known_names(text, names)):
        yield start, end, PrivateKind.NAME
    if agents:
        for entity in find_entities(text, frozenset({EntityKind.WORK_NUMBER})):
            yield entity.start, entity.end, PrivateKind.AGENT
        for match in _NICKNAME.finditer(text):
            yield *match.span("name"), PrivateKind.AGENT


def _known_names(text: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where a known name comes again: as written, from three characters by sound, and the given name by itself."""
    heard = as_heard(text)
    for name in names:
        plain = normalise(name).text
        if len(plain) < 2:
            continue
        yield from _everywhere(text, plain)
        if len(plain) > 2:
            yield from _everywhere(heard, as_heard(plain))
            yield from _everywhere(text, plain[-2:])


def _everywhere(text: str, part: str) -> Iterator[tuple[int, int]]:
    at = text.find(part)
    while at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + 1)


def _breaks(text: str, said: Normalised) -> frozenset[int]:
    """Positions in the normalised text before which the original has punctuation."""
    offsets = said.offsets
    gaps = (i for i in range(1, len(offsets)) if offsets[i] - offsets[i - 1] > 1)
    return frozenset(i for i in gaps if text[offsets[i - 1] + 1 : offsets[i]].strip())


def _original(said: Normalised, start: int, end: int, kind: PrivateKind) -> PrivateSpan:
    return PrivateSpan(said.offsets[start], said.offsets[end - 1] + 1, kind)


def _number_kind(kind: EntityKind | None) -> PrivateKind:
    return PrivateKind.NUMBER if kind is None else PrivateKind(kind.value)


def _of(text: str, span: PrivateSpan) -> str:
    return normalise(text[span.start : span.end]).text


def _is_name(name: str) -> bool:
    """Whether to look for it again: a name has two to four characters, and is no description of one."""
    return 2 <= len(name) <= 4 and "的" not in name and re.search(DIGIT, name) is None


def _cut(spans: Iterable[PrivateSpan], start: int, end: int) -> Iterator[PrivateSpan]:
    """The spans inside ``[start, end)``, counted from ``start``."""
    for span in spans:
        if span.start < end and span.end > start:
            yield PrivateSpan(max(0, span.start - start), min(end, span.end) - start, span.kind)


def _masked(text: str, spans: Iterable[PrivateSpan]) -> Masked:
    joined = tuple(_joined(spans))
    pieces, at = [], 0
    for span in joined:
        pieces += [text[at : span.start], span.kind.label]
        at = span.end
    return Masked("".join([*pieces, text[at:]]), joined)


def _joined(spans: Iterable[PrivateSpan]) -> Iterator[PrivateSpan]:
    """Overlapping spans become one, of the kind of the longest; so do neighbours of one kind."""
    group: list[PrivateSpan] = []
    for span in sorted(spans):
        end = max((other.end for other in group), default=-1)
        if group and span.start >= end and not (span.start == end and span.kind is _kind(group)):
            yield PrivateSpan(group[0].start, end, _kind(group))
            group = []
        group.append(span)
    if group:
        yield PrivateSpan(group[0].start, max(span.end for span in group), _kind(group))


def _kind(spans: Sequence[PrivateSpan]) -> PrivateKind:
    order = list(PrivateKind)
    return min(spans, key=lambda span: (span.start - span.end, order.index(span.kind))).kind
