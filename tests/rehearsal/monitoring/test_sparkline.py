import math

import pytest

from rehearsal.monitoring.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([5, 5, 5], "▁▁▁"),
        ([1, math.nan, 2], "▁ █"),
        ([math.inf, math.nan], "  "),
        ([], ""),
    ],
)
def test_bars(values, text):
    assert sparkline(values) == text


def test_many_values_are_thinned_to_means():
    assert sparkline([0, 0, 10, 10], width=2) == "▁█"
    assert len(sparkline(list(range(1000)), width=40)) == 40
    assert sparkline([math.nan, math.nan, 1, math.nan, 2, 2], width=3) == " ▁█"
