"""Gives an Ollama model further names: program of an init container, after the one that fills the volume.

A name is a path of a manifest below OLLAMA_MODELS (``types/model/name.go`` and ``manifest`` of ollama/ollama), so a further name is
a copy of the manifest, of less than a KiB; blobs are not copied. Clients of the gateway send the service's name, and no
proxy rewrites their requests.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

log = logging.getLogger("names")
_LIBRARY: Final = "manifests/registry.ollama.ai"


class ModelNameError(Exception):
    """A name cannot be given; the message has the reason."""


def place(name: str) -> Path:
    """Path of a name's manifest below OLLAMA_MODELS: ``NAMESPACE/MODEL:TAG``, ``library`` and ``latest`` by default.

    Raises:
        ModelNameError: it is not a name of a model.
    """
    namespace, slash, rest = name.rpartition("/")
    model, _, tag = rest.partition(":")
    parts = (namespace if slash else "library", model, tag or "latest")
    if any(not part or part.startswith(".") or "/" in part for part in parts):
        raise ModelNameError(f"{name!r} is not a name of a model: write MODEL, MODEL:TAG or NAMESPACE/MODEL")
    return Path(_LIBRARY, *parts)


def give(folder: Path, model: str, names: list[str]) -> None:
    """Write the manifest of ``model`` under ``names`` too; each is there whole or not at all.

    Raises:
        ModelNameError: the model is not in the folder, or a name is not one.
    """
    source = folder / place(model)
    if not source.is_file():
        raise ModelNameError(f"{model} is not in {folder}: the container before this one writes it")
    manifest = source.read_bytes()
    for name in names:
        target = folder / place(name)
        if target.is_file() and target.read_bytes() == manifest:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as stream:
            stream.write(manifest)
        Path(stream.name).chmod(0o644)
        Path(stream.name).replace(target)
        log.info("%s is also called %s", model, name)


def main() -> int:
    """Run with MODEL, NAMES (separated by spaces) and TARGET from the environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    environment = os.environ
    try:
        give(Path(environment["TARGET"]), environment["MODEL"], environment["NAMES"].split())
    except (ModelNameError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400 - one clear line in the pod's log, without a traceback
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
