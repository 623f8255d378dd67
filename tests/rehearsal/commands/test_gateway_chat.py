"""The chat through the gateway, and the key of the sandbox's tenant."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.store import keys
from rehearsal.commands import gateway_chat
from rehearsal.commands.gateway_address import Way
from rehearsal.commands.gateway_chat import Gateway, gateway_of, tenant_key
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import free_ports
from tests.gateway.support.table import NAME


class Api(BaseHTTPRequestHandler):
    """Knows the key at the second request only, as a gateway whose keys are read every few seconds."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if self.asked == 1:
            self._answer(401, {})
            return
        self._answer(200, {"data": [{"id": "dev/one"}, {"id": "one"}] if self.asked > 2 else []})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = f"{self.path} {body['model']} {self.headers['Authorization']}: {body['messages'][0]['content']}"
        self._answer(200, {"choices": [{"message": {"content": said}}]})

    def log_message(self, *arguments: object) -> None:
        """Stay quiet."""

    def _answer(self, code: int, body: object) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


@pytest.fixture
def url() -> Iterator[str]:
    Api.asked = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sandbox(tmp_path) -> Sandbox:
    return Sandbox(root=tmp_path, name="test", ports=free_ports())


def test_models_are_read_as_soon_as_the_key_is_known_and_short_names_are_used(url, monkeypatch):
    monkeypatch.setattr(gateway_chat, "_PAUSE_SECONDS", 0.01)
    gateway = Gateway(url=url, api_key="k")
    assert gateway.models() == ["one"]
    assert gateway.chat("one", "hello") == "/v1/chat/completions one Bearer k: hello"


def test_the_lines_for_python_are_python():
    lines = Gateway(url="http://127.0.0.1/v1", api_key="sk-llm-x").in_python("one")
    compile("\n".join(lines), "<lines>", "exec")
    assert 'base_url="http://127.0.0.1/v1", api_key="sk-llm-x"' in lines[1]


def test_a_key_is_kept_until_it_is_revoked(sandbox, gateway_table):
    first = tenant_key(sandbox, NAME, "us-east-1")
    assert tenant_key(sandbox, NAME, "us-east-1") == first
    assert (sandbox.root / "tenant-keys.json").stat().st_mode & 0o777 == 0o600
    known = keys.find(gateway_table, keys.digest_of(first))
    assert known is not None
    assert (known.tenant, known.state(time.time())) == ("rehearsal", "active")
    keys.revoke(gateway_table, keys.digest_of(first))
    assert tenant_key(sandbox, NAME, "us-east-1") != first


def test_a_stack_without_a_gateway_has_no_chat_through_one(sandbox):
    assert gateway_of(sandbox, {}, "us-east-1") is None


def test_with_a_domain_the_way_leads_to_its_load_balancer(sandbox, gateway_table, monkeypatch):
    way = Way(address="127.1.2.3", ca=sandbox.nodes / "ca.pem")
    monkeypatch.setattr(gateway_chat, "way_of", lambda _: way)
    outputs = {"gateway_url": "https://llm.example.com/v1", "gateway_table": NAME, "gateway_tls": True}
    found = gateway_of(sandbox, outputs, "us-east-1")
    assert found
    assert (found.url, found.way) == ("https://llm.example.com/v1", way)
    plain = gateway_of(sandbox, outputs | {"gateway_url": "http://127.1.2.3/v1", "gateway_tls": False}, "us-east-1")
    assert plain
    assert plain.way is None
