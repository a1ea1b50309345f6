import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.text.privacy import LABELS, PrivateKind, mask_text, private_call
from tests.text.private.measure import measure, read_calls


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我叫王建国，电话幺三八零零幺三八零零零。", "我叫〔姓名〕，电话〔电话〕。"),
        ("幸福小区六号楼二单元三零二", "〔地址〕"),
        ("好的李女士，尾号8803，对吗？", "好的李女士，尾号〔号码〕，对吗？"),
        ("卡号6222 0000 1234 5678", "卡号〔卡号〕"),
        ("京A·幺二三四五", "〔车牌〕"),
        ("邮箱a.b@example.com", "邮箱〔账号〕"),
        ("这里是一二三四五热线，工号二零一七", "这里是一二三四五热线，工号二零一七"),
        ("一共两千三百四十五块六毛", "一共两千三百四十五块六毛"),
        ("", ""),
    ],
)
def test_one_text(text, masked):
    assert mask_text(text).text == masked


def test_spans_are_of_the_original_text():
    text = "我的电话：１３８　００１３　８０００，谢谢"
    (span,) = mask_text(text).spans
    assert (span.kind, text[span.start : span.end]) == (PrivateKind.PHONE, "１３８　００１３　８０００")


def test_a_known_name_is_masked_however_it_is_written():
    assert mask_text("请王建果来一下，建国在吗", ["王建国"]).text == "请〔姓名〕来一下，〔姓名〕在吗"


def test_the_agents_work_number_where_asked():
    assert mask_text("工号二零一七为您服务", agents=True).text == "工号〔坐席〕为您服务"


def test_what_answers_a_question():
    assert mask_text("六二三四零零零零", lead="您的座机是多少").text == "〔电话〕"
    assert mask_text("二十三栋", lead="具体是哪一栋").text == "〔地址〕"
    assert mask_text("六楼，没电梯", lead="您住几楼").text == "六楼，没电梯"


def test_a_quote_is_masked_as_in_its_utterance():
    call = private_call([("c", "我的号码是幺三九"), ("a", "嗯"), ("c", "零零零零幺二三四谢谢"), ("c", "我叫王建国")])
    assert call.mask("零零零零幺二三四谢谢").text == "〔电话〕谢谢"
    assert call.mask("零零零零幺二").text == "〔电话〕"
    assert call.mask("客户王建国说零零幺二").text == "客户〔姓名〕说〔号码〕"


@pytest.mark.parametrize(
    ("name", "recall", "precision"), [("tuning", 1.0, 0.97), ("tuning_2", 1.0, 0.97), ("kept_out", 0.95, 0.95)]
)
def test_marked_calls(name, recall, precision):
    figures = measure(read_calls(name))
    assert figures.recall >= recall, figures.missed
    assert figures.precision >= precision, figures.wrong


ANY_TEXT = st.text(alphabet="零一二三幺138900个号楼单元路我姓叫王先生建国的块，。 嗯x叉京a@.", max_size=60)


@given(ANY_TEXT)
def test_masks_hide_what_they_span_and_nothing_else(text):
    masked = mask_text(text)
    shown, at = [], 0
    for span in masked.spans:
        assert at <= span.start < span.end <= len(text)
        shown += [text[at : span.start], span.kind.label]
        at = span.end
    assert "".join([*shown, text[at:]]) == masked.text
    assert {span.kind.label for span in masked.spans} <= LABELS


@given(ANY_TEXT, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), ANY_TEXT)
def test_no_mobile_number_survives(before, number, after):
    text = before + "，" + number + "，" + after
    assert number not in mask_text(text).text
    turns = [("a", before), ("c", number[:4]), ("a", "嗯"), ("c", number[4:]), ("a", after)]
    shown = [masked.text for masked in private_call(turns).masked]
    assert number[4:] not in shown[3]
