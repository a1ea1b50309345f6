"""What is put behind a URL: whole, in an order that a reader can live with, and never over what is not ours."""

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs import delivered
from qa_pipeline.outputs.delivered import Bundle, delivered_file, delivered_folder
from tests.s3 import s3_server, there

pytest.importorskip("moto")
PAGES = Bundle("marker.json", "index.html", ("calls",))


@pytest.fixture(scope="module")
def bucket():
    with s3_server("delivered") as url:
        yield url


def write(folder, **content):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in content.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_places_of_this_machine_are_themselves(tmp_path):
    with delivered_folder(tmp_path / "a", PAGES) as folder, delivered_file(f"file://{tmp_path}/b.xlsx") as file:
        assert (folder, file) == (tmp_path / "a", tmp_path / "b.xlsx")


def test_the_marker_goes_first_and_the_page_last_and_what_is_stale_goes(bucket, monkeypatch):
    order, put = [], delivered.put
    monkeypatch.setattr(delivered, "put", lambda path, url: (order.append(path.name), put(path, url)))
    for call in ("a", "b"):
        with delivered_folder(f"{bucket}/pages/", PAGES) as folder:
            write(folder, index_html=f"<a {call}>", marker_json="{}", **{f"calls__{call}_html": call})
    assert there(f"{bucket}/pages") == {"index.html": b"<a b>", "marker.json": b"{}", "calls/b.html": b"b"}
    assert order == ["marker.json", "a.html", "index.html", "marker.json", "b.html", "index.html"]


def test_what_is_not_ours_is_refused_before_any_work(bucket):
    with delivered_folder(f"{bucket}/else") as folder:
        write(folder, notes_txt="mine")
    with pytest.raises(RequestError, match="holds something else"), delivered_folder(f"{bucket}/else", PAGES):
        pytest.fail("work was begun")
    keeping = Bundle("marker.json", "index.html", ("calls",), overwrite=False)
    with delivered_folder(f"{bucket}/ours", keeping) as folder:
        write(folder, marker_json="{}")
    with pytest.raises(RequestError, match="--overwrite"), delivered_folder(f"{bucket}/ours", keeping):
        pytest.fail("work was begun")
    with pytest.raises(RequestError, match="no such place"), delivered_folder("s3://no-such-bucket/x", PAGES):
        pytest.fail("work was begun")


def test_work_that_fails_leaves_nothing(bucket):
    with pytest.raises(RequestError, match="broken"), delivered_folder(f"{bucket}/broken") as folder:
        write(folder, a_txt="a")
        raise RequestError("broken")
    assert there(f"{bucket}/broken") == {}


def test_a_single_file(bucket):
    with delivered_file(f"{bucket}/books/one.xlsx") as path:
        path.write_text("book")
    assert there(f"{bucket}/books") == {"one.xlsx": b"book"}
    with pytest.raises(RequestError, match=r"one\.xlsx 写不了"), delivered_file("s3://no-such-bucket/one.xlsx") as path:
        path.write_text("book")
