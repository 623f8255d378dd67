import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gateway.config import parse
from gateway.envoy.listener import listener
from tests.gateway.support.fake_policy import KEYS
from tests.gateway.support.http2 import http2_status
from tests.gateway.support.processes import until
from tests.gateway.support.raw import exchange, read_answer
from tests.gateway.support.stack import CHAT, Stack
from tests.gateway.test_config import DOCUMENT

MODEL = "dev/qwen"
BODY = b'{"model": "dev/qwen"}'
KEY = KEYS[0].encode()
HEAD = (
    b"POST /v1/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer "
    + KEY
    + b"\r\ncontent-type: application/json\r\n"
)
LENGTH = b"content-length: %d\r\n" % len(BODY)
HTTP2 = [
    (":method", "POST"),
    (":scheme", "http"),
    (":authority", "a"),
    (":path", "/v1/completions"),
    ("authorization", f"Bearer {KEYS[0]}"),
    ("content-type", "application/json"),
]
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def engine_of(stack):
    return stack.services[MODEL].engines[0]


def good(stack) -> bool:
    return exchange(stack.config.listen, HEAD + LENGTH + b"\r\n" + BODY).status == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (HEAD + LENGTH + b"transfer-encoding: chunked\r\n\r\n" + CHUNKED, 400),
        (HEAD + b"transfer-encoding: chunked\r\n" + LENGTH + b"\r\n" + CHUNKED, 400),
        (HEAD + LENGTH + b"content-length: 5\r\n\r\n" + BODY, 400),
        (HEAD + b"content-length: 5, 21\r\n\r\n" + BODY, 400),
        (HEAD + b"content-length: -1\r\n\r\n" + BODY, 400),
        (HEAD + b"content-length: +21\r\n\r\n" + BODY, 400),
        (HEAD + b"content-length: 0x15\r\n\r\n" + BODY, 400),
        (HEAD + b"content-length: 99999999999999999999\r\n\r\n" + BODY, 400),
        (HEAD + b"transfer-encoding: chunked, identity\r\n\r\n" + CHUNKED, 501),
        (HEAD + b"transfer-encoding: xchunked\r\n\r\n" + CHUNKED, 501),
        (HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n" + CHUNKED, 501),
        (HEAD + b"transfer-encoding: \x0bchunked\r\n\r\n" + CHUNKED, 400),
        (HEAD + b"transfer-encoding : chunked\r\n\r\n" + CHUNKED, 400),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"zz\r\n" + BODY, 400),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"ffffffffffffffffff\r\n" + BODY, 400),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"-5\r\n" + BODY, 400),
        (HEAD + b"x-a: b\x00c\r\n" + LENGTH + b"\r\n" + BODY, 400),
        (HEAD + b"x a: b\r\n" + LENGTH + b"\r\n" + BODY, 400),
        (HEAD + b"x_llm_cluster: b\r\n" + LENGTH + b"\r\n" + BODY, 400),
        (HEAD + b"x-llm_cluster: b\r\n" + LENGTH + b"\r\n" + BODY, 400),
        (HEAD + b"x-a: " + b"b" * 40_000 + b"\r\n" + LENGTH + b"\r\n" + BODY, 431),
        (HEAD + b"".join(b"x-%d: b\r\n" % n for n in range(120)) + LENGTH + b"\r\n" + BODY, 431),
        (HEAD.replace(b"host: a\r\n", b"") + LENGTH + b"\r\n" + BODY, 400),
        (HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + LENGTH + b"\r\n" + BODY, 426),
        (HEAD.replace(b"HTTP/1.1", b"HTTP/3.0") + LENGTH + b"\r\n" + BODY, 426),
        (HEAD.replace(b"/v1/completions", b"/v1/completions\x00") + LENGTH + b"\r\n" + BODY, 400),
        (HEAD.replace(b"/v1/completions", b"/v1/comp letions") + LENGTH + b"\r\n" + BODY, 400),
        (HEAD.replace(b"/v1/completions", b"v1/completions") + LENGTH + b"\r\n" + BODY, 400),
        (HEAD.replace(b"POST", b"PO ST") + LENGTH + b"\r\n" + BODY, 400),
        (b"CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n", 404),
        (b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", 404),
        (HEAD + b"connection: upgrade\r\nupgrade: websocket\r\n" + LENGTH + b"\r\n" + BODY, 403),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
def test_a_request_that_could_be_read_in_two_ways_is_refused(shared, data, status):
    before = len(engine_of(shared).requests())
    answer = exchange(shared.config.listen, data)
    assert answer.status == status
    if answer.body:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert len(engine_of(shared).requests()) == before
    assert good(shared)


def test_what_follows_a_body_is_a_request_of_its_own(shared):
    engine = engine_of(shared)
    before = len(engine.requests())
    inner = b"POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shared.config.listen)) as connection:
        connection.settimeout(60)
        connection.sendall(HEAD + LENGTH + b"\r\n" + BODY)
        assert read_answer(connection).status == 200
        connection.sendall(inner)
        assert read_answer(connection).status in {400, 401}
    assert [each["path"] for each in engine.requests()[before:]] == ["/v1/completions"]


def test_a_chunked_body_reaches_the_engine_whole(shared):
    assert exchange(shared.config.listen, HEAD + b"transfer-encoding: chunked\r\n\r\n" + CHUNKED).status == 200
    assert engine_of(shared).requests()[-1]["body"] == BODY.decode()


def test_trailers_do_not_become_headers(shared):
    data = HEAD + b"transfer-encoding: chunked\r\n\r\n" + CHUNKED[:-2] + b"authorization: Bearer x\r\nx-late: 1\r\n\r\n"
    assert exchange(shared.config.listen, data).status == 200
    assert "x-late" not in {name.lower() for name in engine_of(shared).requests()[-1]["headers"]}


def test_a_request_to_switch_to_http2_stays_what_it_is(shared):
    extra = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
    assert exchange(shared.config.listen, HEAD + extra + LENGTH + b"\r\n" + BODY).status in {200, 403}
    assert "upgrade" not in {name.lower() for name in engine_of(shared).requests()[-1]["headers"]}


def test_a_body_may_wait_for_its_go_ahead(shared):
    with socket.create_connection(("127.0.0.1", shared.config.listen)) as connection:
        connection.settimeout(60)
        connection.sendall(HEAD + b"expect: 100-continue\r\n" + LENGTH + b"\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(BODY)
        assert read_answer(connection).status == 200


def test_every_answer_has_an_id_of_the_gateways_own(shared):
    given = "11111111-2222-4333-8444-555555555555"
    headers = {"authorization": f"Bearer {KEYS[0]}", "x-request-id": given}
    first = shared.client.post("/v1/completions", json={"model": MODEL}, headers=headers)
    second = shared.client.get("/v1/nothing", headers=headers)
    ids = {given, first.headers["x-request-id"], second.headers["x-request-id"]}
    assert len(ids) == 3
    assert engine_of(shared).requests()[-1]["headers"]["X-Request-ID"] == first.headers["x-request-id"]


def test_answers_name_no_server(shared):
    answer = shared.chat(MODEL)
    assert not {"server", "x-envoy-upstream-service-time", "via"} & set(answer.headers)


def test_slow_headers_end_the_connection(shared):
    with socket.create_connection(("127.0.0.1", shared.config.listen)) as connection:
        connection.settimeout(60)
        connection.sendall(b"POST /v1/completions HTTP/1.1\r\nhost: a\r\n")
        answer = read_answer(connection)
        assert (answer.status, answer.json()["error"]["code"]) == (408, "request_timeout")
        assert connection.recv(100) == b""


def test_a_slow_body_ends_the_request_and_a_long_decision_does_not(tmp_path):
    with Stack(
        tmp_path, {MODEL: 1}, adjust=lambda document: manager_of(document).update(request_timeout="2s")
    ) as stack:
        with socket.create_connection(("127.0.0.1", stack.config.listen)) as connection:
            connection.settimeout(60)
            connection.sendall(HEAD + LENGTH + b"\r\n" + BODY[:5])
            answer = read_answer(connection)
            assert (answer.status, answer.json()["error"]["code"]) == (408, "request_timeout")
        stack.rules(wait=True)
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(stack.chat, MODEL)
            until("the check waits", lambda: stack.lines("checks.jsonl"))
            time.sleep(3)
            stack.rules()
            assert future.result().status_code == 200


def manager_of(document):
    return document["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]


@pytest.mark.parametrize(
    "more",
    [
        [("transfer-encoding", "chunked")],
        [("connection", "close")],
        [("x_llm_cluster", "policy")],
        [("X-Upper", "a")],
        [("x-a", "b\r\nx-llm-cluster: policy")],
        [(":path", "/v1/embeddings")],
        [("content-length", "3")],
        [("host", "a"), (":method", "GET")],
    ],
    ids=str,
)
def test_an_http2_request_that_could_be_read_in_two_ways_is_refused(shared, more):
    before = len(engine_of(shared).requests())
    assert http2_status(shared.config.listen, [*HTTP2, *more], BODY) in {0, 400}
    assert len(engine_of(shared).requests()) == before
    assert http2_status(shared.config.listen, HTTP2, BODY) == 200
    assert good(shared)


def test_idle_connections_outlive_the_load_balancers_and_the_longest_hold():
    config = parse({**DOCUMENT, "hold_seconds": 300})
    manager = manager_of({"static_resources": {"listeners": [listener(config)]}})
    balancer = config.load_balancer_idle_seconds
    assert 300 < balancer < float(manager["stream_idle_timeout"].rstrip("s"))
    assert balancer < float(manager["common_http_protocol_options"]["idle_timeout"].rstrip("s"))
    assert manager["request_timeout"] == "60s"


def test_http2_requests_share_a_connection(shared):
    """With prior knowledge, as a load balancer with the protocol version HTTP2 speaks it."""
    headers = {"authorization": f"Bearer {KEYS[0]}"}
    with httpx.Client(base_url=shared.url, http1=False, http2=True, timeout=120, trust_env=False) as client:

        def send(stream):
            return client.post("/v1/chat/completions", json={"model": MODEL, "stream": stream, **CHAT}, headers=headers)

        before = shared.stat("http.api.downstream_cx_http2_total")
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(send, [False, True] * 3))
        assert client.get("/v1/x").json()["error"]["code"] == "not_found"
    assert [(answer.status_code, answer.http_version) for answer in found] == [(200, "HTTP/2")] * 6
    assert shared.stat("http.api.downstream_cx_http2_total") == before + 1


def test_a_full_heap_refuses_requests_with_a_body_and_recovers(tmp_path):
    with Stack(tmp_path, {MODEL: 1}, heap_bytes=64 << 20, max_request_bytes=8 << 20) as stack:
        stack.rules(wait=True)
        body = json.dumps({"model": MODEL, "input": "x" * (8 << 20)})[: (8 << 20) - 2] + '"}'
        headers = {"authorization": f"Bearer {KEYS[0]}", "content-type": "application/json"}
        with ThreadPoolExecutor(12) as pool:
            futures = [
                pool.submit(httpx.post, f"{stack.url}/v1/embeddings", content=body, headers=headers, timeout=120)
                for _ in range(12)
            ]
            action = "overload.envoy.overload_actions.stop_accepting_requests.active"
            until("the heap is full", lambda: stack.stat(action), (stack.envoy,))
            refused = stack.client.get("/v1/models")
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
            assert refused.headers["retry-after"] == "5"
            stack.rules()
            assert {future.result().status_code for future in futures} <= {200, 503}
        until("the heap is free", lambda: stack.chat(MODEL).status_code == 200, (stack.envoy,))
