"""Table of the Go controllers that the rehearsal builds and runs: module, package, link flags, cost of a first build.

Standard library only, as `rehearsal.engine.gomodule`.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rehearsal.engine.gomodule import GoModule
from rehearsal.engine.locking import exclusive
from rehearsal.engine.toolchain import cache_directory, writable_cache

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Program:
    """One controller.

    Attributes:
        title: Its name for people, such as ``Karpenter``.
        source: Go module that has the program; its charts and manifests come from there too.
        version: The module's version, without ``v``; go.mod of its folder pins it.
        release: The release's version where the module counts otherwise; empty where it is the module's.
        module: How it is built.
        cpu_seconds: User and system time of a first build with an empty build cache (2026-11-27, 2 cores of an AMD EPYC,
            Go 1.26.8, modules downloaded; KEDA beside much other work).
    """

    title: str
    source: str
    version: str
    release: str = ""
    module: GoModule
    cpu_seconds: int

    @property
    def label(self) -> str:
        """Title and version for people, such as ``Prometheus 3.16.0``."""
        return f"{self.title} {self.release or self.version}"

    @property
    def versioned_source(self) -> str:
        """Its Go module as ``PATH@VERSION``."""
        return f"{self.source}@v{self.version}"

    @property
    def name(self) -> str:
        """Its key in the table, and the name of its binary."""
        return self.module.name

    @property
    def first_build(self) -> str:
        """How long a first build takes, for people."""
        minutes = round(self.cpu_seconds / 60)
        return f"about {minutes} CPU minutes the first time, then it comes from the cache"

    def build(self) -> Path:
        """The binary; built now if it was not before. One controller at a time: two beside each other gain nothing.

        Raises:
            ToolchainError: it cannot be built here; the message says why and the fix.
        """
        ready = self.module.built()
        if ready:
            return ready
        writable_cache()
        with exclusive(cache_directory() / "bin" / "controllers.lock", "another controller is being built"):
            return self.module.build()

    def tool(self, name: str) -> Path:
        """A program that is built beside it, such as ``promtool``; built now if it was not before.

        Raises:
            ToolchainError: it cannot be built here; the message says why and the fix.
            KeyError: there is no such tool.
        """
        if name not in {PurePosixPath(package).name for package in self.module.beside}:
            raise KeyError(f"{name} is not built beside {self.title}")
        return self.build().with_name(name)


def _program(
    *,
    title: str,
    source: str,
    version: str,
    package: str,
    stamp: str,
    cpu_seconds: int,
    release: str = "",
    tags: tuple[str, ...] = (),
    beside: tuple[str, ...] = (),
    absent: tuple[str, ...] = (),
) -> Program:
    """An entry of the table: ``stamp`` is the variable that holds the version, the folder is called like the title."""
    name = title.lower()
    module = GoModule(
        name=name,
        directory=_FOLDER / name.replace("-", "_"),
        package=f"{source}/{package}",
        ldflags=f"-s -w -X {stamp}",
        tags=tags,
        beside=tuple(f"{source}/{tool}" for tool in beside),
        source=source,
        absent=absent,
        background=True,
    )
    return Program(title=title, source=source, version=version, release=release, module=module, cpu_seconds=cpu_seconds)


PROGRAMS = {
    program.name: program
    for program in (
        _program(
            title="Karpenter",
            source="github.com/aws/karpenter-provider-aws",
            version="1.14.1",
            package="cmd/controller",
            stamp="sigs.k8s.io/karpenter/pkg/operator.Version=1.14.1",
            cpu_seconds=335,
        ),
        _program(
            title="metrics-server",
            source="sigs.k8s.io/metrics-server",
            version="0.9.0",
            package="cmd/metrics-server",
            stamp="k8s.io/client-go/pkg/version.gitVersion=v0.9.0",
            cpu_seconds=213,
        ),
        _program(
            title="Prometheus",
            source="github.com/prometheus/prometheus",
            version="0.316.0",
            release="3.16.0",
            package="cmd/prometheus",
            beside=("cmd/promtool",),
            stamp="github.com/prometheus/common/version.Version=3.16.0",
            # The discovery of eighteen clouds is left out: a quarter of the packages, and no configuration here names one.
            tags=("remove_all_sd", "enable_kubernetes_sd"),
            cpu_seconds=364,
        ),
        _program(
            title="Alertmanager",
            source="github.com/prometheus/alertmanager",
            version="0.35.0",
            package="cmd/alertmanager",
            beside=("cmd/amtool",),
            absent=("ui/app/dist/elm/index.html", "ui/app/dist/mantine/index.html"),
            stamp="github.com/prometheus/common/version.Version=0.35.0",
            cpu_seconds=240,
        ),
        _program(
            title="KEDA",
            source="github.com/kedacore/keda/v2",
            version="2.21.0",
            package="cmd/operator",
            beside=("cmd/adapter",),
            stamp="github.com/kedacore/keda/v2/version.Version=2.21.0",
            cpu_seconds=1256,
        ),
    )
}
