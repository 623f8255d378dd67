"""Metrics over time as lines in SVG, like the other charts of attributes and classes only; a gap of the samples is a gap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import floor, log10
from typing import Final

from markupsafe import Markup

from portal.metrics.spans import Span
from portal.numbers import dollars
from portal.operations.metrics import ChartView, SeriesView, ServiceMetricsView

_HEIGHT: Final = 100
_SLOT: Final = 10
_MARGIN: Final = 4
"""Above and below, so that a line at the top or at zero is drawn whole."""
_WHOLE: Final = _HEIGHT + 2 * _MARGIN
_NICE: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_NOTHING: Final = "no data"
_SMALLEST_TOP: Final = 1e-3
_MOST_DRAWN: Final = 100
"""Drawn charts that are kept, of some 200 KiB each."""


@dataclass(frozen=True)
class Line:
    """One series, for the legend."""

    color: int
    title: str
    now: str
    """Its last value in words, with its unit."""


@dataclass(frozen=True)
class LineChart:
    """A chart, with what belongs beside it."""

    name: str
    title: str
    picture: Markup
    top: str
    """What the top of the chart is."""
    lines: list[Line]
    """Series that have any sample; none where Prometheus has nothing."""
    times: tuple[str, str, str]
    """First, middle and last moment."""
    headings: list[str]
    """Of the table: what each series is."""
    rows: list[tuple[str, list[str]]]
    """Of the table: moment, and the value of each series; the newest first."""


@lru_cache(maxsize=_MOST_DRAWN)
def charts(found: ServiceMetricsView) -> tuple[LineChart, ...]:
    """Return every chart of a service. Streams of many watchers need the same ones every few seconds."""
    return tuple(_chart(found, one) for one in found.charts) if found.start is not None else ()


def in_words(value: float | None, unit: str) -> str:
    """Return a value with its unit, as precise as people read it."""
    if value is None:
        return _NOTHING
    if unit == "%":
        return f"{value:.0f} %"
    if unit == "s":
        return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.0f} ms"
    if unit.startswith("USD"):
        return dollars(value)
    return _number(value)


def _scale(top: float, unit: str) -> str:
    """Return what the top of a chart is, with all of its unit."""
    shown = in_words(top, unit)
    return shown if unit in {"s", "%"} else f"{shown} {_bare(unit)}".rstrip()


def _latest(value: float | None, unit: str) -> str:
    """Return a value for the legend, a rate with its unit; what is counted the titles say."""
    shown, rate = in_words(value, unit), _bare(unit)
    return f"{shown} {rate}" if value is not None and rate.startswith(("a ", "an ")) else shown


def _bare(unit: str) -> str:
    """Return a unit without the dollars, which the value has before it."""
    return unit.removeprefix("USD").lstrip()


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def _chart(found: ServiceMetricsView, chart: ChartView) -> LineChart:
    moments = _moments(found)
    return drawn(chart, [_label(moment, found.span) for moment in moments], [f"{one:%H:%M}" for one in moments])


def drawn(chart: ChartView, labels: Sequence[str], short: Sequence[str] | None = None) -> LineChart:
    """Return one chart.

    Args:
        chart: Its series.
        labels: Moment of each value, in words; one at least.
        short: The same in fewer words, for stretches without values; default the labels.
    """
    moments = short or labels
    shown = [one for one in chart.series if any(value is not None for value in one.values)]
    top = _top(chart.unit, shown)
    gaps = list(_empty(shown))
    words = [_words(one, chart.unit) for one in shown]
    words += [f"No data from {moments[first]} to {moments[last]}" for first, last in gaps]
    text = ". ".join(words) if shown else "There is no data of it"
    return LineChart(
        name=chart.name,
        title=chart.title,
        picture=_picture(chart, shown, gaps, labels, top, text),
        top=_scale(top, chart.unit),
        lines=[Line(place, one.title, _latest(one.values[-1], chart.unit)) for place, one in enumerate(shown)],
        times=(labels[0], labels[len(labels) // 2], f"{labels[-1]} UTC"),
        headings=[one.title for one in shown],
        rows=[
            (label, [in_words(one.values[place], chart.unit) for one in shown])
            for place, label in reversed(list(enumerate(labels)))
        ]
        if shown
        else [],
    )


def _moments(found: ServiceMetricsView) -> list[datetime]:
    assert found.start is not None  # noqa: S101  charts are of what was read
    points = len(found.charts[0].series[0].values)
    return [found.start + timedelta(seconds=place * found.step_seconds) for place in range(points)]


def _label(moment: datetime, span: Span) -> str:
    return f"{moment:%H:%M}" if span is Span.HOUR else f"{moment:%m-%d %H:%M}"


def _top(unit: str, shown: Sequence[SeriesView]) -> float:
    """The smallest round number that no value is above; 100 for shares."""
    highest = max((value for one in shown for value in one.values if value is not None), default=0.0)
    if unit == "%" and highest <= 100:
        return 100.0
    if highest <= _SMALLEST_TOP:
        return 1.0 if highest <= 0 else _SMALLEST_TOP
    size = 10.0 ** floor(log10(highest))
    return next(size * nice for nice in _NICE if size * nice >= highest * (1 - 1e-9))


def _words(one: SeriesView, unit: str) -> str:
    values = [value for value in one.values if value is not None]
    average = sum(values) / len(values)
    last = in_words(one.values[-1], unit)
    return (
        f"{one.title}: {last} at the end, {in_words(average, unit)} on average, "
        f"{in_words(min(values), unit)} at least, {in_words(max(values), unit)} at most"
    )


def _empty(shown: Sequence[SeriesView]) -> Iterator[tuple[int, int]]:
    """First and last place of each stretch at which no series has a value."""
    points = len(shown[0].values) if shown else 0
    first: int | None = None
    for place in range(points + 1):
        empty = place < points and all(one.values[place] is None for one in shown)
        if empty and first is None:
            first = place
        elif not empty and first is not None:
            yield first, place - 1
            first = None


def _picture(
    chart: ChartView,
    shown: Sequence[SeriesView],
    gaps: Sequence[tuple[int, int]],
    labels: Sequence[str],
    top: float,
    text: str,
) -> Markup:
    width = max(1, len(labels) - 1) * _SLOT
    name = f"chart-{chart.name}"
    shades = Markup("").join(
        Markup('<rect class="gap" x="{}" y="{}" width="{}" height="{}"/>').format(
            max(0, first * _SLOT - _SLOT // 2), -_MARGIN, (last - first + 1) * _SLOT, _WHOLE
        )
        for first, last in gaps
    )
    lines = Markup("").join(
        Markup('<path class="line l-{}" d="{}"/>').format(place, _path(one.values, top))
        + (Markup('<path class="dot l-{}" d="{}"/>').format(place, dots) if (dots := _dots(one.values, top)) else "")
        for place, one in enumerate(shown)
    )
    slots = Markup("").join(_slot(place, label, chart, shown) for place, label in enumerate(labels))
    return Markup(
        '<svg class="lines" viewBox="0 {above} {width} {whole}" preserveAspectRatio="none" role="img" '
        'aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{title}, {unit}</title>'
        '<desc id="{name}-desc">From {first} to {last} UTC. {text}.</desc>'
        '<rect class="ground" y="{above}" width="{width}" height="{whole}"/>{shades}'
        '<path class="grid" d="M0 {half}H{width}"/>{lines}{slots}</svg>'
    ).format(
        width=width,
        above=-_MARGIN,
        whole=_WHOLE,
        half=_HEIGHT // 2,
        name=name,
        title=chart.title,
        unit=chart.unit,
        first=labels[0],
        last=labels[-1],
        text=text,
        shades=shades,
        lines=lines,
        slots=slots,
    )


def _path(values: Sequence[float | None], top: float) -> str:
    """A stroke for each stretch of values; one that stands alone is a dot, as its line has round ends."""
    drawn: list[str] = []
    before = False
    for place, value in enumerate(values):
        if value is not None:
            height = _HEIGHT * (1 - min(max(value / top, 0.0), 1.0))
            point = f"{place * _SLOT if len(values) > 1 else _SLOT // 2} {height:.1f}"
            alone = not before and (place + 1 == len(values) or values[place + 1] is None)
            drawn.append(f"M{point}h0.01" if alone else f"{'L' if before else 'M'}{point}")
        before = value is not None
    return "".join(drawn)


def _dots(values: Sequence[float | None], top: float) -> str:
    """Values that stand alone, for a stroke as wide as a dot must be to be seen."""
    kept = (
        value if None is before and None is after else None
        for before, value, after in zip((None, *values), values, (*values[1:], None), strict=False)
    )
    return _path(tuple(kept), top)


def _slot(place: int, label: str, chart: ChartView, shown: Sequence[SeriesView]) -> Markup:
    """The text of a moment, shown to a pointer; half a slot wide at both ends."""
    said = ", ".join(f"{one.title} {in_words(one.values[place], chart.unit)}" for one in shown) or _NOTHING
    return Markup('<g><title>{} UTC: {}</title><rect class="slot" x="{}" y="{}" width="{}" height="{}"/></g>').format(
        label, said, max(0, place * _SLOT - _SLOT // 2), -_MARGIN, _SLOT, _WHOLE
    )
