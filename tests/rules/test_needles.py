"""Working out over arrays which alternatives may match says what looking line by line says."""

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.features.grams import grams_of
from qa_pipeline.rules.needles import Needles

ALPHABET = "您好规定𠮷a"
strings = st.text(ALPHABET, min_size=1, max_size=4)
needs = st.frozensets(strings, min_size=1, max_size=3)
alternatives = st.lists(st.lists(needs, min_size=1, max_size=3), min_size=1, max_size=6)
lines = st.lists(st.text(ALPHABET, max_size=8), min_size=1, max_size=6)


def may_match(line: str, needs: list[frozenset[str]]) -> bool:
    return all(any(all(pair in line for pair in pairs(s)) for s in need) for need in needs)


def pairs(string: str) -> list[str]:
    """What is looked for of a string; all pairs would be more exact, and no less right."""
    return [string[at : at + 2] for at in {*range(0, len(string) - 1, 2), max(0, len(string) - 2)}]


@given(alternatives, lines, st.sampled_from([1, 30, 70]))
def test_as_looking_line_by_line(wanted, said, times):
    """Also beyond 64 lines, where a set of lines takes several words."""
    said = said * times
    found = Needles([((7, number), needs) for number, needs in enumerate(wanted)]).read(grams_of(said)).get(7, [])
    plainly = {
        number: sum(1 << place for place, line in enumerate(said) if may_match(line, needs))
        for number, needs in enumerate(wanted)
    }
    assert dict(found) == {number: held for number, held in plainly.items() if held}


def test_no_words_at_all():
    assert Needles([((7, 0), [frozenset({"规定"})])]).read(grams_of([""])) == {}


def test_a_pair_does_not_run_from_one_line_into_the_next():
    assert Needles([((7, 0), [frozenset({"规定"})])]).read(grams_of(["这规", "定了"])) == {}
