"""A gateway with a domain that no resolver of this machine knows: over TLS, at the address of its load balancer."""

import json
import shlex
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from rehearsal.commands import gateway_address
from rehearsal.commands.gateway_address import Way, way_of
from rehearsal.commands.gateway_chat import Gateway
from rehearsal.nodes.alb.certificates import CA_FILE, issue
from rehearsal.sandbox import Sandbox, SandboxError
from rehearsal.sandboxes import free_ports

DOMAIN = "llm.rehearsal.invalid"


class Api(BaseHTTPRequestHandler):
    """Answers with the Host that it was sent."""

    def do_GET(self) -> None:
        self._answer({"data": [{"id": self.headers["Host"]}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = {"role": "assistant", "content": f"{body['model']} at {self.headers['Host']}"}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        self._answer({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})

    def log_message(self, *arguments: object) -> None:
        """Stay quiet."""

    def _answer(self, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def names() -> list[str | None]:
    """What clients name in SNI."""
    return []


@pytest.fixture
def port(tmp_path: Path, names: list[str | None]) -> Iterator[int]:
    """A load balancer with a certificate of the sandbox for the domain."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*issue(tmp_path, "alb", [DOMAIN]))
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def gateway(tmp_path: Path, port: int) -> Gateway:
    way = Way(address="127.0.0.1", ca=tmp_path / CA_FILE)
    return Gateway(url=f"https://{DOMAIN}:{port}/v1", api_key="k", way=way)


def test_chat_goes_to_the_address_under_the_name(gateway: Gateway, port: int, names: list[str | None]) -> None:
    with pytest.raises(OSError, match=r"\[Errno"):
        socket.getaddrinfo(DOMAIN, port)
    assert gateway.models() == [f"{DOMAIN}:{port}"]
    assert gateway.chat("one", "hello") == f"one at {DOMAIN}:{port}"
    assert set(names) == {DOMAIN}


def test_another_name_than_the_certificate_has_is_refused(gateway: Gateway, port: int) -> None:
    other = Gateway(url=f"https://other.invalid:{port}/v1", api_key="k", way=gateway.way)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        other.models()


def test_the_lines_for_python_reach_it(
    gateway: Gateway, port: int, names: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    exec("\n".join(gateway.in_python("one")), {})  # noqa: S102  as a developer pastes them
    assert capsys.readouterr().out == f"one at {DOMAIN}:{port}\n"
    assert set(names) == {DOMAIN}


def test_curl_reaches_it(gateway: Gateway, port: int) -> None:
    assert gateway.way
    command = shlex.split(f"curl -sS {gateway.way.in_curl(f'{gateway.url}/models')}")
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == {"data": [{"id": f"{DOMAIN}:{port}"}]}


def test_a_name_without_a_port_is_at_443(tmp_path: Path) -> None:
    options = Way(address="127.1.2.3", ca=tmp_path / CA_FILE).in_curl(f"https://{DOMAIN}/v1")
    assert options.startswith(f"--connect-to {DOMAIN}:443:127.1.2.3:443 ")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(root=tmp_path, name="test", ports=free_ports())


def ingress(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any]) -> None:
    class Client:
        def get(self, *_: str) -> dict[str, Any]:
            return found

    monkeypatch.setattr(gateway_address.KubeClient, "from_kubeconfig", lambda *_, **__: nullcontext(Client()))


def test_the_address_is_that_of_its_ingress(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    ingress(monkeypatch, {"status": {"loadBalancer": {"ingress": [{"ip": "127.1.2.3"}]}}})
    assert way_of(sandbox) == Way(address="127.1.2.3", ca=sandbox.nodes / CA_FILE)


@pytest.mark.parametrize("status", [{}, {"loadBalancer": {}}, {"loadBalancer": {"ingress": []}}, None])
def test_without_an_address_there_is_one_line(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, status: Any) -> None:
    ingress(monkeypatch, {"status": status})
    with pytest.raises(SandboxError, match="has no address: `kubectl"):
        way_of(sandbox)


def test_without_a_cluster_there_is_one_line(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="cannot be found"):
        way_of(sandbox)
