"""The page on costs, and the README's figures."""

import pytest

from tools.docs.costs import PAGE, README, page, readme, with_sections


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_the_readme_is_up_to_date() -> None:
    assert README.read_text() == readme(), "run `make docs`"


def test_a_section_is_what_stands_between_its_markers() -> None:
    text = "a\n<!-- x -->\nold\nold\n<!-- /x -->\nb\n"
    assert with_sections(text, {"x": "new \\1\n"}) == "a\n<!-- x -->\nnew \\1\n<!-- /x -->\nb\n"


def test_a_marker_that_is_missing_is_told() -> None:
    with pytest.raises(LookupError, match="no <!-- x -->"):
        with_sections("a\n<!-- x -->\n", {"x": ""})
