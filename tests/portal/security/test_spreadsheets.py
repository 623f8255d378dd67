"""Cells of an export: no text is a formula, everything else is as it was."""

import pytest

from portal.security.spreadsheets import harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_begins_a_formula_is_quoted(text: str):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "dev/qwen", "a=b", "'=1", -1, 0.5, None])
def test_everything_else_stays_as_it_is(value: object):
    assert harmless(value) == value
