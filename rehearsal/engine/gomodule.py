"""Building a Go program once for each content of its module, with progress, outside the checkout.

Standard library only, as `toolchain`.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rehearsal.engine.build_progress import Progress, follow
from rehearsal.engine.locking import exclusive
from rehearsal.engine.processes import guarded
from rehearsal.engine.toolchain import Go, ToolchainError, cache_directory, install, select_go, writable_cache

_NO_NETWORK = (
    "dial tcp",
    "no such host",
    "proxyconnect",
    "connection refused",
    "i/o timeout",
    "network is unreachable",
)


@dataclass(frozen=True)
class GoModule:
    """One program: where its module lies, which package is its main, how it is linked.

    Attributes:
        tags: Build tags.
        beside: Further programs of the module, as main packages, built in the same go into the same folder; each is called
            like the last part of its package.
        source: Module of the package, for ``absent``.
        absent: Files of that module that its release makes with other tools, such as web pages, and that its zip lacks though
            the program embeds them; they are empty here.
        background: Whether it is built beside other work: at low priority, with two compilers, and with a build cache of
            its own that is removed after the build (gigabytes that only this program would use again). A cache that the
            user names in ``GOCACHE`` is used instead, and kept.
    """

    name: str
    directory: Path
    package: str
    ldflags: str
    tags: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    source: str = ""
    absent: tuple[str, ...] = ()
    background: bool = False

    def flags(self) -> list[str]:
        """Flags of `go build`: no VCS stamp and no machine paths, so that equal content gives an equal binary."""
        tags = ["-tags", ",".join(self.tags)] if self.tags else []
        return ["-mod=readonly", "-buildvcs=false", "-trimpath", *tags, "-ldflags", self.ldflags]

    def key(self, go_version: str) -> str:
        """A hash of all that decides what the binary contains."""
        digest = hashlib.sha256()
        parts = [
            self.name,
            self.package,
            *self.beside,
            *self.absent,
            go_version,
            platform.system(),
            platform.machine(),
            *self.flags(),
        ]
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

    def progress(self) -> str:
        """How far the build is that some process runs now; empty when none has said so."""
        try:
            said = json.loads(self._progress_file(select_go().version).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return ""
        return f"{said['packages']} packages, {said['seconds']:.0f} s"

    def _progress_file(self, go_version: str) -> Path:
        folder = self.path(go_version).parent
        return folder.with_name(folder.name + ".progress")

    def _compile(self, go: Go, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A module may need a newer Go than the one that is here; the module proxy that has the module has that too.
        environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "auto"}
        own_cache = cache_directory() / "go-build" if self.background and not os.environ.get("GOCACHE") else None
        environment |= {"GOCACHE": str(own_cache)} if own_cache else {}
        modest = ["nice", "-n", "10"] if self.background else []
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".build.") as temporary:
            # Go takes several packages with a folder only, and names the programs itself.
            output = temporary if self.beside else str(Path(temporary) / self.name)
            limit = ["-p", "2"] if self.background else []
            packages = [self.package, *self.beside]
            flags = [*self.flags(), *(self._completed(go, Path(temporary), environment) if self.absent else [])]
            command = [*modest, str(go.command), "build", "-v", *limit, *flags, "-o", output, *packages]
            file = self._progress_file(go.version)
            with subprocess.Popen(
                guarded(command),
                cwd=self.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                try:
                    messages = follow(process, Progress(f"building {self.name} ({go.version})", file))
                except BaseException:
                    process.kill()
                    raise
                finally:
                    file.unlink(missing_ok=True)
            if process.returncode:
                raise ToolchainError(_explain(self.name, messages))
            for package in self.beside:
                (Path(temporary) / PurePosixPath(package).name).replace(path.with_name(PurePosixPath(package).name))
            made = PurePosixPath(self.package).name if self.beside else self.name
            (Path(temporary) / made).replace(path)
        if own_cache:
            # A build that was cut off goes on from it; after a good one nothing reads it again.
            shutil.rmtree(own_cache, ignore_errors=True)

    def _completed(self, go: Go, folder: Path, environment: dict[str, str]) -> list[str]:
        """Copy the module with the files that it lacks; return the flags that build the copy.

        Go's own ``-overlay`` adds no files to modules of its cache.
        """
        command = [str(go.command), "mod", "download", "-json", self.source]
        answer = subprocess.run(
            command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False
        )
        if answer.returncode:
            raise ToolchainError(_explain(self.name, [answer.stdout.strip(), answer.stderr.strip()]))
        copy = folder / "source"
        shutil.copytree(json.loads(answer.stdout)["Dir"], copy, copy_function=shutil.copyfile)
        # Folders of the module cache are read-only, and so are their copies.
        for path in (copy, *copy.rglob("*/")):
            path.chmod(0o755)
        for name in self.absent:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).touch()
        text = (self.directory / "go.mod").read_text()
        (folder / "go.mod").write_text(f"{text}\nreplace {self.source} => {copy}\n")
        shutil.copyfile(self.directory / "go.sum", folder / "go.sum")
        return [f"-modfile={folder / 'go.mod'}"]


def _explain(name: str, messages: list[str]) -> str:
    text = "\n".join(messages)
    if any(sign in text for sign in _NO_NETWORK):
        cure = "its Go modules could not be downloaded: give this machine access to a Go module proxy (GOPROXY), once"
        return f"cannot build {name}: {cure}\n{messages[-1]}"
    return f"cannot build {name}:\n{text}"
