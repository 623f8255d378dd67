"""Lifetime of a plugin process: it logs into its sandbox and ends with the engine that started it."""

import logging
import os
import select
import threading
from pathlib import Path

from rehearsal.sandbox import ENVIRONMENT_VARIABLE

_files: list[Path] = []


def log_to_sandbox(name: str) -> None:
    """Log to ``logs/NAME.log`` of the sandbox, if there is one; the engine hides a plugin's own output."""
    root = os.environ.get(ENVIRONMENT_VARIABLE)
    if not root:
        return
    path = Path(root) / "logs" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=path, level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    )
    # One line a request is the HTTP client's business, not the user's.
    for noisy in ("httpx", "httpcore", "botocore", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    _files.append(path)


def log_file() -> Path | None:
    """Return the file that this process logs to."""
    return _files[-1] if _files else None


def end_with_parent() -> None:
    """Exit when the parent process ends, however it ends.

    Not PR_SET_PDEATHSIG: that fires when the *thread* that started us ends, and the engine's Go threads come and go.
    """
    parent = os.getppid()
    handle = os.pidfd_open(parent)
    if os.getppid() != parent:
        os._exit(1)

    def wait() -> None:
        select.select([handle], [], [])
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()
