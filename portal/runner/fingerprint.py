"""Digests of what decides what an up does."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from portal.runner.connection import Connection
from portal.runner.protocol import Fingerprint

_PROGRAM = ("__main__.py", "Pulumi.yaml", "pyproject.toml", "foundation", "components", "planner")
_LOCK = ("uv.lock",)
_PACK = ("policies",)
_LEFT_OUT = frozenset({"__pycache__", ".git", ".venv", "config", ".mypy_cache", ".ruff_cache"})


def policy_pack(connection: Connection) -> Path | None:
    """Folder of the guardrails, if the program has any."""
    pack = connection.program_dir / "policies"
    return pack if (pack / "PulumiPolicy.yaml").is_file() else None


def policy_config(connection: Connection, platform: str) -> Path | None:
    """The guardrails' settings for team stacks on a platform, if there are any."""
    path = connection.program_dir / "policies" / "config" / f"{platform}.json"
    return path if path.is_file() else None


def take(connection: Connection, platform: str, stack_text: str, state: Mapping[str, Any]) -> Fingerprint:
    """The fingerprint of the program as it stands, with these settings, on this state."""
    root = connection.program_dir
    config = policy_config(connection, platform)
    return Fingerprint(
        program=_of_tree(root, _PROGRAM),
        lock=_of_tree(root, _LOCK),
        config=_of_text(stack_text),
        policies=_of_tree(root, _PACK),
        policy_config=_of_text(config.read_text() if config else ""),
        state=state_version(state),
    )


def state_version(deployment: Mapping[str, Any]) -> str:
    """Digest of a stack's state; every operation that writes it makes another, if only by its time."""
    return _of_text(json.dumps(deployment, sort_keys=True, separators=(",", ":")))


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _of_tree(root: Path, parts: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for path in _files(root / part):
            name = path.relative_to(root).as_posix().encode()
            content = path.read_bytes()
            # Lengths keep one file's end apart from the next one's name.
            digest.update(b"%d %b %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        yield from (Path(folder) / name for name in sorted(names) if not name.endswith((".pyc", ".pyo")))
