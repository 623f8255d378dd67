"""``make bench-portal``: load and kills against the rehearsal, printed as the tables of docs/portal.md."""

import asyncio
import json
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from portal.bench.kills import rounds
from portal.bench.load import measure
from portal.bench.server import CHECKOUT, Server, open_sandbox, rehearse

_OUT = Console(highlight=False, soft_wrap=True)
_TEAMS = 10
_WATCHERS = 50


def main(
    kills: Annotated[int, typer.Option(help="How often the portal is killed.")] = 20,
    sandbox: Annotated[
        str, typer.Option(help="The rehearsal sandbox to use; it is removed afterwards.")
    ] = "bench-portal",
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the sandbox for the next time.")] = False,
) -> None:
    """Measure."""
    folder = CHECKOUT / ".bench" / "portal"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    connection = folder / "connection.json"
    _OUT.print("deploying the platform into the rehearsal", markup=False)
    open_sandbox(sandbox, connection)
    teams = [f"team{number}" for number in range(_TEAMS)]
    server = Server(
        data=folder / "data",
        connection=connection,
        settings={"PORTAL_PARALLEL_JOBS": str(_TEAMS), "PORTAL_SIGN_IN_RATE": "1000/minute"},
    )
    server.data.mkdir()
    try:
        server.seed(*teams)
        server.start()
        _measure(server, teams, kills, folder)
    finally:
        server.stop()
        if not keep:
            rehearse("down", "--sandbox", sandbox)


def _measure(server: Server, teams: list[str], kills: int, folder: Path) -> None:
    load = asyncio.run(measure(server, teams, _WATCHERS))
    _OUT.print("\n| load | measured |\n| --- | --- |", markup=False)
    for name, value in asdict(load).items():
        _OUT.print(f"| {name} | {f'{value:.1f}' if isinstance(value, float) else value} |", markup=False)
    done = []
    _OUT.print(
        "\n| kill | of | jobs ended | untrue | ready after | settled after |\n| --- | --- | --- | --- | --- | --- |"
    )
    for number, one in enumerate(rounds(server, teams, kills, lambda _line: None), 1):
        what = "portal and runs" if one.runs_too else "portal"
        ended = ", ".join(f"{count} {status}" for status, count in sorted(one.ended.items()))
        _OUT.print(
            f"| {number} | {what} | {ended} | {len(one.lies)} | {one.ready_seconds:.1f} s | {one.settled_seconds:.0f} s |",
            markup=False,
        )
        for line in one.lies:
            _OUT.print(f"  {line}", markup=False)
        done.append(asdict(one))
    result = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "load": asdict(load), "kills": done}
    (folder / "result.json").write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    typer.run(main)
