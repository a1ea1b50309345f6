import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.sources.manifest import ManifestError, parse_agent_channel, read_manifest


def write(tmp_path, content):
    path = tmp_path / "calls.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


FULL = (
    "file,recording_id,agent_id,team,queue,started_at,hangup_by,ring_s,ivr_s,agent_channel,客户等级\n"
    "a.wav,c1,0107,政务一组,12345,2026-03-02T09:15:00+08:00,agent,2.5,,left,金卡\n"
    "b/b.wav,,,,,2026/3/2 9:15,客户,,10,1,\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_what_excel_writes_is_read(tmp_path, encoding):
    manifest = read_manifest(write(tmp_path, FULL.encode(encoding)))
    first, second = manifest.rows
    assert (first.path, first.recording_id, first.agent_channel) == (str(tmp_path / "a.wav"), "c1", 0)
    assert first.metadata == {
        "agent_id": "0107",
        "team": "政务一组",
        "queue": "12345",
        "started_at": "2026-03-02T09:15:00+08:00",
        "hangup_by": "agent",
        "ring_s": 2.5,
        "客户等级": "金卡",
    }
    assert second.metadata == {"started_at": "2026-03-02T09:15:00", "hangup_by": "customer", "ivr_s": 10.0}
    assert (second.path, second.recording_id, second.agent_channel) == (str(tmp_path / "b/b.wav"), None, 1)
    assert manifest.extra_columns == ("客户等级",)


@pytest.mark.parametrize(
    "text", ["录音;工号\na.wav;7\n", "文件\t坐席\na.wav\t7\n", "  PATH , Agent_ID\n\n\na.wav,7\n,\n"]
)
def test_other_separators_names_and_empty_lines(tmp_path, text):
    (row,) = read_manifest(write(tmp_path, text)).rows
    assert row.metadata == {"agent_id": "7"}


def test_every_fault_is_told_at_once_with_its_line(tmp_path):
    path = write(
        tmp_path,
        "file,id,ring_s,started_at,hangup_by,agent_channel\n"
        'a.wav,1,"two\nlines",yesterday,nobody,middle\n'
        "b.wav,2\n"
        ",3,,,,\n"
        "c.wav,4,-1,,,\n"
        "d.wav,5,nan,,,\n"
        "e.wav,6,,,,\n"
        "e.wav,6,,,,\n",
    )
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    told = [(fault.line, fault.message) for fault in caught.value.faults]
    assert told == [
        (2, "`ring_s` is “two\nlines”"),
        (2, "`started_at` is “yesterday”"),
        (2, "`hangup_by` is “nobody”"),
        (2, "`agent_channel` is “middle”"),
        (4, "2 cells where the header has 6"),
        (5, "the cell `file` is empty"),
        (6, "`ring_s` is “-1”"),
        (7, "`ring_s` is “nan”"),
        (9, "the file e.wav stands on line 8 already"),
        (9, "the id “6” stands on line 8 already"),
    ]
    assert f"{path}:4:1: 2 cells" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the manifest is empty"),
        (b"\n\n", "the manifest is empty"),
        (b"file\n", "a header and no rows"),
        (b"agent,team\n1,2\n", "no column `file`"),
        (b"file,file\na,b\n", "a second column `file`"),
        (b"file,path\na,b\n", "a second column `file`"),
        (b"file,\na,b\n", "column 2 has no name"),
        (b'file\n"a\n', "no CSV"),
        (b"PK\x03\x04abc", "Excel workbook"),
        (b"\x00\x01\x02\xff", "no text in UTF-8 or GBK"),
        (b"file\n\xff\xff\xff\n", "no text in UTF-8 or GBK"),
    ],
)
def test_broken_manifests(tmp_path, content, message):
    with pytest.raises(ManifestError, match=message):
        read_manifest(write(tmp_path, content))


def test_a_manifest_that_is_not_there(tmp_path):
    with pytest.raises(RequestError, match="cannot be read: No such file"):
        read_manifest(str(tmp_path / "none.csv"))


def test_agent_channels():
    assert [parse_agent_channel(text) for text in ("auto", "LEFT", "right", "3", "左")] == [None, 0, 1, 3, 0]
    for wrong in ("both", "-1", "²", "1000"):
        with pytest.raises(ValueError, match="channel number"):
            parse_agent_channel(wrong)
