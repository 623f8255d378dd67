"""Requests that the faults send through the gateway, and a tenant whose budget they spend."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from cli.console import UsageError
from gateway.store import keys, tenants
from gateway.store.table import Table
from load import Plan, Running, Target
from rehearsal.aws.client import AwsClient
from rehearsal.chaos.alerting.stage import Stage
from rehearsal.commands import gateway_chat
from rehearsal.stacks import account, stack_file
from settings.derived.gateway.names import TABLE_OUTPUT, URL_OUTPUT

_TENANT, _KEY_NAME = "chaos-budget", "rehearse-chaos"
_USD_PER_DAY = "0.01"
"""The smallest budget that there is."""
_USD_AFTERWARDS = "1000000"
_LONGEST_SECONDS = 3600.0
_PATIENCE_SECONDS, _PAUSE_SECONDS = 60.0, 0.5
_REJECTED = httpx.codes.TOO_MANY_REQUESTS
_SOON = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.SERVICE_UNAVAILABLE, _REJECTED}
"""A new key, and a new budget, are known to every process of the gateway within a few seconds."""
_TOKENS = 256


@contextmanager
def sent(stage: Stage, service: str, *, at_once: int, prompt: str = Plan.prompt) -> Iterator[None]:
    """Requests to a service of the stack through its gateway, so many at once, until the end."""
    url, table, region = _gateway(stage)
    key = gateway_chat.tenant_key(stage.sandbox, table, region)
    target = Target(url=url.removesuffix("/v1"), model=_model(stage, service), key=key)
    with Running(Plan(targets=[target], concurrency=at_once, seconds=_LONGEST_SECONDS, prompt=prompt)):
        yield


@contextmanager
def tenant_with_budget(stage: Stage, service: str) -> Iterator[str]:
    """A tenant that has spent its budget; removed at the end.

    Raises:
        UsageError: its requests cost nothing, or the budget is not spent within a minute.
    """
    url, table_name, region = _gateway(stage)
    table = Table(table_name, AwsClient(stage.sandbox).client("dynamodb", region))
    now = int(time.time())
    if tenants.find(table, _TENANT):
        tenants.remove(table, _TENANT)
    tenants.save(table, _TENANT, {"usd_per_day": _USD_PER_DAY}, version=0)
    try:
        secret, _ = keys.create(table, _TENANT, _KEY_NAME, created_by="rehearse chaos", now=now)
        client = _Client(url, secret, _model(stage, service))
        client.until_rejected()
        yield _TENANT
        # The gateway shows what is spent at the tenant's last request: one within a budget ends the alert.
        tenants.save(table, _TENANT, {"usd_per_day": _USD_AFTERWARDS}, version=1)
        client.until_answered()
    finally:
        tenants.remove(table, _TENANT)


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
        """Send requests until one is answered."""
        self._until(lambda answer: answer.is_success)

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


def _gateway(stage: Stage) -> tuple[str, str, str]:
    """URL with ``/v1``, table and region of the stack's gateway.

    Raises:
        UsageError: it has none.
    """
    if URL_OUTPUT not in stage.outputs:
        raise UsageError(f"stack {stage.stack} has no gateway: its settings need `gateway: {{replicas: 2}}`")
    region = account.region_of(stack_file.copy_of(stage.sandbox, stage.stack))
    return str(stage.outputs[URL_OUTPUT]), str(stage.outputs[TABLE_OUTPUT]), region


def _model(stage: Stage, service: str) -> str:
    return f"{stage.stack}/{service}"
