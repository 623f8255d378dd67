"""How far a `go build -v` is, for who waits for it: on standard error, and in a file.

Standard library only, as `toolchain`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

# A line of `go build -v` is one import path; everything else it prints is a message.
_IMPORT_PATH = re.compile(r"[\w.~-]+(/[\w.~-]+)*")
_REPORT_EVERY = 20.0  # seconds between two lines of progress where there is no terminal


class Progress:
    """Says how far a build is: one line rewritten on a terminal, one line now and then elsewhere; and in a file."""

    def __init__(self, what: str, file: Path) -> None:
        self._what = what
        self._file = file
        self._began = self._said = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self.packages = 0
        self._write()
        self._say("started; the first build takes minutes, later ones come from the cache")

    def step(self, what: str, *, compiled: bool) -> None:
        """One more package is compiled, or a module downloaded."""
        self.packages += compiled
        self._write()
        now = time.monotonic()
        if now - self._said >= (0.2 if self._terminal else _REPORT_EVERY):
            self._said = now
            self._say(f"{self.packages} packages, {now - self._began:.0f} s, {what}", passing=True)

    def _write(self) -> None:
        said = {"packages": self.packages, "seconds": round(time.monotonic() - self._began, 1)}
        fresh = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        fresh.write_text(json.dumps(said))
        fresh.replace(self._file)

    def end(self) -> None:
        """The build is over, well or not."""
        self._say(f"{self.packages} packages compiled in {time.monotonic() - self._began:.0f} s")

    def _say(self, text: str, *, passing: bool = False) -> None:
        line = f"{self._what}: {text}"
        if not self._terminal:
            sys.stderr.write(line + "\n")
            return
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{line[:width] if passing else line}" + ("" if passing else "\n"))
        sys.stderr.flush()


def follow(process: subprocess.Popen[str], progress: Progress) -> list[str]:
    """Read the build's output to its end; return the last part of what does not report progress."""
    messages: deque[str] = deque(maxlen=30)
    for line in process.stderr or ():
        text = line.rstrip()
        if text.startswith("go: downloading "):
            progress.step(text.removeprefix("go: "), compiled=False)
        elif _IMPORT_PATH.fullmatch(text):
            progress.step(text, compiled=True)
        elif text:
            messages.append(text)
    process.wait()
    progress.end()
    return list(messages)
