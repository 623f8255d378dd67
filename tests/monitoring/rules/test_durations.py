import pytest

from monitoring.rules.durations import milliseconds, scaled, scaled_in


@pytest.mark.parametrize(
    ("text", "expected"), [("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000), ("250ms", 250), ("1d", 86_400_000)]
)
def test_a_duration_is_read(text, expected):
    assert milliseconds(text) == expected


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "1.5h", "5min"])
def test_what_is_not_a_duration_is_refused(text):
    with pytest.raises(ValueError, match=r"is not a duration: write it like 30s, 5m or 1h30m"):
        milliseconds(text)


@pytest.mark.parametrize(
    ("text", "factor", "expected"),
    [("5m", 0.02, "6s"), ("1h", 0.02, "1m12s"), ("30s", 0.02, "600ms"), ("1ms", 0.001, "1ms"), ("6h", 0.5, "3h")],
)
def test_a_duration_is_scaled_to_the_millisecond(text, factor, expected):
    assert scaled(text, factor) == expected


def test_ranges_subqueries_offsets_and_numbers_are_scaled():
    query = "max_over_time(rate(a[5m])[1h:30s]) offset 10m > on (s) time() - llm:setting * 1h"
    expected = "max_over_time(rate(a[6s])[1m12s:600ms]) offset 12s > on (s) time() - llm:setting * 1m12s"
    assert scaled_in(query, 0.02) == expected


def test_strings_names_and_plain_numbers_stay():
    query = """a:ratio_5m{code=~"5m|1h", x='10m', y="\\"5m"} > 14.4 * 0.005 and b5m{le="0.5"} > 1e3"""
    assert scaled_in(query, 0.02) == query


def test_scale_one_changes_no_character():
    query = "rate(a[90s])"
    assert scaled_in(query, 1) is query
