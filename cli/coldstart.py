"""``llm-platform coldstart``: how long a stack's services take to start, in pieces, without Pulumi and without AWS."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.console import OUT, ExitCode, UsageError, plain_table
from cli.stack_settings import read_stack
from planner.coldstart.pieces import ColdStart, Piece, Seconds
from planner.shown import one_line, shortened

if TYPE_CHECKING:
    from settings.derived.coldstart import Start

_BAR = 60
_MARKS = "LNIWECG"
"""One letter for each piece in the bar, in order."""


def coldstart(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack, such as dev; or the path of its file.")],
    service: Annotated[
        str | None, typer.Option("--service", help="Name of one service; default every vLLM service of the stack.")
    ] = None,
    project: Annotated[
        Path, typer.Option("--project", help="Folder in the project, where stacks are looked for.")
    ] = Path(),
    *,
    sources: Annotated[bool, typer.Option("--sources", help="Print what each piece rests on, with addresses.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Predict the cold start of a stack's services: from a pending pod to an engine that answers, by piece.

    Every instance type of the service's pool, with range and source; the first start of a model, and one that finds its
    compiled code. Exit 0: predicted; 1: a piece is not known; 2: usage error.
    """
    found = _starts(stack, project, service)
    if as_json:
        shown = {name: [start.as_dict() for start in starts] for name, starts in found.items()}
        typer.echo(json.dumps({"stack": stack, "services": shown}, indent=2))
    else:
        for name, starts in found.items():
            for start in starts:
                _show(name, start, sources=sources)
    unknown = any(start.first.unknown for starts in found.values() for start in starts)
    raise typer.Exit(ExitCode.REFUSED if unknown else ExitCode.FITS)


def _starts(stack: str, project: Path, service: str | None) -> "dict[str, list[Start]]":
    # They load pydantic, which the other commands do without.
    from settings.derived.coldstart import service_starts  # noqa: PLC0415
    from settings.loading.stack_file import read_partial, refuse_services  # noqa: PLC0415

    def read(path: Path) -> "dict[str, list[Start]]":
        partial, remarks = read_partial(path)
        refuse_services(partial)
        if remarks and not partial.pool_facts:
            raise UsageError(one_line(f"the pools of {path.name} are not known: {remarks[0]}"))
        return service_starts(partial.values.get("services", {}), partial.pool_facts)

    found = read_stack(stack, project, read, purpose="a cold start depends")
    if not found:
        raise UsageError(f"{one_line(shortened(stack))} has no service of kind vllm, whose start could be predicted")
    if service is None:
        return _on_some_type(found)
    if service not in found:
        names = ", ".join(found)
        raise UsageError(
            f"--service: {one_line(shortened(service))} is not a vLLM service of the stack: choose from {names}"
        )
    return _on_some_type({service: found[service]})


def _on_some_type(found: "dict[str, list[Start]]") -> "dict[str, list[Start]]":
    """Refuse services that start nowhere, of which there would be nothing to print."""
    for name, starts in found.items():
        if not starts:
            raise UsageError(
                f"services.{name}: no instance type of its pool has the GPUs that one replica requests, tensor_parallel x "
                "pipeline_parallel: lower them, or choose another pool"
            )
    return found


def _show(name: str, start: "Start", *, sources: bool) -> None:
    figures = ("seconds", "low", "high", "once compiled")
    table = plain_table("", "piece", *figures, numbers=figures)
    table.title, table.title_justify = escape(f"{name} on {start.instance_type}"), "left"
    for mark, first, again in zip(_MARKS, start.first.pieces, start.again.pieces, strict=True):
        table.add_row(mark, first.name.value, *_figures(first.seconds), _expected(again))
    table.add_row(
        "",
        "known in all" if start.first.unknown else "total",
        *_figures(start.first.known),
        f"{start.again.known.expected:.0f}",
    )
    OUT.print(table)
    longest = max(start.first.known.expected, start.again.known.expected)
    for label, one in (("first", start.first), ("again", start.again)):
        OUT.print(f"{label} {bar(one, longest)} {one.known.expected:.0f} s", markup=False)
    if start.kept:
        OUT.print("again is every pod: its compile cache is in the bucket, once the Job has filled it", markup=False)
    if sources:
        for piece in start.first.pieces:
            OUT.print(f"{piece.name.value}: {piece.basis}", markup=False)
            for url in piece.sources:
                OUT.print(f"  {url}", markup=False)
    else:
        for piece in start.first.pieces:
            if piece.seconds is None:
                OUT.print(f"{piece.name.value}: unknown: {piece.basis}", markup=False)
    OUT.print()


def bar(start: ColdStart, longest: float) -> str:
    """The pieces of a start as a bar of letters, as long as its share of ``longest`` seconds.

    Args:
        start: The start.
        longest: Seconds that the whole width stands for.
    """
    drawn, seconds = "", 0.0
    for mark, piece in zip(_MARKS, start.pieces, strict=True):
        seconds += piece.seconds.expected if piece.seconds else 0
        # To where the piece ends, so that rounding does not add up.
        drawn = drawn.ljust(round(_BAR * seconds / longest) if longest else 0, mark)
    return drawn.ljust(_BAR)


def _figures(seconds: Seconds | None) -> tuple[str, str, str]:
    if seconds is None:
        return "unknown", "", ""
    return f"{seconds.expected:.0f}", f"{seconds.low:.0f}", f"{seconds.high:.0f}"


def _expected(piece: Piece) -> str:
    return "unknown" if piece.seconds is None else f"{piece.seconds.expected:.0f}"
