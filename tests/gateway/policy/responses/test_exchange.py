import asyncio
import json

import grpc
import pytest
from envoy.config.core.v3.base_pb2 import HeaderMap, HeaderValue
from envoy.service.ext_proc.v3.external_processor_pb2 import HttpBody, HttpHeaders, ProcessingRequest

from gateway.envoy.contract import RESPONSE_LOG_HEADER
from gateway.policy import metrics
from gateway.policy.responses.exchange import MOST_MESSAGE_BYTES, Exchange, Held
from gateway.policy.responses.process import REASONS
from gateway.policy.rpc.observing import ObservingServer
from gateway.policy.services import Catalog, ResponseLogs, Service
from tests.gateway.policy.rpc.test_observing import METHOD

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


def dropped():
    assert "error" in REASONS
    return metrics.RESPONSES_DROPPED.labels("error")._value.get()


def deep(levels):
    return b'{"messages":[{"content":"hello"}],"ignored":' + levels * b"[" + levels * b"]" + b"}"


def test_what_nests_deeply_is_logged_without_its_depth():
    [record] = exchange(
        began(), body("request_body", deep(500), end=True), answered(), body("response_body", b"{}", end=True)
    )
    request = json.loads(record["request"])
    assert request["messages"] == [{"content": "hello"}]
    assert "[nested too deeply]" in record["request"]
    assert record["request_truncated"]
    [record] = exchange(began(), body("request_body", deep(5_000)), answered(), body("response_body", b"{}", end=True))
    assert record["request"].startswith('{"messages":[{"content":"hello"}]')


def test_a_stream_with_an_event_that_nests_deeply_is_logged():
    events = b"data: " + deep(50_000) + b'\n\ndata: {"choices":[{"delta":{"content":"hi"}}]}\n\n'
    [record] = exchange(began(), ASKED, answered("text/event-stream"), body("response_body", events, end=True))
    assert json.loads(record["response"])["choices"][0]["message"] == {"content": "hi"}
    assert record["response_truncated"]


@pytest.mark.parametrize("case", ["deep", "no message", "no header", "unwritable"])
def test_a_call_that_fails_leaves_the_others_of_its_connection_alone(tmp_path, case):
    """The victim's stream is under way while the other call ends by an error, or by what once was one."""
    attack = {
        "deep": [
            began(),
            body("request_body", deep(500), end=True),
            answered(),
            body("response_body", b"{}", end=True),
        ],
        "no message": [b"\xff\xff"],
        "no header": [headers("request_headers", **{":path": "/v1/chat/completions"})],
        "unwritable": [began(), answered(status="599", end=True)],
    }[case]
    written, before = Records(), dropped()

    def write(model, line):
        written(model, line)
        if written[-1]["status"] == 599:
            del written[-1]
            raise RuntimeError("not to be written")

    held = Held(100_000)

    async def run():
        async with asyncio.timeout(60):
            server = ObservingServer(lambda: Exchange(catalog(), held, write), MOST_MESSAGE_BYTES)
            await server.start(tmp_path / "logs.sock")
            async with grpc.aio.insecure_channel(f"unix:{tmp_path}/logs.sock") as channel:
                victim = channel.stream_stream(METHOD)()
                for message in (began(), ASKED, answered(), body("response_body", b'{"a":')):
                    await victim.write(message)
                attacker = channel.stream_stream(METHOD)()
                for message in attack:
                    await attacker.write(message)
                assert await attacker.read() is grpc.aio.EOF
                assert await attacker.code() == grpc.StatusCode.OK
                await victim.write(body("response_body", b"1}", end=True))
                assert await victim.read() is grpc.aio.EOF
            server.stop()

    asyncio.run(run())
    assert written[-1]["complete"]
    assert written[-1]["response"] == '{"a":1}'
    assert len(written) == (2 if case == "deep" else 1)
    assert dropped() - before == (0 if case == "deep" else 1)
    assert held.take(100_000)


def test_an_answer_with_its_tokens_keeps_nothing_of_them():
    """As vLLM answers with `logprobs`, `return_token_ids` and `prompt_logprobs`."""
    token = {"token": "4111-", "logprob": -0.1, "bytes": [52, 49, 49, 49, 45]}
    tokens = [{**token, "top_logprobs": [token]}, {"token": "2222", "logprob": -1, "bytes": [50], "top_logprobs": []}]
    answer = {
        "choices": [{
            "message": {"role": "assistant", "content": "4111-2222"},
            "logprobs": {"content": tokens}, "token_ids": [4111, 2222],
        }, {"text": "4111-2222", "logprobs": {"tokens": ["4111-", "2222"], "token_logprobs": [-0.1, -1]}}],
        "prompt_logprobs": [None, {"4111": {"logprob": -1, "rank": 1, "decoded_token": "4111-"}}],
        "prompt_token_ids": [4111, 2222],
    }  # fmt: skip
    asked = {"prompt": [[4111], [2222, 2]], "logprobs": 5, "return_token_ids": True}
    [record] = exchange(
        began(),
        body("request_body", json.dumps(asked).encode(), end=True),
        answered(),
        body("response_body", json.dumps(answer).encode(), end=True),
    )
    assert "4111" not in record["response"] + record["request"]
    assert "2222" not in record["response"] + record["request"]
    assert "52" not in record["response"]
    assert json.loads(record["request"]) == {"prompt": 2 * ["[not kept]"], "logprobs": 5, "return_token_ids": True}
