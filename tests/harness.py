"""Run the program, or any callable, under mocks and get back what it registered, as plain data.

Asserts belong on the returned :class:`Deployment`: one inside an ``apply`` that never runs cannot fail.
"""

import asyncio
import atexit
import contextlib
import contextvars
import json
import logging
import runpy
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pulumi
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime.settings import SETTINGS, configure
from pulumi.runtime.stack import run_in_stack

from components.gateway import archive as gateway_archive
from tests.deployment import STACK_TYPE, Deployment, Registration
from tests.mock_engine import ACCOUNT, Cloud, Monitor

__all__ = [
    "ACCOUNT",
    "ARCHIVE",
    "ORGANIZATION",
    "PROJECT",
    "ROOT",
    "STACK_TYPE",
    "Config",
    "Deployment",
    "Registration",
    "deploy",
    "deploy_stack",
    "run_program",
    "stack_config",
]

ROOT = Path(__file__).parent.parent
ARCHIVE = Path("gateway") / f"{'0' * 64}.zip"
"""Path of the archive of the gateway; under mocks no engine reads it."""
PROJECT = "llm-platform"
ORGANIZATION = "organization"

Config = Mapping[str, object]

# Outputs that a test makes outside of a run want a loop to belong to, too.
_BETWEEN_RUNS = asyncio.new_event_loop()
atexit.register(_BETWEEN_RUNS.close)


@contextlib.contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop for one run. Mocks answer in worker threads and need a loop there too: all are closed afterwards."""
    loops = [asyncio.new_event_loop()]

    def prepare_worker() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    with ThreadPoolExecutor(max_workers=4, initializer=prepare_worker) as workers:
        loops[0].set_default_executor(workers)
        asyncio.set_event_loop(loops[0])
        try:
            yield loops[0]
            leftover = asyncio.all_tasks(loops[0])
            for task in leftover:
                task.cancel()
            loops[0].run_until_complete(asyncio.gather(*leftover, return_exceptions=True))
        finally:
            asyncio.set_event_loop(_BETWEEN_RUNS)
    for loop in loops:
        loop.close()


def _configure(monitor: Monitor, stack: str, logger: logging.Logger) -> None:
    """What ``set_mocks`` does, less the root stack it makes: ours is made by the run, so that it has outputs."""
    features = set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures)
    configure(
        pulumi_mocks.MockSettings(
            monitor=monitor,
            monitor_features=features,
            engine=pulumi_mocks.MockEngine(logger),
            project=PROJECT,
            stack=stack,
            dry_run=False,
            organization=ORGANIZATION,
            callbacks=None,
        )
    )
    # A run that failed leaves its unfinished calls behind, in a place that all runs share.
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()


class _Diagnostics(logging.Handler):
    def __init__(self, deployment: Deployment) -> None:
        super().__init__(logging.INFO)
        self._deployment = deployment

    def emit(self, record: logging.LogRecord) -> None:
        told = self._deployment.warnings if record.levelno >= logging.WARNING else self._deployment.infos
        told.append(record.getMessage())


def deploy(
    program: Callable[[], object],
    *,
    stack: str = "dev",
    config: Config | None = None,
    secrets: Config | None = None,
    stacks: Mapping[str, Mapping[str, Any]] | None = None,
    answers: Mapping[str, Any] | None = None,
) -> Deployment:
    """Run ``program`` under mocks.

    Args:
        program: what to run; for a component, a function that makes it.
        stack: name of the stack.
        config: configuration by full key; values as YAML has them.
        secrets: secret configuration by full key.
        stacks: outputs of other stacks, by full name.
        answers: answers of AWS functions, by their last name, such as ``getRoles``.
    """
    deployment = Deployment()
    monitor = Monitor(Cloud(deployment, stacks or {}, answers), deployment)
    texts = {key: _text(value) for key, value in {**(config or {}), **(secrets or {})}.items()}

    def run() -> None:
        logger = logging.Logger("deployment")  # noqa: LOG001  its own, so that runs do not hear each other
        logger.addHandler(_Diagnostics(deployment))
        pulumi.runtime.set_all_config(texts, list(secrets or ()))
        with _event_loop() as loop, warnings.catch_warnings():
            # The SDKs warn of their own deprecated types while they are imported, whoever uses them.
            warnings.filterwarnings("ignore", category=DeprecationWarning, module="pulumi_(aws|eks)")
            _configure(monitor, stack, logger)
            try:
                loop.run_until_complete(run_in_stack(program))
            except Exception as error:  # noqa: BLE001  the test looks at it
                deployment.error = error

    contextvars.Context().run(run)
    return deployment


def deploy_stack(
    stack: str,
    *,
    secrets: Config | None = None,
    stacks: Mapping[str, Mapping[str, Any]] | None = None,
    **changes: object,
) -> Deployment:
    """Run the program with the committed settings of ``stack``; ``changes`` replace top-level keys."""
    config = {**stack_config(stack), **{f"{PROJECT}:{key}": value for key, value in changes.items()}}
    return deploy(run_program, stack=stack, config=config, secrets=secrets, stacks=stacks)


def run_program() -> None:
    """The program itself, with an empty archive of the gateway: a build of it needs a package index."""
    with mock.patch.object(gateway_archive, "build", return_value=ARCHIVE):
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def stack_config(stack: str) -> dict[str, object]:
    """The committed settings of a stack, by full key."""
    config: dict[str, object] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return config


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
