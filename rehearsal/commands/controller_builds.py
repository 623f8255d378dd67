"""Builds of the controllers that a stack will run, begun before the engine, so that pods wait for them less.

They run outside the sandbox's network namespace, where Go's module proxy can be reached.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.charts.modules import module_folder
from rehearsal.controllers.programs import PROGRAMS, Program
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.images.envoy import fetch as envoy
from rehearsal.network.kinds import Kind
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox
from rehearsal.stacks import stack_file
from rehearsal.stacks.project import project_name
from rehearsal.supervisor.child_processes import start_detached
from settings.loading.yaml_text import read_yaml


def needed(settings: Path, network: str) -> list[Program]:
    """The controllers that a stack with these settings runs; others are built when a pod of them comes.

    Args:
        settings: Its stack file.
        network: Kind of the sandbox's network: metrics-server, monitoring and KEDA run where it has namespaces.
    """
    config = (read_yaml(settings.read_text(encoding="utf-8-sig")) or {}).get("config") or {}
    karpenter = _has_karpenter(config.get(f"{project_name()}:pools"))
    # Every cluster has the add-on; team stacks have no cluster.
    metrics = network == Kind.NAMESPACES and stack_file.platform_of(settings) is None
    monitoring = network == Kind.NAMESPACES and stack_file.has_monitoring(settings)
    names = (["karpenter"] if karpenter else []) + (["metrics-server"] if metrics else [])
    names += ["prometheus", "alertmanager"] if monitoring else []
    names += ["keda"] if monitoring and stack_file.has_keda(settings) else []
    return [PROGRAMS[name] for name in names]


def begin(sandbox: Sandbox, settings: Path, report: Callable[[str], None]) -> None:
    """Download the modules of the controllers that the settings need, and start the builds that the cache lacks.

    Charts and manifests come from the modules. The builds go on after this command and end with ``rehearse down``.
    """
    programs = needed(settings, Sandbox.load(sandbox.root).network)
    for program in programs:
        try:
            module_folder(program.versioned_source)
        except ToolchainError as error:
            report(f"warning: {error}")
    missing = [program for program in programs if program.module.built() is None]
    log = sandbox.logs / "builds.log"
    for program in missing:
        report(f"building {program.label} beside the rest: {program.first_build}; see {log}")
    if missing:
        _spawn(sandbox, [program.name for program in missing], log)


def fetch_envoy(report: Callable[[str], None]) -> None:
    """Have the program of Envoy's image in the cache, which pods cannot fetch: nothing outside can be reached from there."""
    try:
        envoy.binary()
    except ToolchainError as error:
        report(f"warning: {error}")


def _spawn(sandbox: Sandbox, names: list[str], log: Path) -> None:
    """Build in a process of the sandbox, which outlives this one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    variables = os.environ | {ENVIRONMENT_VARIABLE: str(sandbox.root)}
    start_detached("rehearsal.controllers", names, variables, log)


def _has_karpenter(pools: Any) -> bool:
    """Whether a pool's machines come from Karpenter; settings that are wrong are refused elsewhere."""
    found = pools.values() if isinstance(pools, dict) else []
    return any(isinstance(pool, dict) and pool.get("provisioner") == "karpenter" for pool in found)
