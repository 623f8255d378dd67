"""Go modules by themselves, without what they depend on: the folder of one in Go's module cache."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from rehearsal.engine.toolchain import ToolchainError, install, select_go

_SECONDS = 300


def module_folder(module: str) -> Path:
    """Where ``PATH@VERSION`` lies; downloaded when it is not there yet, one zip file.

    Raises:
        ToolchainError: Go is missing and cannot be installed, or no module proxy has it.
    """
    go = select_go()
    install(go)
    with tempfile.TemporaryDirectory(prefix="llm-platform-") as nowhere:
        # Outside of any module: a go.mod around it would decide which versions may be downloaded.
        answer = subprocess.run(
            [str(go.command), "mod", "download", "-json", module],
            cwd=nowhere,
            env=os.environ | {"GOWORK": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    try:
        found = json.loads(answer.stdout or "{}")
    except json.JSONDecodeError:
        found = {}
    if answer.returncode or "Dir" not in found:
        reason = str(found.get("Error") or answer.stderr.strip() or "no answer").splitlines()[-1]
        raise ToolchainError(
            f"Go module {module}: not downloaded ({reason}); give this machine access to a Go module proxy (GOPROXY), once"
        )
    return Path(found["Dir"])
