"""A dashboard as one SVG: its panels in the grid that Grafana has, with lines of real samples."""

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, isfinite, log10
from string import ascii_uppercase

from monitoring.dashboards.panel import Dashboard, Panel
from tests.monitoring.drawings.units import axis_unit, shown

COLUMN, ROW, GAP, HEADING = 44, 26, 8, 30
"""Pixels of a column of 24, of a row of the grid, between panels, and of a row's heading."""
COLORS = ("#2563a8", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#0e7490", "#be185d", "#4d7c0f", "#6b21a8", "#9f1239")
_STYLE = """
text{font-family:system-ui,sans-serif;font-size:11px;fill:#374151}.title{font-size:12px;font-weight:600;fill:#111827}
.heading{font-size:14px;font-weight:600;fill:#111827}.figure{font-size:26px;font-weight:600;fill:#2563a8}
.page{fill:#f3f4f6}.panel{fill:#fff;stroke:#d1d5db}.grid{stroke:#e5e7eb;fill:none}.line{fill:none;stroke-width:1.5}
"""
_MOST_LINES = len(COLORS)
_MIB = 1024**2
_GAP_SECONDS = 20
"""Samples that are further apart are not joined."""
_LEGEND, _LONGEST_NAME = 14, 40
"""Pixels of a line of the legend, and characters of a name."""

Points = Sequence[tuple[float, float]]
Found = Mapping[str, Sequence[tuple[str, Points]]]
"""By a query's letter, its series: name and points."""


def picture(dashboard: Dashboard, found: Mapping[str, Found], start: float, end: float) -> str:
    """The dashboard between two times; ``found`` has the series of each panel by its title."""
    parts: list[str] = []
    top = GAP
    for row in dashboard.rows:
        parts.append(f'<text class="heading" x="{GAP}" y="{top + 18}">{escape(row.title)}</text>')
        top += HEADING
        left, tallest = 0, 0
        for panel in row.panels:
            parts.append(_placed(panel, found[panel.title], left, top, (start, end)))
            left, tallest = left + panel.width, max(tallest, panel.height)
            if left >= 24:
                top, left, tallest = top + tallest * ROW + GAP, 0, 0
    width = 24 * COLUMN + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" height="{top}" role="img">'
        f"<title>{escape(dashboard.title)}</title><style>{_STYLE}</style>"
        f'<rect class="page" width="{width}" height="{top}"/>{"".join(parts)}</svg>\n'
    )


def _placed(panel: Panel, found: Found, column: int, top: int, span: tuple[float, float]) -> str:
    width, height = panel.width * COLUMN - GAP, panel.height * ROW
    inside = {"timeseries": _lines, "stat": _figure, "table": _table}[panel.kind](panel, found, width, height, span)
    title = " · ".join(filter(None, (panel.title, axis_unit(panel.unit))))
    return (
        f'<g transform="translate({column * COLUMN + GAP},{top})"><rect class="panel" width="{width}" height="{height}" rx="4"/>'
        f'<text class="title" x="10" y="18">{escape(title)}</text>{inside}</g>'
    )


def _figure(panel: Panel, found: Found, width: int, height: int, _: tuple[float, float]) -> str:
    values = [points[-1][1] for series in found.values() for _, points in series if points]
    text = shown(values[0], panel.unit) if values else "no data"
    return f'<text class="figure" x="{width // 2}" y="{height // 2 + 18}" text-anchor="middle">{escape(text)}</text>'


