"""``rehearse load --report DIR``: a run as a page with its chart and figures, and as JSON."""

import json
from pathlib import Path

from load import Report
from planner.cost.prices import list_prices
from rehearsal.commands.load_samples import Sample, dollars, line
from rehearsal.monitoring.line_chart import Line, Panel, picture
from workspace.files import write_atomically


def write(folder: Path, title: str, report: Report, samples: list[Sample], *, scale: float | None) -> Path:
    """Write ``report.md``, ``run.svg`` and ``run.json`` into the folder; return the page.

    Args:
        folder: Made where it is missing.
        title: What ran.
        report: Of the load.
        samples: Of the platform.
        scale: Factor on time of engines that follow public figures; None where they are quick.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = {**report.to_json(), "usd": round(dollars(samples), 6), "samples": [one.to_json() for one in samples]}
    write_atomically(folder / "run.json", json.dumps(content, indent=1) + "\n")
    write_atomically(folder / "run.svg", chart(title, report, samples, scale))
    page = folder / "report.md"
    write_atomically(page, text(title, report, samples, scale))
    return page


def chart(title: str, report: Report, samples: list[Sample], scale: float | None) -> str:
    """Queue, replicas, nodes, time to first token and dollars over the run."""
    client = sorted(
        (answer.scheduled, answer.first_token) for answer in report.answers if answer.first_token is not None
    )
    panels = [
        Panel(
            title="Requests in the engines",
            unit="requests",
            lines=[
                Line(name="waiting", points=line(samples, lambda one: one.waiting)),
                Line(name="running", points=line(samples, lambda one: one.running)),
            ],
        ),
        Panel(
            title="Replicas",
            unit="replicas",
            lines=[
                Line(name="desired", points=line(samples, lambda one: one.wanted), steps=True),
                Line(name="ready", points=line(samples, lambda one: one.ready), steps=True),
            ],
        ),
        Panel(
            title="GPU nodes",
            unit="nodes",
            lines=[Line(name="Ready", points=line(samples, lambda one: one.nodes), steps=True)],
        ),
        Panel(
            title="Time to first token",
            unit="seconds",
            lines=[
                Line(name="clients", points=client),
                Line(name="engines, p95", points=line(samples, lambda one: one.ttft)),
            ],
        ),
        Panel(
            title="GPU nodes' cost",
            unit="US dollars an hour",
            lines=[Line(name="list price", points=line(samples, lambda one: one.usd_per_hour), steps=True)],
        ),
    ]
    return picture(
        title, panels, seconds=max(report.seconds, samples[-1].at if samples else 0.0, 1.0), note=_clock(scale)
    )


def text(title: str, report: Report, samples: list[Sample], scale: float | None) -> str:
    """The page."""
    table = list_prices()
    rows = [
        ("replicas", f"{_range([one.ready for one in samples])} ready"),
        ("GPU nodes", _range([one.nodes for one in samples])),
        ("requests waiting in engines, at most", _most([one.waiting for one in samples])),
        ("GPU nodes' cost by this machine's clock", f"${dollars(samples):.4f}"),
    ]
    if scale is not None:
        rows.append(("the same by the clock of the simulation", f"${dollars(samples) / scale:.2f}"))
    figures = "\n".join(f"| {name} | {value} |" for name, value in rows)
    lines = "\n".join(report.lines())
    return (
        f"# {title}\n\n![Queue, replicas, nodes, time to first token and cost](run.svg)\n\n{_clock(scale)}\n\n"
        f"```\n{lines}\n```\n\n| | |\n|---|---|\n{figures}\n\n"
        f"Prices: {next(iter(table.nodes.values())).origin}; spot: {table.spot_basis}.\n"
    )


def _clock(scale: float | None) -> str:
    if scale is None:
        return "Engines are quick: half a second to start, 2 ms a token."
    return f"A simulation: engines take the time of public figures; every duration is multiplied by {scale:g}."


def _range(values: list[int]) -> str:
    return f"{min(values)} to {max(values)}" if values else "not known"


def _most(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{max(known):g}" if known else "not known"
