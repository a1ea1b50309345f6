"""``sums_up`` (总结确认)."""

import pytest

from qa_pipeline.records import Outcome
from tests.rules.sets import one_rule, outcome


@pytest.fixture(scope="module")
def said_back(tmp_path_factory):
    return one_rule(tmp_path_factory.mktemp("sums-up"), "require: {sums_up: {role: agent}}")


@pytest.mark.parametrize(
    ("customer", "agent"),
    [
        ("我们单元门的锁坏了三天了，关不上", "您反映的是单元门锁坏了关不上，对吧？"),
        ("厨房水管一直滴，卧室倒是干的", "厨房水管滴、卧室是干的，滴得急不急？"),
        ("我想把户口从老家迁过来，房子是租的", "也就是说您想迁户口，现在住的是租的房。"),
        ("路灯从上周五起就不亮，在幼儿园门口", "幼儿园门口的路灯，上周五起不亮，我给您报上去。"),
        ("菜场东口的井盖翻了两天，孩子差点掉下去", "真吓人，孩子没事就好。菜场东口井盖翻了两天，我现在派人围上。"),
        ("孩子昨天接种完就发烧，三十八度五", "我跟您核一遍：昨天接种，接着发烧，三十八度五。"),
    ],
)
def test_the_matter_said_back(said_back, customer, agent):
    assert outcome(said_back, f"客户: {customer}", f"客服: {agent}").outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("customer", "agent"),
    [
        ("补办医保卡要带什么材料", "补办医保卡带身份证就可以。"),
        ("我的号码是一三九零零零零一二三四", "一三九零零零零一二三四，好的。"),
        ("我住柳荫里五栋二单元三零二", "柳荫里五栋二单元三零二。"),
        ("我交了三年物业费了", "三年物业费也没用，照样排队。"),
        ("楼道里的灯泡坏了", "楼道里的灯泡谁家不坏？"),
        ("暖气片不热，摸着冰凉", "地址报一下。"),
        ("我想办个停机，又怕号没了", "您的意思是要停机还是销户？"),
        ("阳台的玻璃裂了一道缝", "这个不急，您先贴个胶带，玻璃的事以后再说。"),
    ],
)
def test_words_that_merely_come_back(said_back, customer, agent):
    assert outcome(said_back, f"客户: {customer}", f"客服: {agent}").outcome is Outcome.FAIL


def test_only_what_is_said_aloud(tmp_path):
    aloud = one_rule(tmp_path, "require: {sums_up: {role: agent, quiet: false}}")
    quiet = "客户: 厨房水管一直滴，卧室倒是干的", "客服: 厨房水管滴、卧室是干的，滴得急不急？"
    assert outcome(aloud, *quiet).outcome is Outcome.FAIL
    assert outcome(aloud, quiet[0], "客服: 您说的是厨房水管在滴，是吧？").outcome is Outcome.PASS


def test_what_gives_back_less_counts_where_it_is_asked_for(tmp_path):
    loose = one_rule(tmp_path, "require: {sums_up: {role: agent, loose: true}}")
    strict = one_rule(tmp_path, "require: {sums_up: {role: agent}}")
    said = "客户: 村口那截土路一下雨就成泥塘，拉粮食得绕十二里", "客服: 绕那十二里拉粮食，油钱搭进去不少。"
    assert outcome(loose, *said).outcome is Outcome.PASS
    assert outcome(strict, *said).outcome is Outcome.FAIL
    assert outcome(loose, "客户: 村口那截土路成了泥塘", "客服: 您贵姓？").outcome is Outcome.FAIL


def test_the_customer_can_sum_up_too(tmp_path):
    his = one_rule(tmp_path, "require: {sums_up: {role: customer}}")
    agent = "客服: 先去社区开证明，再到大厅办"
    assert outcome(his, agent, "客户: 也就是说我先去社区开证明？").outcome is Outcome.PASS
    assert outcome(his, agent, "客户: 我没有时间。").outcome is Outcome.FAIL
