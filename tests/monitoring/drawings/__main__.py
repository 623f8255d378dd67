"""``python -m tests.monitoring.drawings``: the dashboards' pictures in docs, drawn from what a sandbox's Prometheus answers."""

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path
from string import ascii_uppercase

from monitoring import dashboards
from monitoring.dashboards.panel import Panel
from rehearsal.monitoring.open_stack import open_stack
from rehearsal.monitoring.prometheus import Prometheus, Series
from rehearsal.sandboxes import existing
from tests.monitoring.drawings.picture import Found, picture

POINTS = 120


def draw(prometheus: Prometheus, seconds: float, rate: str, folder: Path) -> list[str]:
    """Write a picture of each dashboard; list the panels that have no data."""
    end = time.time()
    start = end - seconds
    empty = []
    for dashboard in dashboards.DASHBOARDS:
        expressions = iter([each.expr for each in dashboards.queries(rate) if each.dashboard == dashboard.name])
        found = {
            panel.title: _found(prometheus, panel, expressions.__next__, (start, end)) for panel in dashboard.panels
        }
        empty += [f"{dashboard.name}: {title}" for title, each in found.items() if not all(each.values())]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{dashboard.name}.svg").write_text(picture(dashboard, found, start, end), encoding="utf-8")
    return empty


def _found(prometheus: Prometheus, panel: Panel, expression: Callable[[], str], span: tuple[float, float]) -> Found:
    step = max(1.0, (span[1] - span[0]) / POINTS)
    return {
        letter: [
            (_name(query.legend, series, as_table=panel.kind == "table"), series.points)
            for series in prometheus.query_range(expression(), start=span[0], end=span[1], step=step)
        ]
        for letter, query in zip(ascii_uppercase, panel.queries, strict=False)
    }


def _name(legend: str, series: Series, *, as_table: bool) -> str:
    if as_table:
        return series.labels.get("service", "")
    return re.sub(r"\{\{(\w+)\}\}", lambda label: series.labels.get(label[1], ""), legend)


def main() -> None:
    """Draw, and say which panels have no data."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitoring.drawings", description=__doc__)
    parser.add_argument("--sandbox", default="dev")
    parser.add_argument("--stack", default="dev")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--rate", default="30s", help="Range of rates: four scrapes of the sandbox's at least.")
    parser.add_argument("--folder", type=Path, default=Path("docs/monitoring"))
    chosen = parser.parse_args()
    with open_stack(existing(chosen.sandbox), chosen.stack) as monitoring:
        for line in draw(monitoring.prometheus, chosen.minutes * 60, chosen.rate, chosen.folder):
            print(f"no data: {line}")


if __name__ == "__main__":
    main()
