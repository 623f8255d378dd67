"""Builds that run beside other work of this process: started once, however often their binaries are wanted."""

import threading
import time
from pathlib import Path

from rehearsal.controllers.programs import Program
from rehearsal.engine.toolchain import ToolchainError

_RETRY_SECONDS = 60.0


class BuildRunningError(Exception):
    """The binary is not there yet; the message says how far its build is."""


class BackgroundBuilds:
    """Binaries of the controllers, built in threads of this process."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}
        self._failed: dict[str, tuple[float, str]] = {}

    def binary(self, program: Program) -> Path:
        """The program's binary, if it is there.

        Raises:
            BuildRunningError: it is being built; this call has started that, or an earlier one.
            ToolchainError: it cannot be built; tried again a minute later.
        """
        ready = program.module.built()
        if ready:
            return ready
        thread = self._threads.get(program.name)
        if thread is None or not thread.is_alive():
            when, why = self._failed.get(program.name, (0.0, ""))
            if why and time.monotonic() - when < _RETRY_SECONDS:
                raise ToolchainError(why)
            thread = threading.Thread(target=self._build, args=(program,), name=f"build-{program.name}", daemon=True)
            self._threads[program.name] = thread
            thread.start()
        how_far = program.module.progress() or "starting"
        raise BuildRunningError(f"building {program.label} from its Go module ({how_far}; {program.first_build})")

    def _build(self, program: Program) -> None:
        try:
            program.build()
        except ToolchainError as error:
            self._failed[program.name] = time.monotonic(), str(error)
