"""The tables of docs/monitoring.md: what is scraped, within which limits, what is not kept, and which panels there are."""

from collections.abc import Iterator
from pathlib import Path

from monitoring.dashboards import DASHBOARDS
from monitoring.scrape import ScrapeArgs
from monitoring.scrape.configuration import scrape_jobs
from monitoring.scrape.jobs import Job
from tools.docs.costs import with_sections

PAGE = Path(__file__).parents[2] / "docs" / "monitoring.md"
ALL = ScrapeArgs(cluster="llm-dev", gateway_namespace="llm-gateway", karpenter=True, gpu_namespace="llm-monitoring-gpu")


def page() -> str:
    """docs/monitoring.md."""
    jobs = scrape_jobs(ALL)
    sections = {"jobs": _jobs(jobs), "filters": _filters(jobs), "panels": _panels()}
    return with_sections(
        PAGE.read_text(encoding="utf-8"), {name: "\n".join([*rows, ""]) for name, rows in sections.items()}
    )


def _jobs(jobs: list[Job]) -> Iterator[str]:
    yield "| job | targets at most | samples of one at most | labels that are added |"
    yield "|---|---:|---:|---|"
    for job in jobs:
        targets = "by size" if job.name == "engines" else f"{job.limits.targets:,}"
        labels = ", ".join(f"`{step['target_label']}`" for step in job.relabel if "target_label" in step)
        yield f"| `{job.name}` | {targets} | {job.limits.samples:,} | {labels or 'none'} |"


def _filters(jobs: list[Job]) -> Iterator[str]:
    yield "| job | what is not kept, as regular expressions | why |"
    yield "|---|---|---|"
    for job in jobs:
        yield f"| `{job.name}` | all but {_code(job.series.kept)} | no rule and no panel reads it |"
        yield from (f"| | {_code(each.regex)} | {each.why} |" for each in job.series.dropped)
        yield from (f"| | labels {_code(each.regex)} | {each.why} |" for each in job.series.labels)


def _code(regex: str) -> str:
    """As code in a cell of a table, in which a bar must be escaped."""
    return f"`{regex}`".replace("|", "\\|")


def _panels() -> Iterator[str]:
    yield "| dashboard | panels |"
    yield "|---|---|"
    for dashboard in DASHBOARDS:
        yield f"| {dashboard.title} (`{dashboard.name}.json`) | {', '.join(panel.title for panel in dashboard.panels)} |"
