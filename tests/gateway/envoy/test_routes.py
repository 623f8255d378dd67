import json
import socket

import pytest

from gateway.envoy.contract import PROMPTS_BYTES
from gateway.envoy.routes import ENGINES
from tests.gateway.support.fake_policy import ENGINE_KEY, KEYS
from tests.gateway.support.raw import exchange

BODY = b'{"model": "dev/qwen", "input": "hello", "messages": []}'
API = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"]


def post(stack, path, extra=b"", method=b"POST"):
    head = b"%s %s HTTP/1.1\r\nhost: a\r\nauthorization: Bearer %s\r\n" % (method, path.encode(), KEYS[0].encode())
    head += b"content-type: application/json\r\ncontent-length: %d\r\n%s\r\n" % (len(BODY), extra)
    return exchange(stack.config.listen, head + BODY)


@pytest.mark.parametrize("path", [*API, "/v1/completions?a=b"])
def test_a_path_of_the_api_reaches_the_engine_as_it_was_sent(shared, path):
    answer = post(shared, path)
    assert answer.status == 200
    last = shared.services["dev/qwen"].engines[0].requests()[-1]
    assert (last["path"], last["body"]) == (path, BODY.decode())


@pytest.mark.parametrize("path", API)
def test_the_policy_gets_the_beginning_of_a_body_of_completions_only(shared, path):
    assert post(shared, path).status == 200
    assert shared.lines("checks.jsonl")[-1]["body"] == (len(BODY) if path == "/v1/completions" else 0)
    long = {"model": "dev/qwen", "prompt": ["hello"] * 50_000}
    headers = {"authorization": f"Bearer {KEYS[0]}"}
    assert shared.client.post(path, json=long, headers=headers).status_code == 200
    assert shared.lines("checks.jsonl")[-1]["body"] == (PROMPTS_BYTES if path == "/v1/completions" else 0)
    assert json.loads(shared.services["dev/qwen"].engines[0].requests()[-1]["body"]) == long


def test_the_list_of_models_is_the_policys_answer(shared):
    answer = shared.client.get("/v1/models", headers={"authorization": f"Bearer {KEYS[0]}"})
    assert (answer.status_code, answer.json()) == (200, {"object": "list", "data": []})


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "//v1/chat/completions",
        "/v1//chat/completions",
        "/v1/chat/completions/",
        "/v1/./chat/completions",
        "/v1/x/../chat/completions",
        "/v1/../v1/completions",
        "/v1/%63ompletions",
        "/v1%2fcompletions",
        "/v1%5ccompletions",
        "/v1\\completions",
        "/V1/completions",
        "/v1/Completions",
        "/v1/completions;a=b",
        "/v1/completions%20",
        "/v1/completions%00",
        "/v1/completions.",
        "/v1/models/dev",
        "/invocations",
        "/metrics",
        "/tokenize",
        "/health",
        "/fake/requests",
        "/ready/",
        "/stats",
    ],
)
def test_another_path_or_spelling_is_not_found_and_reaches_nothing(shared, path):
    before = len(shared.lines("checks.jsonl"))
    answer = post(shared, path)
    assert answer.status == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert len(shared.lines("checks.jsonl")) == before


@pytest.mark.parametrize("path", [*API, "/v1/models"])
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"POST"])
def test_another_method_is_not_allowed_and_the_right_one_is_named(shared, path, method):
    right = b"GET" if path == "/v1/models" else b"POST"
    if method == right:
        return
    answer = post(shared, path, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, right.decode())
    if method != b"HEAD":
        assert answer.json()["error"]["code"] == "method_not_allowed"


def test_an_unknown_path_is_refused_before_its_body_arrives(shared):
    with socket.create_connection(("127.0.0.1", shared.config.listen)) as connection:
        connection.settimeout(60)
        connection.sendall(b"POST /v1/files HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 404")