def _table(panel: Panel, found: Found, width: int, height: int, _: tuple[float, float]) -> str:
    by_name: dict[str, dict[str, float]] = {}
    for letter, series in found.items():
        for name, points in series:
            by_name.setdefault(name, {})[letter] = points[-1][1]
    letters = ascii_uppercase[: len(panel.queries)]
    rows = [["Service", *(query.legend for query in panel.queries)]]
    rows += [
        [name, *(shown(values[letter], panel.unit) if letter in values else "" for letter in letters)]
        for name, values in sorted(by_name.items())
    ]
    first, rest = 0.28, 0.72 / len(letters)
    return "".join(
        f'<text x="{10 + width * (first + rest * (place - 1) if place else 0):.0f}" y="{42 + line * 20}"'
        f"{' class=' + chr(34) + 'title' + chr(34) if not line else ''}>{escape(cell)}</text>"
        for line, row in enumerate(rows[: (height - 40) // 20])
        for place, cell in enumerate(row)
    )


def _lines(panel: Panel, found: Found, width: int, height: int, span: tuple[float, float]) -> str:
    series = [
        (name, [point for point in points if isfinite(point[1])]) for each in found.values() for name, points in each
    ]
    # Zero where there is no series has no name; with others beside it, it says nothing.
    named = [(name, points) for name, points in series if points and name.strip()]
    series = (named or [(name, points) for name, points in series if points])[:_MOST_LINES]
    if not series:
        return f'<text x="{width // 2}" y="{height // 2}" text-anchor="middle">no data</text>'
    names = _legend([name for name, _ in series], width)
    left, top, right, bottom = 62, 30, width - 12, height - 26 - _LEGEND * len(names)
    values = [value for _, points in series for _, value in points]
    least = min(values) if panel.least is None else panel.least
    most = max(values) if panel.most is None else max(panel.most, *values)
    unit = _MIB if panel.unit == "bytes" else 1.0
    low, step, high = (unit * each for each in _scale(least / unit, most / unit))
    parts = []
    for number in range(round((high - low) / step) + 1):
        value = low + number * step
        y = bottom - (value - low) / (high - low) * (bottom - top)
        parts.append(f'<path class="grid" d="M{left} {y:.1f}H{right}"/>')
        parts.append(
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(shown(value, panel.unit))}</text>'
        )
    for place, (_, points) in enumerate(series):
        path, before = "", -_GAP_SECONDS
        for at, value in points:
            x = left + (at - span[0]) / (span[1] - span[0]) * (right - left)
            y = bottom - (min(value, high) - low) / (high - low) * (bottom - top)
            path += f"{'L' if at - before < _GAP_SECONDS else 'M'}{x:.1f} {y:.1f}"
            before = at
        parts.append(f'<path class="line" stroke="{COLORS[place]}" d="{path}"/>')
    minutes = (span[1] - span[0]) / 60
    parts.append(f'<text x="{left}" y="{bottom + 14}">{minutes:.0f} min ago</text>')
    parts.append(f'<text x="{right}" y="{bottom + 14}" text-anchor="end">now</text>')
    for line, entries in enumerate(names):
        y = bottom + 30 + _LEGEND * line
        for x, place, name in entries:
            parts.append(f'<path class="line" stroke="{COLORS[place]}" d="M{x:.0f} {y - 4}h12"/>')
            parts.append(f'<text x="{x + 16:.0f}" y="{y}">{escape(name)}</text>')
    return "".join(parts)


def _scale(least: float, most: float) -> tuple[float, float, float]:
    """The bottom, the distance of the lines of the grid, and the top: round numbers."""
    reach = most - least if most > least else max(abs(most), 1.0)
    size = 10.0 ** floor(log10(reach / 4))
    step = next(size * nice for nice in (1, 2, 2.5, 5, 10) if size * nice * 4 >= reach * (1 - 1e-9))
    low = floor(least / step + 1e-9) * step
    lines = 1
    while low + lines * step < most * (1 - 1e-9):
        lines += 1
    return low, step, low + lines * step


def _legend(names: Sequence[str], width: int) -> list[list[tuple[float, int, str]]]:
    """Lines of the legend: place from the left, number of the series, and its name, cut in the middle."""
    lines: list[list[tuple[float, int, str]]] = [[]]
    x = 10.0
    for place, name in enumerate(names):
        short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME // 2]}…{name[-_LONGEST_NAME // 2 :]}"
        needed = 26 + 6.4 * len(short)
        if x + needed > width and lines[-1]:
            lines.append([])
            x = 10.0
        lines[-1].append((x, place, short))
        x += needed
    return lines
