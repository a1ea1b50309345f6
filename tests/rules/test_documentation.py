"""What a rule set consists of, in words and with places; the pages made of it, and when they are stale."""

import pytest

from qa_pipeline.errors import RequestError, RuleSetError
from qa_pipeline.rules.description import describe
from qa_pipeline.rules.documentation import MARK, page, pages, stale_pages, write_pages
from qa_pipeline.rules.operators import operator_names
from qa_pipeline.rules.testing import chosen_rule_sets
from qa_pipeline.rules.wording import Words, chinese_name
from tests.rules.sets import written
from tests.rules.test_cases import cases_of

BASE = """
ruleset: base
title: 基础
version: "1"
source: 标准 | 第一节
lexicons: {greeting: [您好, 你好]}
parameters:
  most:
    value: 8
    about: 静音上限
    source: 某标准
    presets: {strict: {value: 5, source: 严格的标准}}
rules:
  - id: greets
    title: 问好
    indicator: 礼仪/问好
    source: 第一节
    within: {role: agent, turns: {first: 2}}
    require: {phrase: {any: [$greeting]}}
    score: {deduct: 5}
  - id: silence
    title: 静音
    indicator: 技巧/静音
    when: {turn_count: {role: customer, at_least: 1}}
    forbid: {dead_air: {max_s: $most}}
    unless: [{id: hold, why: 请客户等, before_s: 15, phrase: {role: agent, any: [稍等]}}]
    guards: []
    score: {deduct: 3, per: hit, max: 6}
    severity: critical
    advice: 先请客户稍等。
    suggest: 请您稍等。
"""
OVER = """
ruleset: over
title: 站点
version: "2"
include: [base]
lexicons: {greeting: {append: [早上好]}}
parameters: {most: 12}
override: {silence: {why: 系统慢, set: {severity: minor, advice: 不急}}}
extend: {greets: {why: 方言, any: [{phrase: {any: [侬好]}}]}}
disable: {}
rules:
  - {id: mine, title: 自己的, indicator: 礼仪/别的, reward: {phrase: {any: [谢谢]}}, score: {add: 1}}
"""
CASES = """
- rule: silence
  fires:
    - {why: 没打招呼, dialogue: [客户: 查一下, {客服: 好了, pause: 20}]}
    - {客服: 快, rate: 9, todo: 听不出来}
  not_applicable:
    - {客服: 您好, metadata: {hangup_by: agent}, mono: true}
"""


@pytest.fixture
def sets(tmp_path):
    written(tmp_path, BASE, "base")
    written(tmp_path, OVER, "sites/over")
    cases_of(tmp_path, CASES, "base")
    return tmp_path


def in_words(text, names=None):
    return list(Words(names or {}).condition(text))


def test_every_operator_has_a_chinese_name():
    assert [name for name in operator_names() if chinese_name(name) == name] == []


def test_conditions_in_words():
    assert in_words({"phrase": {"role": "agent", "any": ["$greeting", "喂*"]}}, {"greeting": ["您好", "你好"]}) == [
        "- 客服短语 `phrase`：词表 `$greeting`（2 个）、喂\\*"
    ]
    assert in_words({"dead_air": {"max_s": "$most"}}, {"most": 8}) == ["- 静音 `dead_air`（超过几秒: 8 `$most`）"]
    assert in_words({"pattern": {"regex": "a|`b`"}}) == ["- 句式 `pattern`：``a|`b```"]


def test_nested_conditions_are_indented():
    stages = [{"id": "listen", "phrase": {"any": ["听"]}}, {"id": "act", "all": [{"phrase": {"any": ["办"]}}]}]
    assert in_words({"sequence": {"stages": stages, "within_s": 60}}) == [
        "- 次序 `sequence`（几秒内: 60）",
        "  - `listen`：短语 `phrase`：听",
        "  - `act`：全部成立 all of：",
        "    - 短语 `phrase`：办",
    ]
    assert in_words({"count": {"of": {"phrase": {"any": ["啊"]}}, "at_least": 2}})[1] == "  - 短语 `phrase`：啊"


def test_scopes_in_words():
    after = {"after": {"phrase": {"role": "customer", "any": ["投诉"]}, "which": "first", "turns": 3}}
    assert in_words({"phrase": {"any": ["抱歉"]}, "within": after}) == [
        "- 短语 `phrase`（下面这一条的第一处之后 after，3 话轮内）：抱歉",
        "  - 客户短语 `phrase`：投诉",
    ]
    said = Words({}).scope({"role": "agent", "seconds": {"last": 20}, "share": {"from": 0.8}, "phase": "closing"})
    assert said == "只看客服，最后 20 秒，通话的 80%–100%，结尾阶段"


