"""The folder of one run: what was asked, who carries it out, what happened, how it ended.

The run writes it and the portal reads it, so neither needs the other to be alive.
"""

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from portal.runner.protocol import Event, Outcome, Progress, Run
from portal.runner.run_processes import is_of_run, of_run
from workspace.files import write_atomically
from workspace.locks import waited_for
from workspace.processes import ProcessIdentity


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """``runs/ID/`` below the data folder."""

    path: Path

    def ask(self, run: Run) -> None:
        """Write the request, in the place of one that no process took up."""
        write_atomically(self.path / "request.json", run.model_dump_json())

    def asked(self) -> bool:
        """Whether the run was requested, as far as is kept: the folder may be lost, or on the disk of another host."""
        return (self.path / "request.json").exists()

    def request(self) -> Run:
        """Return the requested run."""
        return Run.model_validate_json((self.path / "request.json").read_text())

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Whether this process is the one to carry the run out: of all that ever try, the first."""
        with waited_for(self.path / "claim"):
            first = not (self.path / "process.json").exists()
            me = ProcessIdentity.of(os.getpid())
            if first and me is not None:
                about = asdict(me) | {"hostname": socket.gethostname()}
                write_atomically(self.path / "process.json", json.dumps(about))
        yield first

    def who(self) -> dict[str, Any] | None:
        """Return pid, start time and host of the process that carries it out; None before one does."""
        try:
            about: dict[str, Any] = json.loads((self.path / "process.json").read_text())
        except FileNotFoundError:
            return None
        return about

    @contextmanager
    def log(self) -> Iterator["EventSink"]:
        """Open the file of the run's events."""
        with (self.path / "events.jsonl").open("a", encoding="utf-8") as stream:
            yield EventSink(stream)

    def finish(self, outcome: Outcome) -> None:
        """Write how it ended; nothing is written after it."""
        write_atomically(self.path / "outcome.json", outcome.model_dump_json())

    def progress(self, offset: int, *, alive: bool | None = None) -> Progress:
        """Events since ``offset`` and, once all are read, the outcome; ``alive`` when the caller knows it already."""
        # In this order: what is not alive now wrote its outcome before, and an outcome stands after every event.
        alive = self.alive() if alive is None else alive
        try:
            outcome = Outcome.model_validate_json((self.path / "outcome.json").read_text())
        except FileNotFoundError:
            outcome = None
        events = []
        for line in self._lines_since(offset):
            events.append(Event.model_validate_json(line))
            offset += len(line)
        return Progress(events=events, offset=offset, outcome=outcome, alive=alive)

    def alive(self) -> bool:
        """Whether a process carries it out, or is about to."""
        who = self.who()
        if who is None:
            return any(True for _ in of_run(self.path.name))
        # A start time moves when the system's clock is set; the environment does not.
        return ProcessIdentity(who["pid"], who["started"]).process() is not None or is_of_run(
            who["pid"], self.path.name
        )

    def forget(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _lines_since(self, offset: int) -> Iterator[bytes]:
        try:
            with (self.path / "events.jsonl").open("rb") as stream:
                stream.seek(offset)
                data = stream.read()
        except FileNotFoundError:
            return
        whole, _, _cut_off = data.rpartition(b"\n")
        for line in whole.split(b"\n") if whole else ():
            yield line + b"\n"


class EventSink:
    """Appends events, one a line; a line is written at once, so that a kill loses at most the last."""

    def __init__(self, stream: TextIO) -> None:
        """Write to an open file."""
        self._stream = stream

    def __call__(self, kind: str, data: dict[str, Any]) -> None:
        """Note one event, now."""
        self._stream.write(Event(at=time.time(), kind=kind, data=data).model_dump_json() + "\n")
        self._stream.flush()
