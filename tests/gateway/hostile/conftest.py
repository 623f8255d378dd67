"""One gateway with two tenants, an issuer of tokens and a fake engine for each model."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.store import keys, tenants
from tests.gateway.hostile.tokens import AUDIENCE
from tests.gateway.support.engines import Engine
from tests.gateway.support.fake_policy import ENGINE_KEY
from tests.gateway.support.issuer import Issuer
from tests.gateway.support.stack import Service, Stack
from tests.gateway.support.table import TableServer
from tests.gateway.whole.vllm import VllmEngine


@dataclass(frozen=True)
class Target:
    """What is attacked."""

    stack: Stack
    table: TableServer
    issuer: Issuer
    keys: dict[str, str]
    """Placeholders of requests: ``key`` is valid, the others are not."""
    secret: Engine
    """The engine of a model that the attacker may not use."""

    def filled(self, data: bytes) -> bytes:
        """A request with the keys at their places."""
        for name, value in self.keys.items():
            data = data.replace(b"{%s}" % name.encode(), value.encode())
        return data

    def served(self) -> int:
        """Requests that Envoy sent to an engine of either model, health checks aside."""
        name = r"^cluster\.dev/(qwen|secret)\.upstream_rq_(2xx|4xx|5xx)$"
        found = self.stack.admin("GET", "/stats", params={"format": "json", "filter": name}).json()["stats"]
        return sum(int(each.get("value", 0)) for each in found)


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The gateway under attack; afterwards nothing secret may be in its logs and metrics."""
    root = tmp_path_factory.mktemp("hostile")
    engine, secret = VllmEngine(root / "qwen.log", ("qwen", "dev/qwen")), Engine(root / "secret.log")
    services = {"dev/qwen": Service(engines=[engine], short="qwen"), "dev/secret": Service(engines=[secret])}
    with Issuer() as issuer, TableServer(root) as table:
        oidc, keys_ = issuer.settings | {"audiences": [AUDIENCE]}, _keys(table)
        with Stack(root, services, policy="real", environment=table.environment, oidc=oidc) as stack:
            yield Target(stack, table, issuer, keys_, secret)


def _keys(table: TableServer) -> dict[str, str]:
    limits = {"models": ["dev/qwen"], "requests_per_second": 10_000, "tokens_per_minute": 1_000_000}
    key, other = table.key("acme", **limits), table.key("other", models=["dev/secret"])
    now = int(time.time())
    expired = keys.create(table.table, "acme", "old", created_by="test", now=now - 7200, expires=now - 3600)[0]
    revoked, orphan = table.key("acme"), table.key("gone")
    keys.revoke(table.table, keys.digest_of(revoked))
    tenants.remove(table.table, "gone")
    return {
        "key": key, "expired": expired, "revoked": revoked, "orphan": orphan, "other": other,
        "digest": keys.digest_of(key), "prefix": key[:8], "upper": key.upper(),
    }  # fmt: skip


def secrets_of(target: Target) -> list[str]:
    """Texts that may be in no answer, log or metric: keys, the engines' key, and the middle of keys that are shown in part."""
    return [ENGINE_KEY, *(target.keys[name][8:-4] for name in ("key", "expired", "revoked", "orphan", "other"))]


def logs_of(target: Target) -> list[Path]:
    """Logs of Envoy and of the policy."""
    return [target.stack.root / "envoy.log", target.stack.root / "policy.log"]
