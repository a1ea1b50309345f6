from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.rules.operators.question import Kind, Question
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.questions import GENUINE, QuestionKind, find_questions
from tests.rules.calls import DIALOGUES, call, found, found_anywhere, inside, matched


def kinds(text: str) -> list[str]:
    return [q.kind.value for q in find_questions(normalise(text).text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("您家是从什么时候开始停水的", "pointed"),
        ("请问您住哪个小区", "pointed"),
        ("您交了多少钱", "pointed"),
        ("家里有几口人", "pointed"),
        ("这是哪年的房子啊", "pointed"),
        ("当时是怎么回事呢", "open"),
        ("您能详细描述一下吗", "open"),
        ("水管现在还漏吗", "closed"),
        ("隔壁家有没有这个情况", "closed"),
        ("您那边热不热", "closed"),
        ("物业来看过没有", "closed"),
        ("通知发了没", "closed"),
        ("是厨房漏还是卫生间漏", "closed"),
        ("是一层不亮还是整栋楼都不亮", "closed"),
        ("您要反映的是路灯不亮对吗", "confirm"),
        ("您听得清楚吗", "confirm"),
        ("请问您贵姓", "contact"),
        ("怎么称呼您", "contact"),
        ("您的联系电话是多少", "contact"),
        ("方便留一下您的手机号吗", "contact"),
        ("我先给您登记一下好吗", "consent"),
        ("明天上午上门您看行吗", "consent"),
        ("还有什么可以帮您的吗", "offer"),
        ("请问还有别的问题吗", "offer"),
        ("需要我帮您转过去吗", "offer"),
        ("有什么可以帮到您", "offer"),
        ("不是跟您说过了吗", "rhetorical"),
        ("刚才不是讲了嘛", "rhetorical"),
        ("你没看清楚吗", "rhetorical"),
        ("你听不懂吗", "rhetorical"),
        ("是不是听不懂我说话", "rhetorical"),
        ("谁让你不早点交", "rhetorical"),
        ("我有什么办法", "rhetorical"),
        ("你急什么", "rhetorical"),
        ("跟我说有什么用", "rhetorical"),
        ("要我说多少遍", "rhetorical"),
        ("你怎么不早说", "rhetorical"),
        ("这跟我们有什么关系", "rhetorical"),
        ("你听我说行不行", "rhetorical"),
        ("您走的是南门的口还是我们自己的库", "closed"),
        ("我查一下几点左右", "pointed"),
        ("证件后六位方便报一下吗", "contact"),
        ("您手边有笔吗", "contact"),
        ("箱子上不是写着签收吗", "rhetorical"),
        ("您能确定家里人没收过吗", "rhetorical"),
        ("您真的放在门口了吗", "rhetorical"),
        ("您家就没有一个会看的人吗", "rhetorical"),
        ("哪天不得接几十个", "rhetorical"),
        ("您想想一天要来多少人", "rhetorical"),
    ],
)
def test_what_a_question_is_for(text, kind):
    assert kinds(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "我帮您看看是什么原因",
        "没什么，您别客气",
        "哪天去都行",
        "我不知道他是怎么说的",
        "我教您怎么操作",
        "您过几天再打来",
        "等了好几个小时",
        "还是请您先去社区",
        "不好意思，暂时没有结果",
        "多少有点不方便",
        "热不热要等师傅看了才知道",
        "什么都没有变",
        "爱去哪儿问去哪儿问",
        "谁弄坏的谁修",
        "您问什么我答什么",
        "您走到哪里哪里就有事",
        "哪一步我这里看不到",
        "修不修的再说",
        "去不去意义不大",
    ],
)
def test_a_question_word_in_a_statement_asks_nothing(text):
    assert not GENUINE & set(kinds(text))


def test_every_kind_can_be_written():
    assert set(get_args(Kind)) == {*QuestionKind, "detail"}


def test_questions_that_follow_closely_count_once():
    assert len(kinds("您是哪个小区几号楼")) == 1
    assert kinds("您住哪个小区，我记一下，暖气是一直不热吗") == ["pointed", "closed"]


def test_the_evidence_begins_where_the_question_does():
    assert matched("question", {}, "客服: 好的，我记一下，请问您家是几号楼呢？") == ["您家是几号楼"]


def test_detail_stands_for_the_genuine_kinds():
    lines = ("客服: 您贵姓，暖气是一直不热吗，您看行吗", "客户: 什么时候来修")
    assert matched("question", {"role": "agent"}, *lines) == matched(
        "question", {"role": "agent", "kind": "closed"}, *lines
    )
    assert len(matched("question", {"kind": ["contact", "consent"], "role": "agent"}, *lines)) == 2


def test_bounds_on_the_number_of_questions():
    one, two = "客服: 什么时候停的水", "客服: 哪个小区停的水"
    other = "客户: 我不知道"
    assert len(matched("question", {"role": "agent", "at_least": 2}, one, other, two)) == 2
    assert matched("question", {"role": "agent", "at_least": 2}, one, other) == []
    assert matched("question", {"role": "agent", "at_most": 1}, one, other, two) == []
    assert len(matched("question", {"role": "agent", "at_most": 1}, one, other)) == 1


def test_no_question_at_all_is_evidence_where_few_are_asked_for():
    hits = found("question", {"role": "agent", "at_most": 0}, call("客服: 您好", "客户: 我家停水了", "客服: 好的"))
    assert [e.note for e in hits] == ["没有针对事情的提问"]


@pytest.mark.parametrize("parameters", [{"kind": "why"}, {"kind": []}, {"at_least": 3, "at_most": 1}])
def test_parameters_that_mean_nothing_are_refused(parameters):
    with pytest.raises(ValidationError):
        Question.model_validate(parameters)


@given(DIALOGUES, st.sets(st.sampled_from([*QuestionKind, "detail"]), min_size=1), st.sampled_from([None, 0, 1]))
def test_any_text_is_borne(features, wanted, at_most):
    evidence = found_anywhere("question", {"kind": sorted(wanted), "at_most": at_most}, features)
    assert inside(features, evidence)


@given(st.text(alphabet="您好吗什么时候是不是还有没哪个怎么多少几热不过了谁让你说对吧可以行", max_size=40))
def test_questions_lie_inside_the_text_in_order(text):
    last = 0
    for question in find_questions(text):
        assert last <= question.start < question.end <= len(text)
        last = question.start


@pytest.mark.parametrize(
    "text",
    [
        "还有想问的没有",
        "请问还有其他可以为您服务的吗",
        "还有用得着我的地方吗",
        "另外还要帮您查什么吗",
        "您需要咨询什么业务",
    ],
)
def test_an_offer_in_many_forms(text):
    assert "offer" in kinds(text)


@pytest.mark.parametrize("text", ["还有别的症状吗", "还需要什么材料", "还有没有其他证件"])
def test_asking_for_more_of_the_matter_offers_nothing(text):
    assert "offer" not in kinds(text)
