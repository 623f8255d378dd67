"""What an emulated engine compiles: placeholders in vLLM's own folder of the cache, under a hash of what it was started with."""

import hashlib
import json
import logging
import os
from argparse import Namespace
from pathlib import Path, PurePosixPath

from rehearsal.images.container import Container
from rehearsal.images.vllm import VERSION
from workspace.files import write_atomically

LOG = logging.getLogger(__name__)
_FACTORS = "cache_key_factors.json"
_NOT_COMPILED = ("host", "port", "api_key", "served_model_name", "middleware", "shutdown_timeout")
"""Options that the compiled code does not depend on."""


def folder(options: Namespace, container: Container) -> Path | None:
    """Where this engine's compiled code belongs, on this machine; None where it has no volume for it, or compiles nothing."""
    if options.enforce_eager:
        return None
    cache = os.environ.get("XDG_CACHE_HOME") or str(PurePosixPath(os.environ.get("HOME", "/")) / ".cache")
    root = os.environ.get("VLLM_CACHE_ROOT") or f"{cache}/vllm"
    if any(Path(root).is_relative_to(mount.host) for mount in container.mounts):
        place = Path(root)
    elif container.mount_of(root):
        place = container.on_host(root)
    else:
        return None
    return place / "torch_compile_cache" / _hash(options, container)


def found(place: Path | None) -> bool:
    """Whether an equal engine compiled before."""
    if place is None or not (place / "rank_0_0" / "computation_graph.py").is_file():
        return False
    LOG.info("Directly load the compiled graph(s) from the cache: %s", place)
    return True


def keep(place: Path | None, ranks: int) -> None:
    """Write what vLLM writes, in its layout: a placeholder of each process's code."""
    if place is None:
        return
    for rank in range(ranks):
        code = place / f"rank_{rank}_0"
        code.mkdir(parents=True, exist_ok=True)
        write_atomically(code / "computation_graph.py", f"# The rehearsal's placeholder of rank {rank}'s code.\n")
    write_atomically(place / _FACTORS, json.dumps({"vllm": VERSION}))
    LOG.info("Using cache directory: %s for vLLM's torch.compile", place)


def _hash(options: Namespace, container: Container) -> str:
    """Ten hexadecimal digits, as vLLM names the folder."""
    given = {name: value for name, value in vars(options).items() if name not in _NOT_COMPILED}
    factors = json.dumps([VERSION, container.image, container.gpu, given], sort_keys=True, default=str)
    return hashlib.sha256(factors.encode()).hexdigest()[:10]
