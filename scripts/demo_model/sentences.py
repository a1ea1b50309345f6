"""What is said in training: a grammar of Chinese public-service hotline sentences, and what is held out of it.

``grammar/`` holds the language, one idea per file: ``agent.txt``, ``customer.txt`` and ``taboo.txt`` are templates with
``{slots}``; ``slots.txt`` fills them; ``short.txt`` has backchannels and one-word answers; ``words.txt`` feeds word
salad, which keeps the decoder listening instead of reciting.

Two kinds of text never enter training: the sentences of the sample calls, and one fiftieth of everything the grammar
can say, which is what the model is evaluated on.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import yaml

GRAMMAR = Path(__file__).parent / "grammar"
SAMPLE_SCRIPTS = Path(__file__).parents[2] / "samples" / "scripts"

LONGEST_TEXT = 85
"""Characters. The longest line of the sample calls has 71; at the slowest rate 85 characters fill 25 seconds."""

_SLOT = re.compile(r"\{(\w+)\}")
_DIGITS = "零一二三四五六七八九"
_MOBILE_SECOND_DIGIT = "三五七八九"
_NOT_HAN = re.compile(r"[^\u4e00-\u9fff]")
_SENTENCE_END = re.compile(r"[。？！]")
_SHORTEST_HELD_OUT = 7


def normalised(text: str) -> str:
    """Return ``text`` without punctuation and spaces: what two sentences are compared by."""
    return _NOT_HAN.sub("", text)


@dataclass(frozen=True)
class Grammar:
    """The templates, slot fillers and words of ``grammar/``."""

    agent: tuple[str, ...]
    customer: tuple[str, ...]
    taboo: tuple[str, ...]
    tails: tuple[str, ...]
    short: tuple[str, ...]
    words: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every clause between two punctuation marks of a template, once."""
        return _clauses(self.agent + self.customer + self.taboo)

    def characters(self) -> set[str]:
        """Every Han character that the grammar can say."""
        fixed = "".join(self.agent + self.customer + self.taboo + self.tails + self.short + self.words)
        fillers = "".join(filler for fillers in self.slots.values() for filler in fillers)
        return set(normalised(_SLOT.sub("", fixed) + fillers + _DIGITS))


@cache
def grammar() -> Grammar:
    """Read ``grammar/`` once."""

    def lines(name: str) -> tuple[str, ...]:
        return tuple(line for line in (GRAMMAR / name).read_text("utf-8").splitlines() if line)

    def words(name: str) -> tuple[str, ...]:
        return tuple((GRAMMAR / name).read_text("utf-8").split())

    slots = {}
    for line in lines("slots.txt"):
        name, fillers = line.split(":")
        slots[name] = tuple(fillers.split())
    every_word = words("words.txt") + tuple(filler for fillers in slots.values() for filler in fillers)
    return Grammar(
        agent=lines("agent.txt"),
        customer=lines("customer.txt"),
        taboo=lines("taboo.txt"),
        tails=lines("tails.txt"),
        short=words("short.txt"),
        words=every_word,
        slots=slots,
    )


@cache
def sample_sentences() -> frozenset[str]:
    """Every sentence and every line of the sample calls, normalised, longer than six characters."""
    found = set()
    for path in sorted(SAMPLE_SCRIPTS.glob("*.yaml")):
        for line in yaml.safe_load(path.read_text("utf-8"))["lines"]:
            text = line.get("agent") or line.get("customer") or ""
            found |= {normalised(part) for part in [text, *_SENTENCE_END.split(text)]}
    return frozenset(text for text in found if len(text) >= _SHORTEST_HELD_OUT)


@cache
def sample_characters() -> frozenset[str]:
    """Every Han character of the sample calls: all of them must be in the vocabulary."""
    texts = (path.read_text("utf-8") for path in sorted(SAMPLE_SCRIPTS.glob("*.yaml")))
    spoken = (line for text in texts for line in yaml.safe_load(text)["lines"])
    return frozenset(normalised("".join((line.get("agent") or line.get("customer") or "") for line in spoken)))


def says_a_sample(text: str) -> bool:
    """Whether ``text`` contains a sentence of the sample calls, wherever it stands in it."""
    plain = normalised(text)
    return any(sentence in plain for sentence in sample_sentences())


