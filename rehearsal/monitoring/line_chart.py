"""Values over time as one SVG: panels below each other with the same time, each with lines and its own scale."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

_WIDTH, _PANEL, _GAP = 900, 150, 14
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 14, 30, 22
_COLORS = ("#2563a8", "#c2410c", "#15803d", "#7e22ce", "#a16207")
_STYLE = (
    "text{font-family:system-ui,sans-serif;font-size:11px;fill:#374151}.title{font-size:13px;font-weight:600;fill:#111827}"
    ".page{fill:#f3f4f6}.panel{fill:#fff;stroke:#d1d5db}.grid{stroke:#e5e7eb;fill:none}.line{fill:none;stroke-width:1.6}"
)
_NICE = (1.0, 2.0, 5.0, 10.0)
_MARKS = 6


@dataclass(frozen=True, kw_only=True)
class Line:
    """One series.

    Attributes:
        name: For the legend.
        points: Seconds and values, oldest first.
        steps: Whether a value holds until the next one, as a number of replicas does.
    """

    name: str
    points: Sequence[tuple[float, float]]
    steps: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Lines of one unit."""

    title: str
    unit: str
    lines: Sequence[Line]


def picture(title: str, panels: Sequence[Panel], *, seconds: float, note: str = "") -> str:
    """The panels from 0 to ``seconds``, which ``note`` explains."""
    height = 34 + len(panels) * (_PANEL + _GAP) + 22
    parts = [_panel(panel, 34 + place * (_PANEL + _GAP), seconds) for place, panel in enumerate(panels)]
    described = ". ".join(_words(panel) for panel in panels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc><style>{_STYLE}</style>"
        f'<rect class="page" width="{_WIDTH}" height="{height}"/><text class="title" x="8" y="22">{escape(title)}</text>'
        f'{"".join(parts)}<text x="8" y="{height - 8}">{escape(note)}</text></svg>\n'
    )


def _panel(panel: Panel, top: int, seconds: float) -> str:
    values = [value for line in panel.lines for _, value in line.points]
    step = _step(max(values, default=0.0))
    highest = step * max(1, -int(-max(values, default=0.0) // step))
    width, height = _WIDTH - 16 - _LEFT - _RIGHT, _PANEL - _TOP - _BOTTOM
    parts = []
    for number in range(round(highest / step) + 1):
        y = _TOP + height * (1 - number * step / highest)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}h{width}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number * step:g}</text>')
    for mark in range(_MARKS + 1):
        x, at = _LEFT + width * mark / _MARKS, seconds * mark / _MARKS
        parts.append(f'<text x="{x:.1f}" y="{_PANEL - 7}" text-anchor="middle">{at:.0f} s</text>')
    for place, line in enumerate(panel.lines):
        color = _COLORS[place % len(_COLORS)]
        path = _path(line, lambda at: _LEFT + width * at / seconds, lambda value: _TOP + height * (1 - value / highest))
        parts.append(f'<path class="line" stroke="{color}" d="{path}"/>')
        x = _WIDTH - 30 - 150 * (len(panel.lines) - place)
        parts.append(f'<path class="line" stroke="{color}" d="M{x} 16h18"/>')
        parts.append(f'<text x="{x + 24}" y="20">{escape(line.name)}</text>')
    if not values:
        parts.append(f'<text x="{_WIDTH // 2}" y="{_PANEL // 2}" text-anchor="middle">no data</text>')
    return (
        f'<g transform="translate(8,{top})"><rect class="panel" width="{_WIDTH - 16}" height="{_PANEL}" rx="4"/>'
        f'<text class="title" x="10" y="20">{escape(panel.title)} · {escape(panel.unit)}</text>{"".join(parts)}</g>'
    )


def _path(line: Line, across: Callable[[float], float], down: Callable[[float], float]) -> str:
    path, before = "", None
    for at, value in line.points:
        if before is not None and line.steps:
            path += f"L{across(at):.1f} {down(before):.1f}"
        path += f"{'M' if before is None else 'L'}{across(at):.1f} {down(value):.1f}"
        before = value
    return path


def _step(highest: float) -> float:
    """A round number of which three to six make the highest value."""
    if highest <= 0:
        return 1.0
    size = 10.0 ** floor(log10(highest / 4))
    return size * next(nice for nice in _NICE if size * nice * 5 >= highest * (1 - 1e-9))


def _words(panel: Panel) -> str:
    said = [
        f"{line.name} {min(values):g} to {max(values):g}"
        for line in panel.lines
        if (values := [value for _, value in line.points])
    ]
    return f"{panel.title} ({panel.unit}): {', '.join(said) or 'no data'}"
