"""Lines of metrics: gaps are gaps, words say what the picture shows, and nothing in it is a style."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from portal.metrics.spans import Span
from portal.operations.metrics import ChartView, SeriesView, ServiceMetricsView
from portal.web import line_charts

START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def drawn(*series: list[float | None], unit: str = "a minute", title: str = "Requests", span: Span = Span.HOUR):
    chart = ChartView(
        name="requests",
        title=title,
        unit=unit,
        series=tuple(
            SeriesView(name=f"s{n}", title=f"line {n}", values=tuple(values)) for n, values in enumerate(series)
        ),
    )
    found = ServiceMetricsView(span=span, start=START, step_seconds=60, read_at=START, problem=None, charts=(chart,))
    (one,) = line_charts.charts(found)
    return one, ET.fromstring(one.picture)  # noqa: S314  it is our own


def paths(svg: ET.Element) -> list[str]:
    return [one.get("d") for one in svg.iter("path") if "line" in one.get("class").split()]


def dots(svg: ET.Element) -> list[str]:
    return [one.get("d") for one in svg.iter("path") if "dot" in one.get("class").split()]


def test_a_gap_breaks_the_line_and_is_shaded():
    one, svg = drawn([0, 50, None, None, 100, 100])
    assert paths(svg) == ["M0 100.0L10 50.0M40 0.0L50 0.0"]
    (gap,) = (each for each in svg.iter("rect") if each.get("class") == "gap")
    assert (gap.get("x"), gap.get("width")) == ("15", "20")
    assert "No data from 09:02 to 09:03" in one.picture


def test_a_value_alone_is_a_dot():
    _, svg = drawn([None, 50, None])
    assert paths(svg) == ["M10 0.0h0.01"]
    assert dots(svg) == ["M10 0.0h0.01"]
    _, svg = drawn([1, 1, None, 1])
    assert dots(svg) == ["M30 0.0h0.01"]


def test_the_only_moment_of_a_chart_is_a_dot_in_its_middle():
    chart = ChartView(name="usd", title="Cost", unit="USD", series=(SeriesView(name="a", title="a", values=(0.0004,)),))
    one = line_charts.drawn(chart, ["2026-11-27 09:00"])
    assert dots(ET.fromstring(one.picture)) == ["M5 60.0h0.01"]  # noqa: S314  it is our own
    assert (one.top, one.lines[0].now) == ("$0.001", "$0.0004")


def test_where_one_line_has_a_value_there_is_no_gap():
    _, svg = drawn([1, None, 1], [None, 1, None])
    assert [each for each in svg.iter("rect") if each.get("class") == "gap"] == []


def test_a_series_without_any_sample_is_not_in_the_legend():
    one, _ = drawn([1, 2], [None, None])
    assert [line.title for line in one.lines] == ["line 0"]
    assert one.headings == ["line 0"]


def test_without_any_sample_there_is_a_word():
    one, _ = drawn([None, None])
    assert (one.lines, one.rows) == ([], [])
    assert "There is no data of it" in one.picture


def test_words_say_what_the_picture_shows():
    one, svg = drawn([1, 3, 5], title="Requests", unit="a minute")
    ids = svg.get("aria-labelledby").split()
    said = {each.get("id"): each.text for each in svg}
    assert [said[name] for name in ids] == [
        "Requests, a minute",
        "From 09:00 to 09:02 UTC. line 0: 5 at the end, 3 on average, 1 at least, 5 at most.",
    ]
    assert one.rows == [("09:02", ["5"]), ("09:01", ["3"]), ("09:00", ["1"])]
    assert [each.find("title").text for each in svg.iter("g")][1] == "09:01 UTC: line 0 3"


@pytest.mark.parametrize(
    ("highest", "unit", "top"),
    [
        (0, "a minute", "1 a minute"),
        (7, "a minute", "8 a minute"),
        (0.21, "a minute", "0.25 a minute"),
        (2.4, "s", "2.50 s"),
        (0.031, "s", "40 ms"),
        (12, "%", "100 %"),
        (140, "%", "150 %"),
        (1_200_000, "a second", "1,500,000 a second"),
        (1000, "a second", "1,000 a second"),
        (1e-9, "a minute", "0.001 a minute"),
        (1.2, "USD an hour", "$1.50 an hour"),
        (1.2, "USD", "$1.50"),
    ],
)
def test_the_top_is_a_round_number_above_every_value(highest: float, unit: str, top: str):
    one, svg = drawn([0, highest], unit=unit)
    assert one.top == top
    assert all(0 <= float(y) <= 100 for path in paths(svg) for y in re.findall(r"[ML]\d+ ([\d.]+)", path))


@pytest.mark.parametrize(
    ("last", "unit", "now"),
    [
        (172, "a second", "172 a second"),
        (1.2, "USD an hour", "$1.20 an hour"),
        (1.2, "USD", "$1.20"),
        (0.208, "s", "208 ms"),
        (21, "%", "21 %"),
        (1, "requests", "1"),
        (None, "a second", "no data"),
    ],
)
def test_the_legend_has_the_last_value_with_its_unit(last: float | None, unit: str, now: str):
    one, _ = drawn([1, last], unit=unit)
    assert [line.now for line in one.lines] == [now]


def test_days_have_their_dates():
    one, _ = drawn([1, 2, 3], span=Span.DAY)
    assert one.times == ("11-27 09:00", "11-27 09:01", "11-27 09:02 UTC")


def test_words_from_outside_stay_words_and_nothing_is_a_style():
    one, _ = drawn([1], title='"><script>alert(1)</script>')
    assert "<script>" not in one.picture
    assert "style" not in one.picture
