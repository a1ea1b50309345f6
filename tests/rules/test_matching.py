"""The quick way to ask RE2 gives what its ordinary binding gives."""

import json
import random
from pathlib import Path

import re2
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.rules import load
from qa_pipeline.rules.atoms import alternatives, requirements
from qa_pipeline.rules.matching import finder, finder_among
from qa_pipeline.rules.operators.pattern import Pattern
from qa_pipeline.text.normalise import normalise

LINES = [
    normalise(utterance["text"]).text
    for path in sorted((Path(__file__).parents[1] / "dialogues" / "tuning").glob("*.json"))
    for utterance in json.loads(path.read_text(encoding="utf-8"))["utterances"]
]

ALPHABET = "您好规定a1𠮷"
texts = st.text(alphabet=ALPHABET, max_size=12)
pieces = st.sampled_from([*ALPHABET, "[您好]", "[^规]", ".", "(您|好)", "(?:规定)?", "a*", "1{0,2}", "^您", "定$"])
expressions = st.lists(st.lists(pieces, min_size=1, max_size=4).map("".join), min_size=1, max_size=4).map("|".join)


def ordinary(regex: str, text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re2.compile(regex).finditer(text) if match.end() > match.start()]


@given(expressions, texts)
def test_the_same_matches_as_the_ordinary_binding(regex: str, text: str):
    assert list(finder(regex)(text.encode())) == ordinary(regex, text)


@given(expressions, texts)
def test_alternatives_that_cannot_match_change_nothing(regex: str, text: str):
    ways = alternatives(regex)
    assert "|".join(ways) == regex
    possible = tuple(number for number, way in enumerate(ways) if re2.compile(way).search(text))
    assert list(finder_among(regex, possible)(text.encode())) == ordinary(regex, text)


@given(expressions, texts)
def test_what_an_alternative_requires_stands_wherever_it_matches(regex: str, text: str):
    for way, sets in zip(alternatives(regex), requirements(regex) or (), strict=False):
        if ordinary(way, text):
            assert all(any(string in text for string in strings) for strings in sets), way


def test_bars_within_groups_and_classes_part_nothing():
    assert alternatives("(a|b)c|d[|)]e") == ("(a|b)c", "d[|)]e")
    assert alternatives("[]|]x|y") == ("[]|]x", "y")
    assert alternatives(r"a\|b|c") == (r"a\|b", "c")
    assert alternatives("a(?:b|c)|d") == ("a(?:b|c)", "d")
    assert alternatives("(?i)a|b") == ("(?i)a|b",), "the flag holds for both"


def test_every_shipped_expression_on_real_lines():
    rng = random.Random(7)
    patterns = {op.regex for op in load("hotline").index.operators if isinstance(op, Pattern)}
    found = 0
    for regex in sorted(patterns):
        for line in rng.sample(LINES, 40):
            spans = ordinary(regex, line)
            assert list(finder(regex)(line.encode())) == spans, (regex, line)
            found += len(spans)
    assert len(patterns) > 100 and found > 100
