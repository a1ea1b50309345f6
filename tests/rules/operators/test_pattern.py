"""``pattern``: forms of speech, also where fillers stand in between."""

from tests.rules.calls import matched


def test_fillers_are_left_out_where_the_rule_says_so():
    stammered = "客服: 你呃那个自己看嘛"
    assert matched("pattern", {"regex": "你自己看"}, stammered) == []
    assert matched("pattern", {"regex": "你自己看", "skip_fillers": True}, stammered) == ["你呃那个自己看"]


def test_what_a_filler_word_means_is_still_found_and_found_once():
    parameters = {"regex": "那个窗口|你自己看", "skip_fillers": True}
    assert matched("pattern", parameters, "客服: 那个窗口就在门口，你自己看", "客户: 嗯") == ["那个窗口", "你自己看"]


def test_a_turn_of_nothing_but_fillers_holds_nothing():
    assert matched("pattern", {"regex": "..", "skip_fillers": True}, "客服: 呃嗯那个") == ["呃嗯", "那个"]


def test_what_but_not_covers_does_not_count():
    parameters = {"regex": "不容易", "but_not": "我们也不容易"}
    assert matched("pattern", parameters, "客服: 您真是不容易，我们也不容易") == ["不容易"]
    assert matched("pattern", parameters, "客服: 我们也不容易") == []
    assert matched("pattern", {**parameters, "skip_fillers": True}, "客服: 您不呃容易，我们也不呃容易") == ["不呃容易"]
