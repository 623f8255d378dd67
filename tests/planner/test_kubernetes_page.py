"""The page for operators has the dates of the table."""

from planner.catalog.eks_versions import kubernetes_versions, table_date
from tests.harness import ROOT


def test_operations_has_the_dates_of_the_table() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert f"as of {table_date()}" in page
    for one in list(kubernetes_versions().values())[-4:]:
        assert f"| {one.name} | {one.released} | {one.standard_until} | {one.extended_until} |" in page