def held_out(text: str) -> bool:
    """Whether ``text`` or a sentence of it belongs to the fiftieth of sentence space that is kept for evaluation."""
    return any(_in_the_fiftieth(normalised(part)) for part in [text, *_SENTENCE_END.split(text)] if part)


def _in_the_fiftieth(plain: str) -> bool:
    """Decide by hash; answers of a word or two are never held out."""
    return (
        len(plain) >= _SHORTEST_HELD_OUT
        and int(hashlib.md5(plain.encode(), usedforsecurity=False).hexdigest(), 16) % 50 == 0
    )


def training_text(random: Random) -> str:
    """Return one text to train on: mostly hotline sentences, sometimes their clauses recombined, sometimes nonsense."""
    while True:
        text = _any_text(random)
        if len(text) <= LONGEST_TEXT and not held_out(text) and not says_a_sample(text):
            return text


def evaluation_text(random: Random) -> str:
    """Return one hotline sentence that ``training_text`` never returns, alone or among others."""
    while True:
        text = template(random)
        if _in_the_fiftieth(normalised(text)) and not says_a_sample(text):
            return text


def _any_text(random: Random) -> str:
    """Draw a kind of text, then the text."""
    kinds = (template, several_templates, clause_mix, word_salad, number, short_answers, cut_template)
    (kind,) = random.choices(kinds, weights=(40, 14, 16, 14, 3, 7, 6))
    return kind(random)


def template(random: Random) -> str:
    """Return one filled template, sometimes with a filler word before it or a tail behind it."""
    speaker = random.random()
    language = grammar()
    pool = language.agent if speaker < 0.45 else language.taboo if speaker < 0.54 else language.customer
    text = fill(random.choice(pool), random)
    if random.random() < 0.1:
        text = random.choice(language.slots["filler"]) + "，" + text
    if random.random() < 0.06:
        text += random.choice(language.tails)
    return text


def several_templates(random: Random) -> str:
    """Return two or three sentences said in one breath."""
    return "".join(template(random) for _ in range(random.choice((2, 2, 3))))


def number(random: Random) -> str:
    """Return a telephone number, a work number or a part of one."""
    return digits(random.choice((3, 4, 6, 8, 11)), random) + "。"


def short_answers(random: Random) -> str:
    """Return one backchannel or one-word answer, sometimes two."""
    return "".join(random.choice(grammar().short) for _ in range(random.choice((1, 1, 1, 2))))


def cut_template(random: Random) -> str:
    """Return the beginning of a sentence, as when the other speaker breaks in: no full stop."""
    text = template(random)
    keep = random.randint(min(3, len(text)), len(text))
    return re.sub(r"[，。？！、]+$", "", text[:keep]) or text


def clause_mix(random: Random) -> str:
    """Return one to four clauses of different templates, joined by commas."""
    clauses = grammar().clauses
    chosen = [fill(random.choice(clauses), random) for _ in range(random.choice((1, 2, 2, 3, 4)))]
    return "，".join(chosen) + random.choice("。。。？")


def word_salad(random: Random) -> str:
    """Return two to nine unrelated words; nothing but the sound can tell them."""
    words = grammar().words
    text = random.choice(words)
    for _ in range(random.randint(1, 8)):
        text += ("，" if random.random() < 0.1 else "") + random.choice(words)
    return text + random.choice("。。。？")


def digits(count: int, random: Random) -> str:
    """Return ``count`` spoken digits."""
    return "".join(random.choice(_DIGITS) for _ in range(count))


def fill(text: str, random: Random) -> str:
    """Replace every ``{slot}``: ``{phone}``, ``{name}``, ``{d4}`` (four digits), or a line of ``slots.txt``."""
    slots = grammar().slots

    def value(match: re.Match[str]) -> str:
        slot = match.group(1)
        if slot == "phone":
            return "一" + random.choice(_MOBILE_SECOND_DIGIT) + digits(9, random)
        if slot == "name":
            return random.choice(slots["surname"]) + random.choice(slots["given"])
        if re.fullmatch(r"d\d", slot):
            return digits(int(slot[1]), random)
        return random.choice(slots[slot])

    return _SLOT.sub(value, text)


@cache
def _clauses(templates: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({clause for text in templates for clause in re.split("[，。？！]", text) if clause}))
