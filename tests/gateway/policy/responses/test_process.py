"""The real Envoy, the real policy and Firehose on moto: what of a response with consent leaves the gateway, and of others."""

import contextlib
import json
import os
import signal
import time
from contextlib import closing
from pathlib import Path

import boto3
import psutil
import pytest

from gateway.store import consents
from tests.gateway.support.fake_policy import ENGINE_KEY
from tests.gateway.support.processes import until
from tests.gateway.support.stack import Stack
from tests.gateway.support.table import REGION, TableServer

STREAM, BUCKET = "llm-dev-responses", "logs"
CONSENT = {"consent": "data protection, DP-12", "tenants": ["acme", "silent"], "sample": 1, "max_bytes": 4096}


class Sink:
    """Firehose and its bucket on the moto of a table."""

    def __init__(self, table: TableServer) -> None:
        def client(name: str):
            return boto3.client(
                name, region_name=REGION, endpoint_url=table.url, aws_access_key_id="t", aws_secret_access_key="t"
            )

        self.s3 = client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        with closing(client("firehose")) as firehose:
            firehose.create_delivery_stream(
                DeliveryStreamName=STREAM,
                ExtendedS3DestinationConfiguration={
                    "RoleARN": "arn:aws:iam::123456789012:role/firehose",
                    "BucketARN": f"arn:aws:s3:::{BUCKET}",
                },
            )

    def close(self) -> None:
        self.s3.close()

    def text(self) -> str:
        keys = [each["Key"] for each in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
        return "".join(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys)

    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.text().splitlines()]

    def of(self, marker: str) -> dict:
        """The one record whose prompt has this text."""
        found = until(marker, lambda: [one for one in self.records() if marker in (one["request"] or "")], pause=0.2)
        [record] = found
        return record


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    root = tmp_path_factory.mktemp("responses")
    with TableServer(root) as table, closing(Sink(table)) as sink:
        services = {"dev/qwen": 1, "dev/silent": 1}
        with Stack(
            root,
            services,
            policy="real",
            environment=table.environment,
            response_logs={"stream": STREAM, "consent": "DPO, DP-1"},
        ) as stack:
            stack.services["dev/qwen"].response_logs = {**CONSENT, "redact": [r"\b\d{4}-\d{4}\b", "t1 t2"]}
            stack.publish()
            yield stack, table, sink


@pytest.fixture(scope="module")
def key(gateway):
    stack, table, sink = gateway
    key = table.key("acme")
    consents.give(table.table, "acme", "CTO, T-1", written_by="test", now=int(time.time()))

    def logged() -> bool:
        assert stack.chat("dev/qwen", key=key).status_code == 200
        return bool(sink.records())

    until("a response is logged", logged, pause=0.2)
    return key


def ask(stack, key, text, model="dev/qwen", **more):
    return stack.chat(model, key=key, messages=[{"role": "user", "content": text}], **more)


def test_a_whole_answer_is_logged_with_redaction_and_without_a_key(gateway, key):
    stack, _, sink = gateway
    answer = ask(stack, key, f"whole 1234-5678 {key}")
    record = sink.of("whole ")
    assert answer.status_code == record["status"] == 200
    assert (record["tenant"], record["team"], record["model"]) == ("acme", "blue", "dev/qwen")
    assert (record["consent"], record["complete"], record["stream"]) == (CONSENT["consent"], True, False)
    assert record["request_id"] == answer.headers["x-request-id"]
    assert json.loads(record["request"])["messages"][0]["content"] == "whole [redacted] [redacted]"
    assert json.loads(record["response"])["choices"][0]["message"]["content"] == "hello"
    assert record["redactions"] == 2
    assert record["response_bytes"] == len(answer.content)
    for secret in (key, key[8:-4], ENGINE_KEY):
        assert secret not in sink.text()


@pytest.mark.parametrize("path", ["chat/completions", "completions", "responses"])
def test_a_stream_is_put_together_before_it_is_redacted(gateway, key, path):
    stack, _, sink = gateway
    body = {"model": "dev/qwen", "messages": [], "prompt": f"stream {path}", "stream": True}
    assert stack.post(f"/v1/{path}", body, key=key).status_code == 200
    record = sink.of(f"stream {path}")
    assert (record["complete"], record["stream"], record["response_truncated"]) == (True, True, False)
    if path != "responses":
        assert "[redacted] t3" in record["response"]
        assert json.loads(record["response"])["usage"]["completion_tokens"] == 3
    else:
        assert json.loads(record["response"])["output"][0]["content"][0]["text"] == "hello"