def test_no_credential_and_no_wish_for_compression_reaches_an_engine(shared):
    answer = post(
        shared,
        "/v1/completions",
        b"x-data-parallel-rank: 1\r\nendpoint-load-metrics-format: json\r\naccept-encoding: gzip\r\ncookie: a=b\r\napi-key: k\r\nx-api-key: k\r\nproxy-authorization: Basic k\r\n",
    )
    assert answer.status == 200
    headers = {
        key.lower(): value for key, value in shared.services["dev/qwen"].engines[0].requests()[-1]["headers"].items()
    }
    assert headers["authorization"] == f"Bearer {ENGINE_KEY}"
    assert not {"cookie", "api-key", "x-api-key", "proxy-authorization", "accept-encoding"} & set(headers)
    assert not {"x-data-parallel-rank", "endpoint-load-metrics-format"} & set(headers)
    assert not [name for name in headers if name.startswith(("x-llm-", "x-envoy-"))]


def test_an_engine_without_a_key_gets_none(shared):
    shared.rules(engine_key=False)
    try:
        assert post(shared, "/v1/completions").status == 200
    finally:
        shared.rules()
    headers = shared.services["dev/qwen"].engines[0].requests()[-1]["headers"]
    assert "authorization" not in {key.lower() for key in headers}


@pytest.mark.parametrize("name", [b"x-llm-cluster", b"X-LLM-Cluster", b"x-llm-authorization", b"x-llm-other"])
def test_a_callers_header_of_ours_has_no_effect(shared, name):
    shared.rules(engine_key=False)
    try:
        answer = post(shared, "/v1/completions", name + b": policy\r\n")
    finally:
        shared.rules()
    assert answer.status == 200
    headers = {key.lower() for key in shared.services["dev/qwen"].engines[0].requests()[-1]["headers"]}
    assert not [header for header in headers if header.startswith("x-llm-") or header == "authorization"]


def test_a_header_cannot_name_another_cluster_when_the_policy_names_none(shared):
    shared.rules(cluster="")
    try:
        answer = post(shared, "/v1/completions", b"x-llm-cluster: dev/qwen\r\n")
    finally:
        shared.rules()
    assert answer.status in {404, 503}
    assert answer.json()["error"]["type"] in {"invalid_request_error", "server_error"}


def test_what_the_policy_lets_pass_by_mistake_has_nowhere_to_go(shared):
    shared.rules(pass_models=True, cluster="dev/qwen")
    try:
        answer = shared.client.get("/v1/models", headers={"authorization": f"Bearer {KEYS[0]}"})
    finally:
        shared.rules()
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "server_error")


KEPT = {"retry-after": "7", "x-should-retry": "false", "cache-control": "no-store", "openai-processing-ms": "5"}


@pytest.mark.parametrize("behaviour", [{}, {"raw": "{}"}, {"status": 429}, {"status": 307}, {"status": 401}], ids=str)
@pytest.mark.parametrize("stream", [False, True])
def test_what_an_engine_must_not_say_for_the_gateway_is_removed(shared, behaviour, stream):
    engine = shared.services["dev/qwen"].engines[0]
    # A value that each of them takes; as HTTP has it, some come twice.
    engine.behave(headers=dict.fromkeys(ENGINES, "1") | {"x-request-id": "the engine's", **KEPT}, **behaviour)
    try:
        answer = shared.chat("dev/qwen", stream=stream)
    finally:
        engine.behave()
    assert answer.status_code == behaviour.get("status", 200)
    assert not set(ENGINES) & set(answer.headers)
    assert {name: answer.headers[name] for name in KEPT} == KEPT
    sent = engine.requests()[-1]["headers"]["X-Request-ID"]
    assert answer.headers.get_list("x-request-id") == [sent]
    assert answer.headers.get_list("x-ratelimit-limit-requests") == ["10"]


def test_headers_that_steer_envoy_are_not_the_callers(shared):
    engine = shared.services["dev/qwen"].engines[0]
    engine.behave(status=500)
    before = engine.counters()["requests"]
    try:
        answer = post(shared, "/v1/completions", b"x-envoy-retry-on: 5xx\r\nx-envoy-max-retries: 5\r\n")
    finally:
        engine.behave()
    assert answer.status == 500
    assert engine.counters()["requests"] == before + 1
