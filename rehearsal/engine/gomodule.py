"""Building a Go program once for each content of its module, with progress, outside the checkout.

Standard library only, as `toolchain`.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rehearsal.engine.locking import exclusive
from rehearsal.engine.toolchain import Go, ToolchainError, cache_directory, install, select_go, writable_cache

# A line of `go build -v` is one import path; everything else it prints is a message.
_IMPORT_PATH = re.compile(r"[\w.~-]+(/[\w.~-]+)*")
_NO_NETWORK = (
    "dial tcp",
    "no such host",
    "proxyconnect",
    "connection refused",
    "i/o timeout",
    "network is unreachable",
)
_REPORT_EVERY = 20.0  # seconds between two lines of progress where there is no terminal


@dataclass(frozen=True)
class GoModule:
    """One program: where its module lies, which package is its main, how it is linked."""

    name: str
    directory: Path
    package: str
    ldflags: str

    def flags(self) -> list[str]:
        """Flags of `go build`: no VCS stamp and no machine paths, so that equal content gives an equal binary."""
        return ["-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", self.ldflags]

    def key(self, go_version: str) -> str:
        """A hash of all that decides what the binary contains."""
        digest = hashlib.sha256()
        parts = [self.name, self.package, go_version, platform.system(), platform.machine(), *self.flags()]
        for part in parts:
            digest.update(part.encode() + b"\0")
        for path in sorted(self._sources()):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(self.directory)}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:20]

    def _sources(self) -> Iterable[Path]:
        yield from (self.directory / name for name in ("go.mod", "go.sum"))
        yield from self.directory.rglob("*.go")

    def path(self, go_version: str) -> Path:
        """Where the binary of the module's present content is, or will be."""
        return cache_directory() / "bin" / f"{self.name}-{self.key(go_version)}" / self.name

    def built(self) -> Path | None:
        """The binary, if it was built before."""
        path = self.path(select_go().version)
        return path if path.exists() else None

    def build(self) -> Path:
        """The binary; built now if it was not before, by one process while others wait for it.

        Raises:
            ToolchainError: the cache cannot be written, Go is missing and cannot be installed, or the build failed.
        """
        go = select_go()
        path = self.path(go.version)
        if path.exists():
            return path
        writable_cache()
        with exclusive(path.parent.with_name(path.parent.name + ".lock"), f"{self.name} is being built"):
            if not path.exists():
                install(go)
                self._compile(go, path)
        return path

    def _compile(self, go: Go, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "local"}
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".build.") as temporary:
            output = Path(temporary) / self.name
            command = [str(go.command), "build", "-v", *self.flags(), "-o", str(output), self.package]
            with subprocess.Popen(
                command,
                cwd=self.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                try:
                    messages = _follow(process, Progress(f"building {self.name} ({go.version})"))
                except BaseException:
                    process.kill()
                    raise
            if process.returncode:
                raise ToolchainError(_explain(self.name, messages))
            output.replace(path)


class Progress:
    """Says how far a build is: one line rewritten on a terminal, one line now and then elsewhere."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = self._said = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self.packages = 0
        self._say("started; the first build takes minutes, later ones come from the cache")

    def step(self, package: str) -> None:
        """One more package is compiled."""
        self.packages += 1
        now = time.monotonic()
        if now - self._said >= (0.2 if self._terminal else _REPORT_EVERY):
            self._said = now
            self._say(f"{self.packages} packages, {now - self._began:.0f} s, {package}", passing=True)

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


def _follow(process: subprocess.Popen[str], progress: Progress) -> list[str]:
    """Read the build's output to its end; return the last part of what does not report progress."""
    messages: deque[str] = deque(maxlen=30)
    for line in process.stderr or ():
        text = line.rstrip()
        if text.startswith("go: downloading "):
            progress.step(text.removeprefix("go: "))
            progress.packages -= 1
        elif _IMPORT_PATH.fullmatch(text):
            progress.step(text)
        elif text:
            messages.append(text)
    process.wait()
    progress.end()
    return list(messages)


def _explain(name: str, messages: list[str]) -> str:
    text = "\n".join(messages)
    if any(sign in text for sign in _NO_NETWORK):
        cure = "its Go modules could not be downloaded: give this machine access to a Go module proxy (GOPROXY), once"
        return f"cannot build {name}: {cure}\n{messages[-1]}"
    return f"cannot build {name}:\n{text}"
