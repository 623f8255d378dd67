"""Usage by day and model as stacked bars in SVG, like the other charts of attributes and classes only."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from portal.numbers import dollars
from portal.operations.gateway_usage import GatewayUsageView, ModelUsage, UsageView, days_of

_HEIGHT: Final = 200
_SLOT, _BAR = 12, 9
_MOST_SERIES: Final = 4
"""Models with a colour of their own; the others are one series."""
OTHERS: Final = "other models"


class ModelSum(ModelUsage):
    """The usage of a model over all days."""

    color: int
    """Number of its colour in the stylesheet."""


@dataclass(frozen=True)
class Chart:
    """Bars by day, with what belongs beside them."""

    picture: Markup
    highest: float
    """What the top of the chart is."""
    headings: list[str]
    """Of the table: the sum where there are several, the models with a colour, and the others."""
    rows: list[tuple[str, list[str]]]
    """Of the table: day, and the value of each heading; the newest first."""


def by_model(found: GatewayUsageView) -> list[ModelSum]:
    """Sums by model, the one with most tokens first, each with its colour."""
    grouped: dict[str, list[UsageView]] = {}
    for one in found.usage:
        grouped.setdefault(one.model, []).append(one)
    ordered = sorted(grouped.items(), key=lambda item: (-sum(one.tokens for one in item[1]), item[0]))
    return [
        ModelSum(
            model=model,
            color=min(place, _MOST_SERIES),
            requests=sum(one.requests for one in entries),
            prompt_tokens=sum(one.prompt_tokens for one in entries),
            completion_tokens=sum(one.completion_tokens for one in entries),
            usd=sum(one.usd for one in entries),
        )
        for place, (model, entries) in enumerate(ordered)
    ]


def legend(sums: Sequence[ModelSum]) -> list[tuple[int, str]]:
    """Colours with the names of the models."""
    named = [(one.color, one.model) for one in sums if one.color < _MOST_SERIES]
    return named + ([(_MOST_SERIES, OTHERS)] if len(sums) > _MOST_SERIES else [])


def tokens_chart(found: GatewayUsageView, sums: Sequence[ModelSum]) -> Chart:
    """Tokens a day."""
    return _chart(found, sums, lambda one: float(one.tokens), "Tokens", lambda value: f"{value:,.0f}", " tokens")


def dollars_chart(found: GatewayUsageView, sums: Sequence[ModelSum]) -> Chart:
    """US dollars a day."""
    return _chart(found, sums, lambda one: one.usd, "Dollars", dollars)


def _chart(
    found: GatewayUsageView,
    sums: Sequence[ModelSum],
    value_of: Callable[[UsageView], float],
    what: str,
    cell: Callable[[float], str],
    unit: str = "",
) -> Chart:
    def shown(value: float) -> str:
        return cell(value) + unit

    colors = {one.model: one.color for one in sums}
    days = days_of(found)
    by_day: dict[str, Counter[int]] = {day: Counter() for day in days}
    for one in found.usage:
        if one.day in by_day:
            by_day[one.day][colors[one.model]] += value_of(one)  # type: ignore[assignment]  # a Counter adds numbers of any kind
    totals = {day: sum(values.values()) for day, values in by_day.items()}
    highest = max(totals.values(), default=0.0)
    bars = Markup("").join(_bar(place, day, by_day[day], highest, shown(totals[day])) for place, day in enumerate(days))
    busiest = max(totals, key=lambda day: totals[day]) if highest else ""
    most = f"; most on {busiest}, {shown(highest)}" if busiest else ""
    label = f"{what} a day from {found.first} to {found.last}: {shown(sum(totals.values()))} in all{most}"
    picture = Markup(
        '<svg class="usage" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="ground" width="{}" height="{}"/>{}</svg>'
    ).format(len(days) * _SLOT, _HEIGHT, label, len(days) * _SLOT, _HEIGHT, bars)
    named = legend(sums)
    several = len(named) > 1
    rows = [
        (day, ([cell(totals[day])] if several else []) + [cell(by_day[day][color]) for color, _ in named])
        for day in reversed(days)
    ]
    headings = (["all"] if several else []) + [name for _, name in named]
    return Chart(picture=picture, highest=highest, headings=headings, rows=rows)


def _bar(place: int, day: str, values: Mapping[int, float], highest: float, total: str) -> Markup:
    x, top = place * _SLOT + (_SLOT - _BAR) / 2, float(_HEIGHT)
    pieces = []
    for color in sorted(values):
        height = values[color] / highest * _HEIGHT if highest else 0.0
        top -= height
        pieces.append(
            Markup('<rect class="s-{}" x="{:.1f}" y="{:.2f}" width="{}" height="{:.2f}"/>').format(
                color, x, top, _BAR, height
            )
        )
    # The whole slot takes the pointer, so that a day of little usage has its text too.
    slot = Markup('<rect class="slot" x="{}" width="{}" height="{}"/>').format(place * _SLOT, _SLOT, _HEIGHT)
    return Markup("<g><title>{}: {}</title>{}{}</g>").format(day, total, slot, Markup("").join(pieces))
