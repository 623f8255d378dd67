"""``llm-platform preflight``: checks of a stack against AWS before `pulumi up`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import ERR, OUT, ExitCode
from cli.stack_settings import read_stack

if TYPE_CHECKING:
    from preflight.run import Report
    from preflight.subject import Subject


def preflight(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Platform stack, such as dev; or the path of its file.")],
    project: Annotated[
        Path, typer.Option("--project", help="Folder in the project, where stacks are looked for.")
    ] = Path(),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check against AWS what would make the deployment of a stack fail: quotas, zones, types, roles, failed node groups.

    Exit 0: no error, maybe warnings; 1: errors; 2: usage error. Without credentials it reports that and checks what needs none.
    """
    subject = _read(stack, project)
    report = _run(subject)
    if as_json:
        typer.echo(json.dumps(_document(subject, report), indent=2))
    else:
        _show(subject, report)
    raise typer.Exit(ExitCode.REFUSED if any(one.level == "error" for one in report.findings) else ExitCode.FITS)


def _read(stack: str, project: Path) -> "Subject":
    from preflight.subjects import of_file  # noqa: PLC0415  loads pydantic, as read_stack does

    return read_stack(stack, project, lambda path: of_file(path, project), purpose="a preflight depends")


def _run(subject: "Subject") -> "Report":
    from preflight.calendar import with_calendar  # noqa: PLC0415  as above
    from preflight.run import run  # noqa: PLC0415

    return with_calendar(subject, run)


def _document(subject: "Subject", report: "Report") -> dict[str, object]:
    return {
        "stack": subject.stack,
        "region": subject.region,
        "note": report.note,
        "seconds": round(report.seconds, 2),
        "errors": [asdict(one) for one in report.findings if one.level == "error"],
        "warnings": [asdict(one) for one in report.findings if one.level == "warning"],
    }


def _show(subject: "Subject", report: "Report") -> None:
    if report.note:
        ERR.print(f"llm-platform: {report.note}", markup=False)
    for level in ("error", "warning"):
        found = [one for one in report.findings if one.level == level]
        if found:
            OUT.print(f"{len(found)} {level}{'s' if len(found) > 1 else ''}", style="bold", markup=False)
        for one in found:
            OUT.print(f"  {one}", markup=False)
    if not report.findings and not report.note:
        OUT.print(
            f"stack {subject.stack}: nothing found that `make up STACK={subject.stack}` would fail on", markup=False
        )
