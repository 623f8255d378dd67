"""``llm-platform mirror``: the charts and images of a stack, and how its mirrors are filled."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.console import ERR, OUT, UsageError
from cli.stack_settings import read_stack

if TYPE_CHECKING:
    from settings.artifacts.transfers import Transfer
    from settings.loading.stack_artifacts import StackArtifacts


def mirror(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack, such as dev; or the path of its file.")],
    project: Annotated[
        Path, typer.Option("--project", help="Folder in the project, where stacks are looked for.")
    ] = Path(),
    tool: Annotated[
        Literal["crane", "skopeo"], typer.Option("--tool", help="What copies images, with --commands.")
    ] = "crane",
    *,
    commands: Annotated[bool, typer.Option("--commands", help="Print the commands that fill the mirrors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the charts and images that a stack deploys, with their source and their place in its mirrors.

    Exit 0: listed; 2: usage error. What does not come from a mirror is reported on standard error, as in the preview.
    """
    if commands and as_json:
        raise UsageError("--commands and --json are two forms of the answer: give one of them")
    read, found = _read(stack, project)
    for warning in read.warnings:
        ERR.print(f"llm-platform: {warning}", markup=False)
    if as_json:
        document = {"charts_mirror": read.charts, "images_mirror": read.images, "artifacts": [*map(asdict, found)]}
        typer.echo(json.dumps(document, indent=2))
    elif commands:
        _print_commands(stack, found, tool)
    else:
        _show(found)


def _read(stack: str, project: Path) -> "tuple[StackArtifacts, tuple[Transfer, ...]]":
    # They load pydantic, as read_stack does.
    from settings.artifacts.transfers import transfers  # noqa: PLC0415
    from settings.loading.stack_artifacts import read_artifacts  # noqa: PLC0415

    read = read_stack(stack, project, read_artifacts, purpose="its charts and images depend")
    return read, transfers(read.needs, charts=read.charts, images=read.images)


def _print_commands(stack: str, found: "tuple[Transfer, ...]", tool: Literal["crane", "skopeo"]) -> None:
    from settings.artifacts.commands import commands  # noqa: PLC0415  as above

    lines = list(commands(found, tool))
    if not lines:
        raise UsageError(f"{stack} has neither charts.mirror nor images.mirror, so nothing is copied: set them first")
    for line in lines:
        OUT.print(line, markup=False, highlight=False, soft_wrap=True)


def _show(found: "tuple[Transfer, ...]") -> None:
    for one in found:
        source = f"{one.name} {one.version} of {one.source}" if one.kind == "chart" else one.source
        OUT.print(f"{one.kind}  {source}  ({one.used_by})", markup=False, soft_wrap=True)
        if one.destination:
            OUT.print(f"    -> {one.destination}", markup=False, soft_wrap=True)
