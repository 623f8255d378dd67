"""The page that lists every setting."""

from tools.docs.settings import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_every_setting_is_described() -> None:
    rows = [line.split(" | ") for line in page().splitlines() if line.startswith("| `") and line.count(" | ") >= 3]
    assert len(rows) > 80
    assert [row[0] for row in rows if len(row[-1].removesuffix("|").strip()) < 5] == []


def test_a_row_of_a_table_is_one_line() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert [line for line in rows if not line.endswith(" |")] == []