def test_without_both_consents_nothing_leaves(gateway, key):
    stack, table, sink = gateway
    silent, unnamed = table.key("silent"), table.key("unnamed")
    consents.give(table.table, "unnamed", "CTO, T-1", written_by="test", now=int(time.time()))
    calls = stack.stat("cluster.response_logs.upstream_rq_total")
    assert ask(stack, silent, "planted: its tenant did not agree").status_code == 200
    assert ask(stack, unnamed, "planted: the service does not name its tenant").status_code == 200
    assert ask(stack, key, "planted: its service did not agree", model="dev/silent").status_code == 200
    # Not even to the process beside Envoy.
    assert stack.stat("cluster.response_logs.upstream_rq_total") == calls
    header = {"authorization": f"Bearer {silent}", "x-llm-response-log": '["acme","","dev/qwen"]'}
    body = {"model": "dev/qwen", "messages": [{"role": "user", "content": "planted: the caller sent the header"}]}
    assert stack.client.post("/v1/chat/completions", json=body, headers=header).status_code == 200
    assert stack.stat("cluster.response_logs.upstream_rq_total") == calls
    ask(stack, key, "afterwards")
    sink.of("afterwards")
    assert "planted" not in sink.text()


def test_no_header_of_ours_reaches_the_engine(gateway, key):
    stack, _, _ = gateway
    ask(stack, key, "headers")
    [engine] = stack.services["dev/qwen"].engines
    assert not [name for name in engine.requests()[-1]["headers"] if name.lower().startswith("x-llm-")]


def test_what_is_long_is_cut(gateway, key):
    stack, _, sink = gateway
    assert ask(stack, key, "long " + 9000 * "ä").status_code == 200
    record = sink.of("long ")
    assert record["request_truncated"]
    assert len(record["request"].encode()) <= CONSENT["max_bytes"]
    assert ask(stack, key, "longest " + 600_000 * "y", max_tokens=7).status_code == 200
    assert sink.of("longest ")["request_bytes"] > 600_000


def test_a_stream_that_the_client_leaves_is_logged_as_far_as_it_came(gateway, key):
    stack, _, sink = gateway
    [engine] = stack.services["dev/qwen"].engines
    engine.behave(wait_after=2)
    body = {"model": "dev/qwen", "messages": [{"role": "user", "content": "leaving"}], "stream": True}
    headers = {"authorization": f"Bearer {key}"}
    with stack.client.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
        lines = answer.iter_lines()
        until("two events came", lambda: "t2" in next(lines))
    engine.behave()
    record = sink.of("leaving")
    assert not record["complete"]
    assert "[redacted]" in record["response"]


def responses_process(stack) -> psutil.Process:
    return until("the process is there", lambda: stack.policy_process(2))


def test_a_stalled_sink_delays_and_fails_nothing(gateway, key):
    stack, _, sink = gateway
    process = responses_process(stack)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        for number in range(20):
            # More than the socket and Envoy's buffer have room for.
            answer = ask(stack, key, f"stalled {number} " + 900_000 * "x", stream=number % 2 == 0)
            assert answer.status_code == 200
            assert "t3" in answer.text or "hello" in answer.text
    finally:
        # Where this took longer than the supervisor waits for a sign of life, there is another process by now.
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)
    until("another response is logged", lambda: ask(stack, key, "recovered") and "recovered" in sink.text(), pause=0.3)


def test_a_process_that_is_gone_delays_and_fails_nothing(gateway, key):
    stack, _, sink = gateway
    gone = responses_process(stack)
    gone.kill()
    for number in range(5):
        assert ask(stack, key, f"gone {number}").status_code == 200
    until("it is started again", lambda: responses_process(stack).pid != gone.pid)
    until(
        "another response is logged",
        lambda: ask(stack, key, "again") and '"again' in sink.text().replace("\\", ""),
        pause=0.3,
    )


def test_withdrawn_consent_ends_it(gateway, key):
    stack, table, sink = gateway
    consents.withdraw(table.table, "acme")
    calls = -1

    def quiet() -> bool:
        nonlocal calls
        before, calls = calls, stack.stat("cluster.response_logs.upstream_rq_total")
        assert ask(stack, key, "withdrawing").status_code == 200
        return before == calls

    until("no response is logged", quiet, pause=1)
    assert ask(stack, key, "planted after withdrawal").status_code == 200
    assert "planted after" not in sink.text()


def test_nothing_of_prompts_and_keys_is_in_logs_and_metrics(gateway, key):
    stack, _, _ = gateway
    texts = [path.read_text(errors="replace") for path in Path(stack.root).glob("*.log")]
    texts += [stack.client.get(f"http://127.0.0.1:{stack.config.metrics}/metrics").text]
    assert "llm_gateway_response_logs_total" in texts[-1]
    for secret in (key, key[8:-4], ENGINE_KEY, "planted", "1234-5678", "whole "):
        assert not [text for text in texts if secret in text]
