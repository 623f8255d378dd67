"""Requests of the faults reach the engines, and their tenants are gone afterwards."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from cli.console import UsageError
from gateway.store import keys, tenants
from rehearsal.aws.client import AwsClient
from rehearsal.chaos.alerting import requests
from rehearsal.chaos.alerting.stage import Stage
from rehearsal.stacks import account, stack_file
from settings.derived.gateway.names import TABLE_OUTPUT, URL_OUTPUT
from tests.gateway.support.table import NAME


class Gateway(BaseHTTPRequestHandler):
    """Answers as many requests as it is allowed to, and rejects the others."""

    allowed = 0
    answered = 0
    keys: ClassVar[set[str]] = set()
    url = ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.keys.add(self.headers["Authorization"].removeprefix("Bearer "))
        type(self).answered += 1
        rejected = self.answered > self.allowed
        body = {"error": {"code": "rate_limit_exceeded", "message": "Limit of 10 requests a second."}}
        self.send_response(429 if rejected else 200)
        self.end_headers()
        self.wfile.write(json.dumps(body if rejected else {"choices": [{"finish_reason": "stop"}]}).encode())

    def log_message(self, *arguments: object) -> None:
        """Stay quiet."""


@pytest.fixture
def gateway() -> Iterator[type[Gateway]]:
    Gateway.allowed, Gateway.answered, Gateway.keys = 1_000_000, 0, set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    Gateway.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield Gateway
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def stage(gateway_table, gateway, monkeypatch) -> Stage:
    monkeypatch.setattr(AwsClient, "__init__", lambda *_: None)
    monkeypatch.setattr(account, "region_of", lambda _: "us-east-1")
    monkeypatch.setattr(stack_file, "copy_of", lambda *_: None)
    outputs = {URL_OUTPUT: gateway.url, TABLE_OUTPUT: NAME}
    return Stage(sandbox=None, stack="dev", client=None, fleet=None, outputs=outputs)


def until_answered(gateway: type[Gateway], count: int) -> None:
    end = time.monotonic() + 60
    while gateway.answered < count and time.monotonic() < end:
        time.sleep(0.01)


def test_requests_are_those_of_a_tenant_without_limits_that_is_gone_afterwards(stage, gateway_table, gateway):
    with requests.sent(stage, "chat", at_once=2, prompt="hello") as key:
        found = keys.find(gateway_table, keys.digest_of(key))
        limits = tenants.find(gateway_table, found.tenant).limits
        until_answered(gateway, 20)
    assert gateway.answered >= 20
    assert gateway.keys == {key}
    assert limits.requests_per_second > 1000
    assert tenants.find(gateway_table, found.tenant) is None
    assert keys.find(gateway_table, keys.digest_of(key)).state(time.time()) == "revoked"


def test_requests_that_are_rejected_are_no_load(stage, gateway_table, gateway):
    gateway.allowed = 1
    with (
        pytest.raises(
            UsageError, match=r"requests to dev/chat failed, most often with: failed 429 rate_limit_exceeded"
        ),
        requests.sent(stage, "chat", at_once=2),
    ):
        until_answered(gateway, 20)
    assert tenants.find(gateway_table, "chaos-load") is None
