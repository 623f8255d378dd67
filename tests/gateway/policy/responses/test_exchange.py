import json

import pytest
from envoy.config.core.v3.base_pb2 import HeaderMap, HeaderValue
from envoy.service.ext_proc.v3.external_processor_pb2 import HttpBody, HttpHeaders, ProcessingRequest

from gateway.envoy.contract import RESPONSE_LOG_HEADER
from gateway.policy.responses.exchange import MOST_MESSAGE_BYTES, Exchange, Held
from gateway.policy.services import Catalog, ResponseLogs, Service

LOGS = ResponseLogs(consent="CTO, T-1", tenants=frozenset({"acme"}), sample=1, max_bytes=1000, redact=(r"\d{4}-\d{4}",))


def catalog(logs=LOGS):
    found = Catalog()
    found.replace([Service(name="dev/qwen", response_logs=logs)], 1)
    return found


def headers(kind, *, end=False, **values):
    pairs = [HeaderValue(key=key, raw_value=value.encode()) for key, value in values.items()]
    return ProcessingRequest(
        **{kind: HttpHeaders(headers=HeaderMap(headers=pairs), end_of_stream=end)}
    ).SerializeToString()


def body(kind, data, *, end=False):
    return ProcessingRequest(**{kind: HttpBody(body=data, end_of_stream=end)}).SerializeToString()


def began(tenant="acme", path="/v1/chat/completions"):
    log = {RESPONSE_LOG_HEADER: json.dumps([tenant, "blue", "dev/qwen"]), ":path": path, "x-request-id": "r"}
    return headers("request_headers", **log)


def answered(kind="application/json", status="200", *, end=False):
    return headers("response_headers", end=end, **{":status": status, "content-type": kind})


class Records(list):
    def __call__(self, model, line):
        assert line.endswith(b"\n")
        self.append(json.loads(line))


def exchange(*messages, logs=LOGS, held=None, end=True):
    written = Records()
    one = Exchange(catalog(logs), held or Held(), written)
    for message in messages:
        if isinstance(message, int):
            one.oversized(message)
        else:
            one.message(message)
    if end:
        one.end()
        one.end()
    return written


ASKED = body("request_body", b'{"messages":[{"content":"my card 4111-2222"}]}', end=True)


def test_a_whole_answer():
    [record] = exchange(
        began(), ASKED, answered(), body("response_body", b'{"a":"5111-'), body("response_body", b'2222"}', end=True)
    )
    assert record.pop("time").endswith("Z")
    assert record == {
        "request_id": "r", "tenant": "acme", "team": "blue", "model": "dev/qwen", "path": "/v1/chat/completions",
        "status": 200, "consent": "CTO, T-1", "stream": False, "complete": True,
        "request": '{"messages":[{"content":"my card [redacted]"}]}', "request_bytes": 46, "request_truncated": False,
        "response": '{"a":"[redacted]"}', "response_bytes": 17, "response_truncated": False, "redactions": 2,
    }  # fmt: skip


def test_a_stream_is_redacted_across_its_events():
    events = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in ("4", "111-22", "22 ok")]
    pieces = [body("response_body", b"data: " + json.dumps(each).encode() + b"\n\n") for each in events]
    [record] = exchange(began(), ASKED, answered("text/event-stream; charset=utf-8"), *pieces)
    assert json.loads(record["response"])["choices"][0]["message"]["content"] == "[redacted] ok"
    assert (record["stream"], record["complete"]) == (True, False)


@pytest.mark.parametrize("logs", [None, ResponseLogs(consent="a", tenants=frozenset({"other"}), sample=1, max_bytes=9)])
def test_without_a_consent_that_still_holds_nothing_is_written(logs):
    assert exchange(began(), ASKED, answered(), body("response_body", b"{}", end=True), logs=logs) == []


def test_it_ends_with_the_answer_and_keeps_no_memory():
    held = Held(10_000)
    for _ in range(100):
        assert exchange(began(), ASKED, answered(end=True), held=held, end=False)
    assert held.take(10_000)


def test_what_the_memory_has_no_room_for_is_dropped():
    held = Held(60)
    assert exchange(began(), ASKED, answered(), body("response_body", 50 * b"x", end=True), held=held) == []
    assert held.take(60)


def test_of_what_is_too_long_there_is_the_length():
    [record] = exchange(began(), 2 * MOST_MESSAGE_BYTES, answered(), body("response_body", b"{}", end=True))
    assert (record["request"], record["request_truncated"]) == (None, True)
    assert record["request_bytes"] == 2 * MOST_MESSAGE_BYTES
    piece = body("response_body", (MOST_MESSAGE_BYTES // 2 + 1) * b"x")
    [record] = exchange(began(), ASKED, answered(), piece, piece, body("response_body", b"", end=True))
    assert (record["response"], record["response_truncated"]) == (None, True)
    assert record["response_bytes"] == 2 * (MOST_MESSAGE_BYTES // 2 + 1)


def test_long_texts_are_cut():
    long = body("request_body", json.dumps({"prompt": 5000 * "ä"}).encode(), end=True)
    [record] = exchange(began(), long, answered(), body("response_body", b"{}", end=True))
    assert len(record["request"].encode()) <= 1000
    assert record["request_truncated"]


def test_embeddings_have_no_answer():
    [record] = exchange(
        began(path="/v1/embeddings"), ASKED, answered(), body("response_body", b'{"data":[0.5]}', end=True)
    )
    assert record["response"] is None
    assert record["response_bytes"] == 14


def test_an_answer_that_is_not_json_is_redacted_too():
    [record] = exchange(
        began(), ASKED, answered("text/plain", "502"), body("response_body", b"no: 4111-2222", end=True)
    )
    assert (record["status"], record["response"]) == (502, "no: [redacted]")
