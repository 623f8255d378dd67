"""Requests that the faults send through the gateway, and a tenant whose budget they spend."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from cli.console import UsageError
from gateway.store import keys, tenants
from gateway.store.table import Table
from load import Plan, Running, Target
from rehearsal.aws.client import AwsClient
from rehearsal.chaos.alerting.stage import Stage
from rehearsal.stacks import account, stack_file
from settings.derived.gateway.names import TABLE_OUTPUT, gateway_url

_TENANT, _UNLIMITED, _KEY_NAME = "chaos-budget", "chaos-load", "rehearse-chaos"
_NO_LIMITS = {"requests_per_second": 10_000, "tokens_per_minute": 1_000_000_000, "concurrent_requests": 10_000}
"""Requests that the gateway rejects reach no engine, and the default of 10 a second is less than an engine of the sandbox answers."""
_USD_PER_DAY = "0.01"
"""The smallest budget that there is."""
_USD_AFTERWARDS = "1000000"
_LONGEST_SECONDS = 7200.0
_PATIENCE_SECONDS, _PAUSE_SECONDS = 60.0, 0.5
_REJECTED = httpx.codes.TOO_MANY_REQUESTS
_SOON = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.SERVICE_UNAVAILABLE, _REJECTED}
"""A new key, and a new budget, are known to every process of the gateway within a few seconds."""
_TOKENS = 256


@contextmanager
def sent(
    stage: Stage, service: str, *, at_once: int | None = None, rps: float | None = None, prompt: str = Plan.prompt
) -> Iterator[str]:
    """Requests to a service of the stack through its gateway, so many at once or a second, until the end; yields their key.

    They are those of a tenant of their own that no limit rejects, which is removed at the end.

    Raises:
        UsageError: the stack has no gateway, or most requests failed.
    """
    (url, table), model = _gateway(stage), _model(stage, service)
    with _tenant(table, _UNLIMITED, _NO_LIMITS) as key:
        _Client(url, key, model).until_answered()
        target = Target(url=url.removesuffix("/v1"), model=model, key=key)
        plan = Plan(targets=[target], concurrency=at_once, rps=rps, seconds=_LONGEST_SECONDS, prompt=prompt)
        with Running(plan) as running:
            yield key
    answers, failures = running.answers, running.report().failures
    if 2 * failures.total() > len(answers):
        cause, _ = failures.most_common(1)[0]
        raise UsageError(f"{failures.total()} of {len(answers)} requests to {model} failed, most often with: {cause}")


@contextmanager
def tenant_with_budget(stage: Stage, service: str) -> Iterator[str]:
    """A tenant that has spent its budget; removed at the end.

    Raises:
        UsageError: its requests cost nothing, or the budget is not spent within a minute.
    """
    url, table = _gateway(stage)
    with _tenant(table, _TENANT, {"usd_per_day": _USD_PER_DAY}) as secret:
        client = _Client(url, secret, _model(stage, service))
        client.until_rejected()
        yield _TENANT
        # The gateway shows what is spent at the tenant's last request: one within a budget ends the alert.
        tenants.save(table, _TENANT, {"usd_per_day": _USD_AFTERWARDS}, version=1)
        client.until_answered()


@contextmanager
def _tenant(table: Table, name: str, limits: Mapping[str, Any]) -> Iterator[str]:
    """A key of a new tenant with these limits; both are removed at the end."""
    if tenants.find(table, name):
        tenants.remove(table, name)
    tenants.save(table, name, limits, version=0)
    try:
        secret, _ = keys.create(table, name, _KEY_NAME, created_by="rehearse chaos", now=int(time.time()))
        yield secret
    finally:
        tenants.remove(table, name)


@dataclass(frozen=True)
class _Client:
    """Requests of one tenant."""

    url: str
    key: str
    model: str

    def until_rejected(self) -> None:
        """Send requests until the budget is spent.

        Raises:
            UsageError: it is not within a minute, or a request fails otherwise.
        """
        if not self._until(lambda answer: answer.status_code == _REJECTED and "insufficient_quota" in answer.text):
            raise UsageError(
                f"{self.model}: no budget of {_USD_PER_DAY} USD is spent within {_PATIENCE_SECONDS:.0f} s: give the service a "
                "`price`, such as {input_usd: 1000, output_usd: 1000}"
            )

    def until_answered(self) -> None:
        """Send requests until one is answered.

        Raises:
            UsageError: none is within a minute, or a request fails otherwise.
        """
        if not self._until(lambda answer: answer.is_success):
            raise UsageError(f"{self.model}: no request is answered within {_PATIENCE_SECONDS:.0f} s")

    def _until(self, done: Callable[[httpx.Response], bool]) -> bool:
        body = {"model": self.model, "messages": [{"role": "user", "content": "hello"}], "max_tokens": _TOKENS}
        headers, until = {"Authorization": f"Bearer {self.key}"}, time.monotonic() + _PATIENCE_SECONDS
        with httpx.Client(headers=headers, timeout=_PATIENCE_SECONDS, trust_env=False) as client:
            while time.monotonic() < until:
                answer = client.post(f"{self.url}/chat/completions", json=body)
                if done(answer):
                    return True
                if answer.is_error and answer.status_code not in _SOON:
                    raise UsageError(f"{self.model}: {answer.status_code}: {answer.text[:200]}")
                if answer.is_error:
                    time.sleep(_PAUSE_SECONDS)
        return False


def _gateway(stage: Stage) -> tuple[str, Table]:
    """URL with ``/v1``, and table of the stack's gateway.

    Raises:
        UsageError: it has none.
    """
    url = gateway_url(stage.outputs)
    if url is None:
        raise UsageError(f"stack {stage.stack} has no gateway: its settings need `gateway: {{replicas: 2}}`")
    region = account.region_of(stack_file.copy_of(stage.sandbox, stage.stack))
    client = AwsClient(stage.sandbox).client("dynamodb", region)
    return url, Table(str(stage.outputs[TABLE_OUTPUT]), client)


def _model(stage: Stage, service: str) -> str:
    return f"{stage.stack}/{service}"
