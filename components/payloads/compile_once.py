"""Program of the warm-up Job in vLLM's image: run an engine until it could serve, and end it.

Arguments are the engine's command. HEALTH is the URL that answers 200 when it is ready, MARKER a file whose presence says that
nothing is to be compiled. Only the standard library: the image is vLLM's.
"""

import logging
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Final

log = logging.getLogger("compile-once")

POLL_SECONDS: Final = 1.0
END_SECONDS: Final = 120
"""After SIGTERM; an engine without requests ends within seconds."""


def run(command: list[str], health: str, poll: float = POLL_SECONDS) -> int:
    """Start the engine, wait until it is ready, and end it.

    Args:
        command: The engine.
        health: URL that answers 200 when it is ready.
        poll: Seconds between two requests.

    Returns:
        0, or how the engine ended before it was ready.
    """
    begun = time.monotonic()
    engine = subprocess.Popen(command)
    try:
        while not _ready(health):
            code = engine.poll()
            if code is not None:
                log.error("the engine ended with %d before it was ready: its log is above", code)
                return code or 1
            time.sleep(poll)
        log.info("the engine was ready after %.0f s, and ends", time.monotonic() - begun)
    finally:
        _end(engine)
    return 0


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - the Job's own pod
            return int(answer.status) == 200
    except (OSError, urllib.error.URLError):
        return False


def _end(engine: "subprocess.Popen[bytes]") -> None:
    if engine.poll() is not None:
        return
    engine.terminate()
    try:
        engine.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        log.warning("the engine did not end within %d s, and is killed", END_SECONDS)
        engine.kill()
        engine.wait()


def _leave(number: int, _: FrameType | None) -> None:
    # As process 1 of its container it would not end by itself, nor would the engine.
    sys.exit(128 + number)


def main() -> int:
    """Run with HEALTH and MARKER from the environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if Path(os.environ["MARKER"]).exists():
        return 0
    signal.signal(signal.SIGTERM, _leave)
    return run(sys.argv[1:], os.environ["HEALTH"])


if __name__ == "__main__":
    sys.exit(main())
