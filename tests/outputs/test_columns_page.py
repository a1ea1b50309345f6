"""docs/parquet.md says what the code writes."""

from scripts.columns import PAGE, page


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m scripts.columns"