def test_a_description_knows_where_each_part_is_written(sets):
    described = describe(sets / "sites" / "over.yaml")
    silence, greets = described.rule("silence"), described.rule("greets")
    assert (silence.place.set_id, silence.place.line, silence.place.file[-9:]) == ("base", 20, "base.yaml")
    assert (silence.parts["advice"].set_id, silence.parts["forbid"].set_id) == ("over", "base")
    assert [(c.what, c.why, c.place.line) for c in silence.changes] == [
        ("severity", "系统慢", 7),
        ("advice", "系统慢", 7),
    ]
    assert greets.condition == {"any": [{"phrase": {"any": ["$greeting"]}}, {"phrase": {"any": ["侬好"]}}]}
    assert [entry.spec.id for entry in described.own] == ["mine"]
    (most,) = described.parameters
    assert (most.file.value, most.place.set_id) == (12, "over")
    (greeting,) = described.lexicons
    assert (greeting.phrases, [place.set_id for place in greeting.places]) == (
        ("您好", "你好", "早上好"),
        ["base", "over"],
    )
    with pytest.raises(RequestError, match="silence"):
        described.rule("silense")


def test_a_page_says_everything_that_the_set_says(sets):
    text = page(describe(sets / "base.yaml"))
    for said in (
        MARK,
        "# 基础",
        "出处 Source：标准 \\| 第一节",
        "| `most` | 8 | 静音上限 | 某标准 | `strict` 5（严格的标准） |",
        "| 礼仪/问好 | `greets` | 问好 | 扣 5 | 本页 here |",
        "### 静音 `silence`",
        "不能出现 forbidden · 每处扣 3，最多 6 · 致命 critical · 技巧/静音",
        "**要听到 What must be there（只看客服，前 2 话轮）**",
        "- 静音 `dead_air`（超过几秒: 8 `$most`）",
        "- `hold` 请客户等（之前 15 秒）：\n  - 客服短语 `phrase`：稍等",
        "说了不算 Not meant：不看 not looked at",
        "建议 Advice：先请客户稍等。",
        "可以这样说 Say instead：请您稍等。",
        "- 要报 fires：客户：查一下 / 客服（静音 20 秒后）：好了（没打招呼）",
        "- 不适用 not applicable：客服：您好（hangup_by: agent，单声道 mono）",
        "**已知缺口 Known gaps**\n\n- 应该要报 fires：",
        "**`greeting`**（2）：您好、你好",
    ):
        assert said in text


def test_a_page_of_an_overlay_links_what_it_includes_and_says_what_it_changes(sets):
    text = page(describe(sets / "sites" / "over.yaml"))
    assert "包含 Includes：[基础](base.md)" in text
    assert "| 技巧/静音 | `silence` | 静音 | 每处扣 3，最多 6 | [基础](base.md) |" in text
    assert "- `silence` 静音：改写 replaces `severity`、改写 replaces `advice`。系统慢" in text
    assert "- `greets` 问好：补充 extends。方言" in text
    assert "### 静音" not in text


def test_pages_are_written_once_and_checked(sets, tmp_path):
    out = tmp_path / "out"
    made = pages([sets / "base.yaml", sets / "sites" / "over.yaml"])
    assert [each.path for each in made] == ["README.md", "base.md", "over.md"]
    assert stale_pages(made, out) == ("README.md", "base.md", "over.md")
    assert len(write_pages(made, out)) == 3
    assert write_pages(made, out) == stale_pages(made, out) == ()
    (out / "gone.md").write_text(MARK + "\n# 没有了\n", encoding="utf-8")
    (out / "by-hand.md").write_text("# 手写的\n", encoding="utf-8")
    (out / "base.md").write_text("改过", encoding="utf-8")
    assert stale_pages(made, out) == ("base.md", "gone.md")
    assert stale_pages(made[1:2], out, whole=False) == ("base.md",)


def test_the_faults_of_all_sets_are_told_at_once(sets):
    written(sets, "rules: [{id: a}]\n", "first")
    written(sets, "rules: [{id: b}]\n", "second")
    with pytest.raises(RuleSetError) as caught:
        pages([sets / "first.yaml", sets / "second.yaml"])
    assert {fault.path.split("/")[-1] for fault in caught.value.faults} == {"first.yaml", "second.yaml"}


def test_every_shipped_set_has_a_page():
    made = pages(chosen_rule_sets([]))
    assert len(made) == len(chosen_rule_sets([])) + 1
    assert all(each.text.startswith(MARK) and each.text.endswith("\n") for each in made)
