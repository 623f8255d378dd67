"""Every row of the contract names tests that exist, and the docs say what the rows say."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.rehearsal.contract import PAGE, ROWS, Row, page

ROOT = Path(__file__).parents[2]


def names(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.situation[:60])
def test_a_row_is_held_by_tests(row: Row) -> None:
    assert row.tests
    for test in row.tests:
        path, _, name = test.partition("::")
        assert name.startswith("test_")
        assert name in names(ROOT / path), test


def test_no_situation_has_two_rows() -> None:
    assert [situation for situation, count in Counter(row.situation for row in ROWS).items() if count > 1] == []


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"
