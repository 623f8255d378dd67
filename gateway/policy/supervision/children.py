"""The policy's processes: started, started again when one ends, stopped."""

import asyncio
import contextlib
import ctypes
import logging
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROCESSES = (0, 1)
RESPONSES = 2
"""Number of the process that writes response logs, where the configuration has a stream for them."""
LONGEST_PAUSE_SECONDS = 5.0
"""Longest pause before a process is started that ends again and again."""
STOP_SECONDS = 12.0
"""How long a process may take to end after SIGTERM."""
START_SECONDS = 60.0
"""How long a process may take to start."""
SILENT_SECONDS = 10.0
"""A process that runs writes a byte to its output every second; after this long without one it hangs."""
_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None)
_log = logging.getLogger(__name__)


class Children:
    """The processes of the policy in this container; one that ends or hangs is started again."""

    def __init__(self, config: Path, environment: dict[str, str], ended: Callable[[int], None]) -> None:
        """Start them with the configuration `config`; `ended` gets the number of each that has ended."""
        self._config, self._environment, self._ended = config, environment, ended
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._stopping = False
        self.draining = False

    async def keep(self, number: int) -> None:
        """Keep process `number` running until `stop`."""
        pause = 0.0
        while not self._stopped():
            started = time.monotonic()
            child = await self._start(number)
            self._running[number] = child
            if self._stopped():
                child.terminate()  # `stop` did not know it yet
            await self._watch(child)
            code = await child.wait()
            del self._running[number]
            self._ended(number)
            if self._stopped():
                break
            _log.warning("process %d (pid %d) ended with %d and is started again", number, child.pid, code)
            lived = time.monotonic() - started
            pause = 0.0 if lived > 2 * LONGEST_PAUSE_SECONDS else min(LONGEST_PAUSE_SECONDS, 2 * pause + 0.1)
            await asyncio.sleep(pause if lived < LONGEST_PAUSE_SECONDS else 0)

    def drain(self) -> None:
        """Let the processes end their held requests, and hold no more."""
        self.draining = True
        for child in self._running.values():
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                child.send_signal(signal.SIGUSR1)

    async def stop(self) -> None:
        """End the processes: SIGTERM, and SIGKILL for one that does not end."""
        self._stopping = True
        children = list(self._running.values())
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        waits = [asyncio.ensure_future(child.wait()) for child in children]
        if waits:
            await asyncio.wait(waits, timeout=STOP_SECONDS)
        for child, wait in zip(children, waits, strict=True):
            if not wait.done():
                _log.error("pid %d did not end within %.0f s and is killed", child.pid, STOP_SECONDS)
                child.kill()

    async def _watch(self, child: asyncio.subprocess.Process) -> None:
        """Wait until a process ends; kill one that gives no sign of life, and so keeps the other from writing."""
        assert child.stdout is not None  # noqa: S101 - it is a pipe
        patience = START_SECONDS
        try:
            while True:
                async with asyncio.timeout(patience):
                    if not await child.stdout.read(64):
                        return
                patience = SILENT_SECONDS
        except TimeoutError:
            _log.error("pid %d gave no sign of life for %.0f s and is killed", child.pid, patience)
            child.kill()

    def _stopped(self) -> bool:
        return self._stopping

    async def _start(self, number: int) -> asyncio.subprocess.Process:
        more = ["--draining"] if self.draining else []
        command = [
            sys.executable,
            "-m",
            "gateway.policy",
            "--config",
            str(self._config),
            "--process",
            str(number),
            *more,
        ]
        return await asyncio.create_subprocess_exec(
            *command, env=self._environment, stdout=asyncio.subprocess.PIPE, preexec_fn=_end_with_parent
        )


def _end_with_parent() -> None:
    """Let the kernel end a process whose supervisor was killed: a new one starts its own on the same sockets."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
