"""The tables of docs/rehearsal.md: where the emulated providers differ, where charts come from, which controllers run."""

from collections.abc import Iterator

from rehearsal.charts.chart_list import CHARTS, Chart, GoModuleChart
from rehearsal.images.image_list import BUILT, Override
from tests.rehearsal import contract
from tools.docs.costs import with_sections


def page() -> str:
    """docs/rehearsal.md."""
    return with_sections(contract.page(), {"charts": _text(_charts()), "controllers": _text(_controllers())})


def _text(rows: Iterator[str]) -> str:
    return "\n".join([*rows, ""])


def _controllers() -> Iterator[str]:
    yield "| image | program | first build, CPU | set here instead of the manifest's value, and why |"
    yield "|---|---|---|---|"
    for image in BUILT:
        program = image.program
        source = f"{program.label}, Go module `{program.source}`"
        yield f"| `{image.repository}` | {source} | {program.cpu_seconds} s | {_overrides(image.overrides)} |"


def _overrides(overrides: tuple[Override, ...]) -> str:
    """Overrides of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for override in overrides:
        unless = " where it is unset" if override.only_unset else ""
        by_reason.setdefault(override.reason, []).append(f"`{override.name}={override.value}`{unless}")
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items()) or "nothing"


def _charts() -> Iterator[str]:
    yield "| chart | production pin | rehearsal version | how |"
    yield "|---|---|---|---|"
    for chart in sorted(CHARTS, key=lambda chart: chart.name):
        version, how = _source(chart)
        yield f"| `{chart.name}` of {chart.repository} | {chart.pin} | {version} | {how} |"


def _source(chart: Chart) -> tuple[str, str]:
    source = chart.source
    if not isinstance(source, GoModuleChart):
        values = ", ".join(f"`{value}`" for value in source.required)
        return "none", f"recorded, not installed: {source.why}. Without {values} it is refused"
    changed = ", ".join(f"`{path}={value}`" for path, value in source.values.items())
    replaced = f"; default values replaced: {changed}" if changed else ""
    return source.version, f"installed; from folder `{source.folder}` of Go module `{source.module}`{replaced}"
