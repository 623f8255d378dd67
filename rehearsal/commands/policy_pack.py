"""Which policy pack an operation runs under, and with which levels and settings."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from cli.console import UsageError, report_progress
from rehearsal.engine.interpreter import InterpreterError, choose
from rehearsal.sandbox import SandboxError
from rehearsal.sandboxes import CHECKOUT
from rehearsal.stacks import stack_file
from settings.loading.policy_config import policy_config

_DESCRIPTION = "PulumiPolicy.yaml"


def own() -> Path:
    """The checkout's own pack, which may not exist."""
    return CHECKOUT / "policies"


def arguments(stack: str, source: Path, pack: Path | None, config: Path | None) -> list[str]:
    """Return the engine's arguments for policies: ``pack``, else the checkout's own; ``config``, else the stack's own file.

    Raises:
        UsageError: no pack there, no environment for it, or a file with names that the pack does not know.
    """
    folder = (pack or own()).resolve()
    if not (folder / _DESCRIPTION).is_file():
        if pack is None and config is None:
            return []
        raise UsageError(f"{folder}: no policy pack here ({_DESCRIPTION} is missing)")
    _check_environment(folder)
    chosen = config or config_of(folder, stack, source)
    if chosen is None:
        return ["--policy-pack", str(folder)]
    _check_config(folder, chosen)
    report_progress(f"guardrails: {folder.name}/, with the levels and settings of {chosen.name}")
    return ["--policy-pack", str(folder), "--policy-pack-config", str(chosen.resolve())]


def config_of(folder: Path, stack: str, source: Path) -> Path | None:
    """The file of levels for a stack with the settings of ``source``; see ``policy_config``."""
    try:
        platform = stack_file.platform_of(source)
    except SandboxError as error:
        raise UsageError(str(error)) from None
    return policy_config(folder, stack, platform)


def _check_environment(folder: Path) -> None:
    """Refuse a pack without its Python, for which an official language host may wait forever."""
    try:
        described: Any = yaml.safe_load((folder / _DESCRIPTION).read_text())
    except yaml.YAMLError as error:
        raise UsageError(f"{folder / _DESCRIPTION}: not YAML: {' '.join(str(error).split())}") from None
    runtime = described.get("runtime") if isinstance(described, dict) else None
    if not isinstance(runtime, dict) or runtime.get("name") != "python":
        return
    try:
        choose(str(folder), runtime.get("options") or {})
    except InterpreterError as error:
        raise UsageError(f"{folder}: {error}") from None


def _check_config(folder: Path, config: Path) -> None:
    """Refuse names that the pack does not know: Pulumi takes them in silence."""
    try:
        content = json.loads(config.read_text())
    except FileNotFoundError:
        raise UsageError(f"{config}: no such file of policy levels") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{config}: not JSON: {error}") from None
    if not isinstance(content, dict):
        raise UsageError(f"{config}: is not an object: write rule names with their levels")
    # Files in the pack are looked through by the pack itself when it starts; of another one it sees no unknown name.
    if folder == own().resolve() and config.resolve().parent != folder / "config":
        lint = [sys.executable, "-m", "guardrails.lint", str(config.resolve())]
        checked = subprocess.run(lint, cwd=folder, capture_output=True, text=True, check=False)
        if checked.returncode != 0:
            raise UsageError(checked.stderr.strip())
