import pytest

from tests import start_time
from tests.harness import ROOT


@pytest.mark.thorough
def test_a_run_is_a_process_of_its_own_whose_time_counts() -> None:
    (here,) = start_time.measure([ROOT], "dev", 1)
    assert len(here) == 1
    assert here[0] > 0


def test_the_rows_compare_in_pairs() -> None:
    results = {"dev": [[1.0, 1.2, 1.1], [2.0, 2.0, 2.75]]}
    assert start_time.rows(results) == [["dev", "1.10 s", "1.20 s", "2.00 s", "0.50"]]
    assert start_time.rows({"prod": [[1.0, 3.0, 2.0]]}) == [["prod", "2.00 s", "3.00 s"]]
