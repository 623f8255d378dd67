"""Fingerprints: digests of everything that decides what an up does."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from portal.runner.connection import Connection
from portal.runner.protocol import Fingerprint
from portal.runner.workspace import Workspace
from settings.derived.platform_facts import FACTS_EXPORT, TEAM_OUTPUTS, PlatformFacts
from settings.loading.policy_config import policy_config

_NOT_IMPORTED = frozenset({"cli", "portal", "rehearsal", "tests", "tools"})
"""Packages at the top of the checkout that the program never imports; every other one counts as part of it."""
_PROJECT = ("Pulumi.yaml", "pyproject.toml")
_LOCK = ("uv.lock",)
_PACK = "policies"
_PACK_CONFIG = "policies/config"
"""Digested by itself: of its files, one is for the stack."""
_NOT_CODE = frozenset({"__pycache__", ".git", ".venv", ".mypy_cache", ".ruff_cache"})


def policy_pack(connection: Connection) -> Path | None:
    """Folder of the guardrails, if the program has any."""
    pack = connection.program_dir / _PACK
    return pack if (pack / "PulumiPolicy.yaml").is_file() else None


def config_of(connection: Connection, stack: str, platform: str) -> Path | None:
    """The guardrails' settings for a team's stack, if there are any."""
    return policy_config(connection.program_dir / _PACK, stack, platform)


def program_parts(root: Path) -> list[str]:
    """Return files and packages at the top of a checkout that the program may be made of.

    A package counts unless it is known not to: a new one that was forgotten here must not change between preview and
    apply without being noticed.
    """
    packages = [path.parent.name for path in root.glob("*/__init__.py") if path.parent.name not in _NOT_IMPORTED]
    modules = [path.name for path in root.glob("*.py")]
    return sorted([*_PROJECT, *modules, *packages])


def take(
    workspace: Workspace, platform: str, stack_text: str, state: Mapping[str, Any], exported: Mapping[str, Any] | None
) -> Fingerprint:
    """The fingerprint of the program as it stands, with these settings, on this state and this platform.

    Args:
        workspace: Of the stack.
        platform: The platform stack it stands on.
        stack_text: Its settings, as Pulumi reads them.
        state: Its deployment.
        exported: What the platform exports; None where the operation does not read it.
    """
    root = workspace.connection.program_dir
    config = config_of(workspace.connection, workspace.stack, platform)
    return Fingerprint(
        program=_of_tree(root, program_parts(root)),
        lock=_of_tree(root, _LOCK),
        config=_of_text(stack_text),
        policies=_of_tree(root, (_PACK,)),
        policy_config=_of_text(config.read_text() if config else ""),
        state=state_version(state),
        platform="" if exported is None else platform_version(exported),
    )


def platform_version(exported: Mapping[str, Any]) -> str:
    """Digest of all that a team stack reads of its platform, as it reads it: its other outputs do not count.

    Secrets, such as the kubeconfig, count as ``[secret]``: another cluster shows in its OIDC issuer too.
    """
    facts = exported.get(FACTS_EXPORT)
    # Another version's facts count as they stand: the program refuses them in its own words.
    with contextlib.suppress(ValidationError):
        facts = PlatformFacts.of_export(facts).for_teams.model_dump(mode="json")
    read = {name: exported.get(name) for name in TEAM_OUTPUTS}
    return _of_data({**read, FACTS_EXPORT: facts})


def state_version(deployment: Mapping[str, Any]) -> str:
    """Digest of a stack's state; every operation that writes it makes another, if only by its time."""
    return _of_data(deployment)


def _of_data(data: Mapping[str, Any]) -> str:
    return _of_text(json.dumps(data, sort_keys=True, separators=(",", ":")))


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _of_tree(root: Path, parts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for path in _files(root, part):
            name = path.relative_to(root).as_posix().encode()
            content = path.read_bytes()
            # Lengths keep one file's end apart from the next one's name.
            digest.update(b"%d %b %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()


def _files(root: Path, part: str) -> Iterator[Path]:
    path = root / part
    if path.is_file():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(
            name for name in folders if name not in _NOT_CODE and Path(folder, name) != root / _PACK_CONFIG
        )
        yield from (Path(folder) / name for name in sorted(names) if not name.endswith((".pyc", ".pyo")))
