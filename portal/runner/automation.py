"""The runner of stacks: each run is a process of its own, watched through its folder."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from portal.runner import reading
from portal.runner.connection import Connection
from portal.runner.protocol import Exports, Fingerprint, Progress, Run, RunnerError
from portal.runner.run_processes import RUN_VARIABLE, of_run
from portal.runner.runs import RunFolder
from portal.runner.workspace import Workspace


class AutomationRunner:
    """Starts each run as a process of its own (``portal.runner.worker``) and reads its folder."""

    def __init__(self, connection: Connection, niceness: int = 0) -> None:
        """Reach Pulumi through ``connection``."""
        self._connection = connection
        self._niceness = niceness
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self, run: Run) -> None:
        """See StackRunner."""
        folder = self._folder(run.id)
        with self._writing():
            folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.ask(run)

    def start(self, run: Run) -> None:
        """See StackRunner."""
        folder = self._folder(run.id)
        with self._writing():
            if run.id in self._started or folder.who() is not None:
                return
            if not folder.asked():
                self.prepare(run)
            log = (folder.path / "worker.log").open("wb")
        with log:
            try:
                self._spawn(run, folder, log)
            except OSError as error:
                raise RunnerError(f"a process cannot be started: {error.strerror or error}") from error

    def _spawn(self, run: Run, folder: RunFolder, log: BinaryIO) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.runner.worker", str(folder.path)],
            cwd=folder.path,
            env={**self._connection.environment, RUN_VARIABLE: run.id, "LLM_PORTAL_NICE": str(self._niceness)},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._started[run.id] = process
        if process.stdin is None:
            raise RunnerError("a run could not be given its input")
        with process.stdin as pipe:
            pipe.write(self._connection.hand_over().encode())

    def progress(self, run_id: str, offset: int) -> Progress:
        """See StackRunner."""
        process = self._started.get(run_id)
        # Looked at before its files: a process that is gone has written all it had to say.
        runs = process is not None and process.poll() is None
        if process is not None and not runs:
            del self._started[run_id]
        return self._folder(run_id).progress(offset, alive=runs or None)

    def began(self, run_id: str) -> bool | None:
        """See StackRunner."""
        folder = self._folder(run_id)
        return folder.who() is not None if folder.asked() else None

    def interrupt(self, run_id: str) -> None:
        """See StackRunner."""
        who = self._folder(run_id).who()
        for process in of_run(run_id):
            if who is not None and process.pid == who["pid"]:
                process.terminate()

    def kill(self, run_id: str) -> None:
        """See StackRunner."""
        for process in of_run(run_id):
            process.kill()

    def forget(self, run_id: str) -> None:
        """See StackRunner."""
        self._folder(run_id).forget()

    def fingerprint(self, run: Run) -> Fingerprint:
        """See StackRunner."""
        workspace = Workspace(connection=self._connection, stack=run.stack)
        with self._writing():
            return reading.fingerprint_of(run, workspace)

    def exports(self, stack: str) -> Exports:
        """See StackRunner."""
        workspace = Workspace(connection=self._connection, stack=stack)
        with self._writing():
            workspace.write_project()
            return Exports(values=reading.exports(workspace, secrets=True))

    def check(self) -> None:
        """See StackRunner."""
        Workspace(connection=self._connection, stack="none").project  # noqa: B018  reading it is the check
        self._connection.read(self._connection.data_dir, "version")

    def lost(self) -> str | None:
        """See StackRunner."""
        return self._connection.lost()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Name the data folder where it cannot be written: each read of Pulumi first writes its workspace there."""
        try:
            yield
        except OSError as error:
            raise RunnerError(
                f"the data folder {self._connection.data_dir} cannot be used: {error.strerror or error}; its operator has to give it "
                "room, or make it writable"
            ) from error

    def _folder(self, run_id: str) -> RunFolder:
        return RunFolder(path=self._connection.data_dir / "runs" / run_id)
