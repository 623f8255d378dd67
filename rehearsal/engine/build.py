"""The two Go programs of the rehearsal: Pulumi's engine and the Kubernetes control plane.

`python -m rehearsal.engine.build` builds both ahead of time. It needs nothing but the standard library, so `make` runs
it beside the set-up of the Python environment; one program after the other, because each build uses every core.
"""

import argparse
import sys
from pathlib import Path

from rehearsal.engine import installed
from rehearsal.engine.gomodule import GoModule
from rehearsal.engine.toolchain import ROOT, ToolchainError, named_program

# The versions stand in the modules' go.mod; a release is stamped with its version by the linker, so are these.
MODULES = {
    "pulumi": GoModule(
        name="pulumi",
        directory=ROOT / "rehearsal" / "engine",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        ldflags="-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0",
    ),
    "controlplane": GoModule(
        name="controlplane",
        directory=ROOT / "rehearsal" / "controlplane",
        package=".",
        ldflags="-s -w -X k8s.io/component-base/version.gitVersion=v1.35.4",
    ),
}


def binary(name: str) -> Path:
    """The program ``name`` ("pulumi" or "controlplane"); built or downloaded when it is not there yet.

    ``LLM_REHEARSAL_PULUMI`` and ``LLM_REHEARSAL_CONTROLPLANE`` may point at a ready one.

    Raises:
        ToolchainError: it is not there and cannot be made here; the message says why and the fix.
    """
    ready = named_program(f"LLM_REHEARSAL_{name.upper()}")
    if ready:
        return ready
    return _engine() if name == "pulumi" else MODULES[name].build()


def _engine() -> Path:
    """Pulumi's engine: PATH, then what is in the cache, then the installer's download, then our own build."""
    ready = installed.on_path() or installed.downloaded() or MODULES["pulumi"].built()
    if ready:
        return ready
    if installed.sdk_present() and installed.reachable():
        fresh = installed.download()
        if fresh:
            return fresh
    return MODULES["pulumi"].build()


def _left_to_the_installer(name: str) -> bool:
    """Whether building would be a waste: the installer will bring the engine once the SDK is set up."""
    if name != "pulumi" or installed.sdk_present() or installed.on_path() or MODULES["pulumi"].built():
        return False
    return installed.reachable()


def main(arguments: list[str] | None = None) -> int:
    """Make the programs that are not there yet; the exit code is 1 when one of them cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.engine.build", description=main.__doc__)
    parser.add_argument("name", nargs="?", default="all", choices=["all", *MODULES])
    chosen = parser.parse_args(arguments).name
    for name in MODULES if chosen == "all" else [chosen]:
        try:
            if _left_to_the_installer(name):
                sys.stderr.write(f"{name}: comes from Pulumi's installer once the Python environment is set up\n")
            else:
                sys.stderr.write(f"{name}: {binary(name)}\n")
        except ToolchainError as error:
            sys.stderr.write(f"error: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
