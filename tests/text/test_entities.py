import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.text.entities import EntityKind, find_entities
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.split_numbers import split_numbers


def named(text: str, lead: str = "") -> list[tuple[str, str]]:
    said = normalise(text).text
    return [(e.kind.value, said[e.start : e.end]) for e in find_entities(said, lead=lead)]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("我手机13900001234", "13900001234"),
        ("幺三九零零零零幺二三四", "13900001234"),
        ("一三九，嗯，零零零零，一二三四", "13900001234"),
        ("幺三九四个零幺二三四", "13900001234"),
        ("妖三九零零零零妖二三四", "13900001234"),
        ("139零零零零1234", "13900001234"),
        ("139 0000 1234，2024年办的", "13900001234"),
        ("八六幺三九零零零零幺二三四", "8613900001234"),
        ("座机是8000 1234", "80001234"),
        ("零二一六五零零一二三四", "02165001234"),
        ("手机号是1390000123", "1390000123"),  # the recogniser lost a digit
    ],
)
def test_telephone_numbers_however_they_are_told(text, digits):
    found = [e for e in find_entities(normalise(text).text) if e.kind is EntityKind.PHONE]
    assert [e.value for e in found] == [digits]


@pytest.mark.parametrize(
    "text",
    [
        "这里是12345热线",
        "您可以打95598",
        "四零零八二零零零零零",
        "2024年3月15号",
        "一共两千三百四十五块六毛",
        "订单号是20240315000123",
        "户号是3200001234",
        "一二三四五六七",
        "第一第二第三",
        "我等了三四十分钟",
    ],
)
def test_what_is_no_telephone_number(text):
    assert EntityKind.PHONE not in {e.kind for e in find_entities(normalise(text).text)}


def test_seven_digits_are_a_number_where_one_was_asked_for():
    assert named("62340000") == []
    assert named("62340000", lead="您的座机是多少") == [("phone", "62340000")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("身份证号110105199003070012", "110105199003070012"),
        ("幺幺零幺零五幺九九零零三零七零零幺叉", "11010519900307001X"),
        ("11010519900307001X", "11010519900307001X"),
        ("身份证是1101051990030700", "1101051990030700"),
    ],
)
def test_identity_numbers(text, value):
    assert [(e.kind, e.value) for e in find_entities(normalise(text).text)] == [(EntityKind.ID_NUMBER, value)]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("卡号6222 0000 1234 5678", "bank_card", "6222000012345678"),
        ("车牌苏A00123", "plate", "苏a00123"),
        ("京AD01234那辆", "plate", "京ad01234"),
        ("工号幺零二四为您服务", "work_number", "幺零二四"),
        ("我是十六号客服", "work_number", "十六"),
        ("请拨打一二三四五", "hotline", "一二三四五"),
        ("我住在梧桐花园三号楼二单元六零一", "address", "梧桐花园三号楼二单元六零一"),
        ("地址是青年路88号", "address", "青年路88号"),
        ("我叫张伟国", "name", "张伟国"),
        ("免贵姓欧阳", "name", "欧阳"),
        ("弓长张", "name", "弓长张"),
        ("李女士您好", "name", "李女士"),
        ("收了我两百块钱", "money", "两百块钱"),
        ("电费三百二", "money", "三百二"),
        ("下周三上午九点", "time", "下周三上午九点"),
        ("三月十五号", "time", "三月十五号"),
        ("二十四小时内", "time", "二十四小时内"),
    ],
)
def test_what_is_named_and_where(text, kind, words):
    assert (kind, words) in named(text)


@pytest.mark.parametrize(
    "text",
    [
        "到三号窗口办",
        "坐一号线",
        "在六楼",
        "那个小区",
        "一块去吧",
        "一点都不好",
        "等了三天",
        "对于女士来说",
        "我叫了三次",
        "尾号8803",
    ],
)
def test_what_names_nothing(text):
    assert named(text) == []


def test_a_number_told_in_parts_keeps_the_span_of_each():
    turns = [
        ("客户", "我的号码是幺三九"),
        ("客服", "嗯幺三九"),
        ("客户", "零零零零"),
        ("客服", "好的"),
        ("客户", "幺二三四谢谢"),
    ]
    number = next(split_numbers(turns))
    assert (number.kind, number.value) == (EntityKind.PHONE, "13900001234")
    assert [turns[p.turn][1][p.start : p.end] for p in number.parts] == ["幺三九", "零零零零", "幺二三四"]


def test_talk_in_between_ends_a_number():
    turns = [("客户", "门牌幺三九"), ("客服", "好的我先帮您看一下您家里现在是什么情况呢"), ("客户", "零零零零幺二三四")]
    assert list(split_numbers(turns)) == []


ANY_TEXT = st.one_of(
    st.text(max_size=50), st.text(alphabet="零一二三幺138900个号楼单元路我姓王先生块元年月日点分x叉工苏a", max_size=50)
)


@given(ANY_TEXT)
def test_spans_lie_inside_the_text_and_apart(text):
    said = normalise(text).text
    end = 0
    for entity in find_entities(said):
        assert end <= entity.start < entity.end <= len(said)
        end = entity.end


@given(ANY_TEXT, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), ANY_TEXT)
def test_a_mobile_number_among_words_is_always_found(before, digits, after):
    text = normalise(before).text.rstrip("0123456789零一二三幺个") + "吧" + digits + "吧" + normalise(after).text
    assert any(digits in e.value for e in find_entities(text) if e.kind is EntityKind.PHONE)


@given(st.lists(st.tuples(st.sampled_from("ab"), ANY_TEXT.map(lambda t: normalise(t).text)), max_size=8))
def test_parts_lie_inside_their_turns(turns):
    for number in split_numbers(turns):
        assert all(0 <= p.start < p.end <= len(turns[p.turn][1]) for p in number.parts)
        assert len({turns[p.turn][0] for p in number.parts}) == 1
