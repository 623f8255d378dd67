"""Asking deployed services, against a server that answers like one."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from rehearsal.commands.chat_check import Service, ask, services


class Api(BaseHTTPRequestHandler):
    def _answer(self, code: int, body: dict) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_GET(self) -> None:
        self._answer(200, {"data": [{"id": "the-model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != "Bearer right":
            self._answer(401, {})
            return
        text = f"{body['model']} heard: {body['messages'][0]['content']}"
        self._answer(200, {"choices": [{"message": {"content": text}}]})

    def log_message(self, *arguments) -> None:
        """Stay quiet."""


@pytest.fixture
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_completion_is_asked_for_the_model_that_is_served(url):
    service = Service(name="one", url=url, api_key="right", command="")
    assert ask(service, "hello") == "the-model heard: hello"


def test_a_refusal_is_an_error(url):
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        ask(Service(name="one", url=url, api_key="wrong", command=""))


def test_services_are_found_among_the_outputs():
    outputs = {
        "bucket": "b",
        "issuer_url": "https://x",
        "two_url": "http://2",
        "two_api_key": "k2",
        "two_command": "c2",
        "one-b_url": "http://1",
        "one-b_api_key": "k1",
        "one-b_command": "c1",
        "behind-the-gateway_url": "http://three.llm.svc.cluster.local",
        "behind-the-gateway_command": "c3",
    }
    found = services(outputs)
    assert [service.name for service in found] == ["one-b", "two"]
    assert found[0] == Service(name="one-b", url="http://1", api_key="k1", command="c1")


def test_a_service_without_a_key_is_sent_none():
    [keyless] = services({"three_url": "http://3", "three_command": "curl"})
    assert (keyless.name, keyless.api_key) == ("three", "")
