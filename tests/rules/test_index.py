"""The shared index finds what each operator would find by itself."""

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.rules.index import TextIndex, Texts
from qa_pipeline.rules.operators.pattern import Pattern
from qa_pipeline.rules.operators.phrase import Phrase
from qa_pipeline.rules.view import View
from tests.rules.calls import call

WORDS = st.text(alphabet="这是规定没办法您好", min_size=1, max_size=4)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=6), min_size=1, max_size=5), st.text("这是规定没办法您好，", max_size=40))
def test_phrases_of_many_rules_in_one_pass(lists, said):
    operators = [Phrase(any=phrases) for phrases in lists]
    features = call(f"客服: {said}", "客户: 您好")
    texts = Texts(TextIndex(operators), features.passages)
    for operator in operators:
        alone = list(operator.find(View.of(features)))
        together = list(operator.find(View.of(features).but(texts=texts)))
        assert alone == together


@given(st.lists(st.sampled_from(["这是?规", "没.?办", "[您你]好", "规定$", "^这", "办法|规定"]), min_size=1, max_size=5), st.text("这是规定没办法您好", max_size=40))
def test_patterns_of_many_rules_in_one_pass(expressions, said):
    operators = [Pattern(regex=expression) for expression in expressions]
    features = call(f"客服: {said}", "客户: 您好")
    texts = Texts(TextIndex(operators), features.passages)
    for operator in operators:
        assert list(operator.find(View.of(features))) == list(operator.find(View.of(features).but(texts=texts)))


def test_a_thousand_patterns_still_answer():
    operators = [Pattern(regex=f"(请问|是不是).{{0,8}}[东西南北]{{1,3}}第{i}号(楼|单元)?") for i in range(1000)]
    features = call("客服: 请问您家在东第999号楼吗")
    texts = Texts(TextIndex(operators), features.passages)
    assert list(operators[999].find(View.of(features).but(texts=texts)))


def test_an_operator_made_elsewhere_looks_for_itself():
    features = call("客服: 这是规定")
    texts = Texts(TextIndex([]), features.passages)
    assert list(Phrase(any=["这是规定"]).find(View.of(features).but(texts=texts)))
    assert list(Pattern(regex="规定").find(View.of(features).but(texts=texts)))
