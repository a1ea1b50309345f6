"""Hits stand where they were said, masks hide what is private, and nothing is lost on the way."""

import itertools

import pytest

from qa_pipeline.outputs.report.conversation import conversation
from qa_pipeline.outputs.report.masking import CallMask, mask_of

CALL = {"duration_s": 60.0, "recording_id": "a"}


def line(index, role, start, end, text):
    return {
        "index": index,
        "role": role,
        "channel": int(role == "customer"),
        "start_s": start,
        "end_s": end,
        "text": text,
    }


def finding(start, end, matched="", *, role="agent", rule="r", quote="x", points=-3, indicator="接待礼仪/称呼"):
    return {
        "rule_id": rule, "title": rule, "start_s": start, "end_s": end, "matched": matched, "quote": quote, "role": role,
        "note": "", "points": points, "indicator": indicator, "severity": "minor", "advice": "", "suggest": "", "turn": 0,
    }  # fmt: skip


LINES = [
    line(0, "agent", 0, 4, "您好，请讲。"),
    line(1, "customer", 4, 9, "我姓王，电话一三八零五七六二四一九，暖气不热。"),
    line(2, "agent", 9, 14, "这是规定，这是规定，没办法。"),
]


def talk(*findings, lines=LINES, masked=False):
    return conversation(CALL, lines, findings, mask_of(CALL, lines, masked=masked))


def marked(line):
    return [(piece.text, [f.number for f in piece.marks]) for piece in line.pieces if piece.marks]


def test_a_hit_is_marked_where_it_was_said():
    found = talk(finding(10, 11, "没办法"))
    assert [marked(each) for each in found.lines] == [[], [], [("没办法", [1])]]
    assert [f.number for f in found.lines[2].findings] == [1]


@pytest.mark.parametrize(("start", "place"), [(9.0, 0), (11.0, 5)])
def test_of_two_places_the_nearer_in_time(start, place):
    pieces = talk(finding(start, start + 1, "这是规定")).lines[2].pieces
    before = [piece.text for piece in itertools.takewhile(lambda piece: not piece.marks, pieces)]
    assert len("".join(before)) == place
    assert "".join(piece.text for piece in pieces) == LINES[2]["text"]


def test_marks_that_overlap_keep_both_and_the_narrowest_first():
    found = talk(finding(9, 14, "这是规定，这是规定，没办法。", rule="all"), finding(12.5, 13, "没办法", rule="inner"))
    pieces = {piece.text: piece for piece in found.lines[2].pieces}
    assert [f.row["rule_id"] for f in pieces["没办法"].marks] == ["inner", "all"]
    assert [f.row["rule_id"] for f in pieces["没办法"].ends] == ["inner"]
    assert [f.row["rule_id"] for f in pieces["。"].ends] == ["all"]


def test_what_private_words_hide_stays_hidden_and_marked():
    found = talk(finding(5, 8, "一三八零五七六二四一九", role="customer"), masked=True)
    shown = "".join(piece.text for piece in found.lines[1].pieces)
    assert "一三八" not in shown
    assert any(piece.private and piece.marks for piece in found.lines[1].pieces)
    assert "一三八" not in found.findings[0].matched


def test_a_mark_across_a_mask_leaks_nothing():
    found = talk(finding(5, 8, "电话一三八零五", role="customer"), masked=True)
    shown = "".join(piece.text for piece in found.lines[1].pieces)
    assert "一三八" not in shown
    assert "电话" in shown


def test_without_masking_the_words_stand():
    shown = "".join(piece.text for piece in talk(masked=False).lines[1].pieces)
    assert shown == LINES[1]["text"]


def test_what_the_whole_call_lacks_stands_apart():
    lacking = finding(0, 60, quote="", rule="empathy")
    found = talk(lacking, finding(10, 11, "没办法"))
    assert [f.row["rule_id"] for f in found.whole] == ["empathy"]
    assert len(found.findings) == 2


def test_evidence_that_matches_no_words_marks_the_line():
    found = talk(finding(9.5, 10, "听错的字"))
    assert found.lines[2].hit
    assert marked(found.lines[2]) == []


def test_no_finding_is_ever_lost():
    odd = [
        finding(59, 59, "无", role="customer"), finding(0, 0.0, "", role=None), finding(30, 31, "", role="unknown"),
        finding(-1, 200, "没办法"), finding(10, 5, "没办法"),
    ]  # fmt: skip
    found = talk(*odd)
    told = [f.number for each in found.lines for f in each.findings] + [f.number for f in found.whole]
    assert sorted(told) == [1, 2, 3, 4, 5]


def test_a_call_without_words_has_no_lines():
    found = conversation(CALL, [], [finding(0, 60, "")], CallMask(None))
    assert (found.lines, len(found.whole)) == ((), 1)


def test_hits_of_one_rule_on_a_line_stand_together():
    found = talk(finding(9, 10, "这是规定"), finding(12.5, 13, "没办法"), finding(9, 10, "这是", rule="s"))
    assert [[f.row["rule_id"] for f in group] for group in found.lines[2].grouped] == [["r", "r"], ["s"]]
