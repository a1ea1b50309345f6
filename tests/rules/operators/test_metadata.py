import pytest
from pydantic import ValidationError

from qa_pipeline.rules.operators.metadata import Metadata
from tests.rules.calls import call, found
from tests.rules.timed import refusal


def holds(value, **parameters) -> bool:
    features = call("客服: 您好", metadata={"x": value})
    return bool(found("metadata", {"field": "x", **parameters}, features))


@pytest.mark.parametrize(
    ("value", "parameters", "expected"),
    [
        ("customer", {"is": "customer"}, True),
        ("Customer ", {"is": "customer"}, True),
        ("agent", {"is": "customer"}, False),
        ("agent", {"is_not": "customer"}, True),
        ("15", {"is": 15}, True),
        (15.0, {"is": 15}, True),
        ("015", {"is": "15"}, False),
        ("十五", {"is": 15}, False),
        ("是", {"is": True}, True),
        ("no", {"is": True}, False),
        (True, {"is": True}, True),
        ("0", {"is": False}, True),
        ("供热", {"one_of": ["投诉", "供热"]}, True),
        ("3", {"one_of": [1, 2, 3]}, True),
        ("公交", {"one_of": ["投诉", "供热"]}, False),
        (15, {"at_most": 15}, True),
        ("15.1", {"at_most": 15}, False),
        ("15", {"at_least": 15}, True),
        ("14", {"at_least": 10, "at_most": 20, "is_not": 14}, False),
        ("2027-03-15T23:59:00+08:00", {"at_most": "2027-03-15"}, True),
        ("2027-03-16 00:00:00", {"at_most": "2027-03-15"}, False),
        ("2026-11-15", {"at_least": "2026-11-15"}, True),
        ("2026/11/14 09:00", {"at_least": "2026-11-15"}, False),
        ("2026-11-15 09:29", {"at_least": "2026-11-15 09:30"}, False),
        ("2026-11-15T09:30:00+08:00", {"at_least": "2026-11-15 09:30"}, True),
    ],
)
def test_comparisons(value, parameters, expected):
    assert holds(value, **parameters) is expected


def test_what_is_not_there_cannot_be_told():
    features = call("客服: 您好", metadata={"empty": " "})
    for field in ("absent", "empty"):
        assert "话单里没有" in refusal("metadata", {"field": field, "is": "a"}, features)
        assert "话单里没有" in refusal("metadata", {"field": field, "is_not": "a"}, features)


@pytest.mark.parametrize(
    ("value", "parameters", "why"),
    [
        ("很久", {"at_most": 15}, "不是数字"),
        ("nan", {"at_most": 15}, "不是数字"),
        ("昨天", {"at_least": "2026-11-15"}, "不是日期"),
        ("也许", {"is": True}, "是/否"),
    ],
)
def test_what_cannot_be_compared_cannot_be_told(value, parameters, why):
    assert why in refusal("metadata", {"field": "x", **parameters}, call("客服: 您好", metadata={"x": value}))


def test_whether_it_is_there_can_always_be_told():
    assert holds("507", exists=True)
    assert not holds("507", exists=False)
    assert found("metadata", {"field": "absent", "exists": False}, call("客服: 您好"))
    assert not found("metadata", {"field": "absent", "exists": True}, call("客服: 您好"))


def test_evidence_shows_the_value():
    [one] = found("metadata", {"field": "ring_s", "at_least": 10}, call("客服: 您好", metadata={"ring_s": 18.0}))
    assert (one.matched, one.note) == ("18.0", "ring_s = 18.0")


@pytest.mark.parametrize(
    "parameters",
    [{}, {"exists": True, "is": 1}, {"at_least": "很久"}, {"at_least": 1, "at_most": "2026-11-15"}, {"one_of": []}],
)
def test_what_cannot_be_asked(parameters):
    with pytest.raises(ValidationError):
        Metadata.model_validate({"field": "x", **parameters})
