"""YAML as plain data with places; what is no plain data is refused with its line."""

import pytest

from qa_pipeline.errors import RuleSetError
from qa_pipeline.rules.source import MAX_BYTES, read_source


def source_of(tmp_path, text: str):
    path = tmp_path / "set.yaml"
    path.write_text(text, encoding="utf-8")
    return read_source(path, shown_as="set.yaml")


def refused(tmp_path, text: str) -> str:
    with pytest.raises(RuleSetError) as caught:
        source_of(tmp_path, text)
    return str(caught.value)


def test_every_part_has_its_place(tmp_path):
    source = source_of(tmp_path, "a: 1\nb:\n  - x\n  - {c: 2.5}\n")
    assert source.data == {"a": 1, "b": ["x", {"c": 2.5}]}
    assert source.places[("b", 1, "c")] == (4, 6)
    assert source.places[("b",)] == (2, 1)


def test_a_date_stays_text(tmp_path):
    assert source_of(tmp_path, "day: 2026-01-01\n").data == {"day": "2026-01-01"}


def test_duplicate_keys_are_faulted_at_the_second(tmp_path):
    source = source_of(tmp_path, "a: 1\nb: 2\na: 3\n")
    (fault,) = source.faults
    assert (fault.line, fault.column) == (3, 1)
    assert "line 1" in fault.message
    assert source.data["a"] == 1


def test_tags_are_not_run(tmp_path):
    source = source_of(tmp_path, "a: !!python/object/apply:os.system ['true']\nb: !custom x\n")
    assert [fault.line for fault in source.faults] == [2]
    assert source.data["a"] == ["true"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x [1]\nb: *x\n", "set.yaml:1:4"),
        ("a: [1,\nb: }", "set.yaml:2"),
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("a: " + "[" * 3000, "nested"),
        ("a: \t- b", "set.yaml:1"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(tmp_path, text, says):
    assert says in refused(tmp_path, text)


def test_a_bomb_of_aliases_is_refused_before_it_explodes(tmp_path):
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    assert "anchors" in refused(tmp_path, "\n".join(lines))


def test_deep_nesting_below_the_parsers_limit_is_a_fault(tmp_path):
    assert any("nested" in fault.message for fault in source_of(tmp_path, "a: " + "[" * 60 + "]" * 60).faults)


def test_a_large_file_is_refused(tmp_path):
    assert "larger" in refused(tmp_path, "a: " + "x" * MAX_BYTES)


def test_another_encoding_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "gbk.yaml"
    path.write_bytes("标题: 热线".encode("gbk"))
    with pytest.raises(RuleSetError, match="UTF-8"):
        read_source(path)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "bom.yaml"
    path.write_bytes("\ufeffa: 1".encode())
    assert read_source(path).data == {"a": 1}
