"""The shared index finds what each operator would find by itself."""

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.rules.index import TextIndex, Texts
from qa_pipeline.rules.operators.pattern import Pattern
from qa_pipeline.rules.operators.phrase import Phrase
from qa_pipeline.rules.view import View
from tests.rules.calls import call

WORDS = st.text(alphabet="这是规定没办法您好", min_size=1, max_size=4)


@given(
    st.lists(st.lists(WORDS, min_size=1, max_size=6), min_size=1, max_size=5),
    st.text("这是规定没办法您好，", max_size=40),
)
def test_phrases_of_many_rules_in_one_pass(lists, said):
    operators = [Phrase(any=phrases) for phrases in lists]
    features = call(f"客服: {said}", "客户: 您好")
    texts = Texts(TextIndex(operators), features)
    for operator in operators:
        alone = list(operator.find(View.of(features)))
        together = list(operator.find(View.of(features).but(texts=texts)))
        assert alone == together


@given(
    st.lists(st.sampled_from(["这是?规", "没.?办", "[您你]好", "规定$", "^这", "办法|规定"]), min_size=1, max_size=5),
    st.text("这是规定没办法您好", max_size=40),
)
def test_patterns_of_many_rules_in_one_pass(expressions, said):
    operators = [Pattern(regex=expression) for expression in expressions]
    features = call(f"客服: {said}", "客户: 您好")
    texts = Texts(TextIndex(operators), features)
    for operator in operators:
        assert list(operator.find(View.of(features))) == list(operator.find(View.of(features).but(texts=texts)))


def test_a_thousand_patterns_still_answer():
    operators = [Pattern(regex=f"(请问|是不是).{{0,8}}[东西南北]{{1,3}}第{i}号(楼|单元)?") for i in range(1000)]
    features = call("客服: 请问您家在东第999号楼吗")
    texts = Texts(TextIndex(operators), features)
    assert list(operators[999].find(View.of(features).but(texts=texts)))


def test_an_operator_made_elsewhere_looks_for_itself():
    features = call("客服: 这是规定")
    texts = Texts(TextIndex([]), features)
    assert list(Phrase(any=["这是规定"]).find(View.of(features).but(texts=texts)))
    assert list(Pattern(regex="规定").find(View.of(features).but(texts=texts)))


@given(
    st.sampled_from(
        [
            "[你您].{0,4}没(看|听)清楚",
            "工号[一二三]{2,4}|[一二三]{1,3}号",
            "(我|这边)?帮[您你]",
            "^(那|你)?没关系",
            "(真|很)+不容易$",
            "说(了)?(几|多少)(遍|次)",
            "[^吗呢]{3,}规定",
            "(?:这|那)是.{1,3}(规定|政策).*的",
            "(不|没)(行|办法)|(?:规定)+",
        ]
    ),
    st.text("你您没看听清楚工号一二三我这边帮那关系真很不容易说了几多少遍次吗呢规定是政策的行办法", max_size=30),
)
def test_what_is_left_untried_could_not_match(expression, said):
    operator = Pattern(regex=expression)
    features = call(f"客服: {said}")
    texts = Texts(TextIndex([operator]), features)
    assert list(operator.find(View.of(features))) == list(operator.find(View.of(features).but(texts=texts)))


def test_every_shipped_pattern_finds_the_same_with_and_without_the_index():
    """On the labelled calls' own lines, so that there is something to find."""
    import json
    from pathlib import Path

    from qa_pipeline.rules import load

    index = load("hotline").index
    lines = [
        f"客服: {utterance['text']}"
        for path in sorted((Path(__file__).parents[1] / "dialogues" / "tuning").glob("t0*.json"))
        for utterance in json.loads(path.read_text(encoding="utf-8"))["utterances"]
    ]
    features = call(*lines[:120])
    texts = Texts(index, features)
    checked = 0
    for operator in (one for one in index.operators if isinstance(one, Pattern)):
        alone = {e.start for e in operator.find(View.of(features))}
        assert alone == {e.start for e in operator.find(View.of(features).but(texts=texts))}, operator.regex
        checked += bool(alone)
    assert checked > 20
