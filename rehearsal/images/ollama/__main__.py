"""``python -m rehearsal.images.ollama serve``: emulate one Ollama container."""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from rehearsal.images.container import Container
from rehearsal.images.ollama import NOTICE, VERSION
from rehearsal.images.ollama.app import build
from rehearsal.images.ollama.native import Ollama
from rehearsal.images.ollama.scheduler import Limits, Scheduler
from rehearsal.images.ollama.store import Store
from rehearsal.images.process import prepare

LOG = logging.getLogger(__name__)
PORT = 11434
_LOAD_SECONDS = "LLM_REHEARSAL_LOAD_SECONDS"
_TOKEN_SECONDS = "LLM_REHEARSAL_TOKEN_SECONDS"  # noqa: S105 - a time, not a secret


def main() -> None:
    """Check what the container may write, then serve."""
    prepare()
    if sys.argv[1:] != ["serve"]:
        raise SystemExit(f"Error: the emulator runs `ollama serve` only, not {' '.join(sys.argv[1:]) or '(nothing)'}")
    asyncio.run(serve(os.environ, Container.current()))


async def serve(variables: Mapping[str, str], container: Container) -> None:
    """Serve until SIGTERM, which ends requests in flight as it does in Ollama."""
    home = Path(variables.get("HOME") or container.home)
    if not writable(home, container):
        raise SystemExit(f"Error: could not create directory mkdir {home}/.ollama: read-only file system")
    models = Path(variables.get("OLLAMA_MODELS") or home / ".ollama" / "models")
    may_write = writable(models, container)
    for folder in (models / "blobs", models / "manifests"):
        if not folder.is_dir():
            if not may_write:
                raise SystemExit(f"Error: mkdir {folder}: read-only file system: ensure path elements are traversable")
            folder.mkdir(parents=True)
    limits = Limits.from_environment(variables, float(variables.get(_LOAD_SECONDS, "0.2")))
    ollama = Ollama(
        Store(models),
        Scheduler(limits),
        token_seconds=float(variables.get(_TOKEN_SECONDS, "0.002")),
        writable=may_write,
    )
    host, port = address(variables.get("OLLAMA_HOST", ""), container.address)
    LOG.info("%s %s; %s; listening on %s:%d", NOTICE, VERSION, limits, host, port)
    config = uvicorn.Config(build(ollama), host=host, port=port, lifespan="off", ws="none", timeout_graceful_shutdown=1)
    await uvicorn.Server(config).serve()


def address(text: str, pod: str) -> tuple[str, int]:
    """Where OLLAMA_HOST makes it listen; the image sets 0.0.0.0:11434, a loopback address is out of a probe's reach."""
    host, _, port = text.rpartition("://")[2].partition(":")
    number = int(port) if port.isdigit() else PORT
    return ("127.0.0.1", 0) if host in {"127.0.0.1", "localhost"} and pod != host else (pod, number)


def writable(path: Path, container: Container) -> bool:
    """Whether the container may create files below ``path``, its own or, where its volumes are elsewhere, this machine's."""
    if own := container.mount_of(str(path)):
        return not own.read_only
    within = [mount for mount in container.mounts if path.is_relative_to(mount.host)]
    if within:
        return not max(within, key=lambda mount: len(mount.host)).read_only
    return not container.read_only_root and (container.user == 0 or str(path).startswith(container.home))


if __name__ == "__main__":
    main()
