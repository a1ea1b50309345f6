"""Read back as Excel reads it: links, filters, colours, and never a formula."""

import csv
import zipfile
from decimal import Decimal

import pytest

from qa_pipeline.engines.report import report
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs import workbook
from qa_pipeline.outputs.csv_files import inert, write_csv
from qa_pipeline.outputs.night import read_night
from qa_pipeline.outputs.workbook import write_workbook
from qa_pipeline.records import Outcome
from tests.outputs.cards import AGENT, CUSTOMER, NEWER, call, failure, hit, rule
from tests.outputs.report.nights import write_night

openpyxl = pytest.importorskip("openpyxl")
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
    "\t=1",
    "＝1+1",
    "http://evil.example",
)
SHEETS = ["说明", "通话", "问题", "预警", "规则结果", "指标", "规则", "团队", "坐席", "队列", "失败"]


@pytest.fixture
def night(tmp_path):
    calls = []
    for number, text in enumerate(FORMULAS):
        said = ((AGENT, 0.5, 3.0, text), (CUSTOMER, 4.0, 6.0, "电话一三八零五七六二四一九"))
        bad = rule(
            "bad",
            Outcome.FAIL,
            hit("bad", 1.5, 3.0, text, quote=text, note=text),
            indicator="服务禁语/规定",
            reason=text,
        )
        angry = rule("angry", Outcome.FAIL, hit("angry", 4.0, 5.0, "一三八零五七六二四一九", quote=said[1][3], role=CUSTOMER, points="0"),
                     indicator="预警/客户情绪")  # fmt: skip
        calls.append(call(f"c{number}", (bad, angry), said=said, score="62.5", grade="普通", agent_id=text, team=text,
                          started_at="2026-11-20T19:05:00", odd=text))  # fmt: skip
    calls += [call("new", ruleset=NEWER), failure("z", agent_id="=1")]
    return read_night(write_night(tmp_path / "night", *calls, extra=["odd"]))


def opened(path):
    return openpyxl.load_workbook(path)


def column(sheet, title):
    at = [cell.value for cell in sheet[1]].index(title)
    return [row[at] for row in sheet.iter_rows(min_row=2)]


def test_a_sheet_for_each_view(night, tmp_path):
    written = write_workbook(night, tmp_path / "out.xlsx")
    book = opened(tmp_path / "out.xlsx")
    assert book.sheetnames == SHEETS
    assert written.rows["通话"] == len(FORMULAS) + 2
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref is not None
    assert next(cell.value for cell in column(book["通话"], "得分")) == 62.5
    assert column(book["通话"], "时间")[0].value.isoformat() == "2026-11-20T19:05:00"


def test_no_cell_is_a_formula(night, tmp_path):
    write_workbook(night, tmp_path / "out.xlsx", masked=False)
    for sheet in opened(tmp_path / "out.xlsx").worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate, cell.value)
    with zipfile.ZipFile(tmp_path / "out.xlsx") as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert all("<f>" not in text for text in sheets)
    assert {cell.value for cell in column(opened(tmp_path / "out.xlsx")["问题"], "原话")} >= set(FORMULAS) - {"\t=1"}


def test_links_lead_to_the_page_and_the_second(night, tmp_path):
    report(night.folder, tmp_path / "report", jobs=1)
    write_workbook(night, tmp_path / "books" / "out.xlsx", report=tmp_path / "report")
    book = opened(tmp_path / "books" / "out.xlsx")
    link = column(book["问题"], "听")[0].hyperlink
    assert (link.target.replace("\\", "/"), link.location) == ("../report/calls/c0.html", "t=1.5")
    for cell in column(book["通话"], "编号"):
        assert (tmp_path / "books" / cell.hyperlink.target.replace("\\", "/")).resolve().is_file()


def test_without_a_report_there_are_no_links(night, tmp_path):
    write_workbook(night, tmp_path / "out.xlsx")
    assert all(
        cell.hyperlink is None
        for sheet in opened(tmp_path / "out.xlsx").worksheets
        for row in sheet.iter_rows()
        for cell in row
    )
    with pytest.raises(RequestError, match="holds no report"):
        write_workbook(night, tmp_path / "out.xlsx", report=tmp_path / "nowhere")


def test_masked_by_default_and_not_when_told(night, tmp_path):
    write_workbook(night, tmp_path / "a.xlsx")
    write_workbook(night, tmp_path / "b.xlsx", masked=False)
    quotes = [[cell.value for cell in column(opened(tmp_path / name)["预警"], "原话")] for name in ("a.xlsx", "b.xlsx")]
    assert set(quotes[0]) == {"电话〔电话〕"}
    assert set(quotes[1]) == {"电话一三八零五七六二四一九"}


def test_versions_have_rows_of_their_own(night, tmp_path):
    write_workbook(night, tmp_path / "out.xlsx")
    versions = {cell.value for cell in column(opened(tmp_path / "out.xlsx")["指标"], "规则集")}
    assert versions == {"hotline 1.0.0", "hotline 2.0.0"}


def test_colours_follow_the_values(night, tmp_path):
    write_workbook(night, tmp_path / "out.xlsx")
    rules = opened(tmp_path / "out.xlsx")["规则结果"].conditional_formatting
    assert {part.formula[0] for found in rules for part in found.rules} == {'"通过"', '"未过"', '"无法判断"'}


def test_rows_beyond_excels_limit_are_named(night, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 5)
    written = write_workbook(night, tmp_path / "out.xlsx")
    assert written.left_out["问题"] == len(FORMULAS) - 5
    assert opened(tmp_path / "out.xlsx")["问题"].max_row == 6


def test_links_beyond_excels_limit_are_text(night, tmp_path, monkeypatch):
    report(night.folder, tmp_path / "report", jobs=1)
    monkeypatch.setattr(workbook, "_MAX_LINKS", 3)
    write_workbook(night, tmp_path / "out.xlsx", report=tmp_path / "report")
    cells = column(opened(tmp_path / "out.xlsx")["通话"], "编号")
    assert [cell.hyperlink is not None for cell in cells[:4]] == [True, True, True, False]
    assert cells[3].value == "c3"


def test_csv_has_a_mark_and_nothing_runs(night, tmp_path):
    written = write_csv(night, tmp_path / "csv")
    assert [path.stem for path in written.paths] == SHEETS
    for path in written.paths:
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        for row in csv.reader(path.open(encoding="utf-8-sig", newline="")):
            for cell in row:
                is_number = cell.lstrip("+-").replace(".", "", 1).isdigit()
                assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝")), (path, cell)


@pytest.mark.parametrize("text", FORMULAS[:-1])
def test_what_a_spreadsheet_would_run_is_quoted(text):
    assert inert(text) == "'" + text


def test_numbers_and_words_stay_as_they_are():
    assert [inert(value) for value in (Decimal("-3.00"), -1.5, None, "这是规定", "a=b")] == [
        Decimal("-3.00"),
        -1.5,
        None,
        "这是规定",
        "a=b",
    ]
