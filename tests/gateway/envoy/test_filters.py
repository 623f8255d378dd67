import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from gateway.envoy.access_log import LOG_FILE
from gateway.envoy.filters import MOST_REQUESTS_PER_SECOND
from tests.gateway.support.fake_policy import KEYS
from tests.gateway.support.processes import until
from tests.gateway.support.stack import CHAT, Stack

ENGINE = "dev/qwen"


# --- the policy's processes ---


def in_flight(stack, count):
    """Requests whose `Check` waits in process 0: a function that waits for their answers."""
    seen = len(stack.lines("checks.jsonl"))
    stack.rules(wait=True)
    pool = ThreadPoolExecutor(count)
    futures = [pool.submit(stack.chat, ENGINE) for _ in range(count)]
    until("the checks wait", lambda: len(stack.lines("checks.jsonl")) == seen + count, tuple(stack.policies))
    assert {line["process"] for line in stack.lines("checks.jsonl")[seen:]} == {0}

    def answers():
        with pool:
            return [future.result() for future in futures]

    return answers


@contextmanager
def running_stream(stack):
    """A stream that has begun; afterwards it goes on to its end."""
    engine = stack.services[ENGINE].engines[0]
    engine.behave(chunks=10, wait_after=2)
    headers = {"authorization": f"Bearer {KEYS[0]}"}
    body = {"model": ENGINE, "stream": True, **CHAT}
    with stack.client.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
        until("the stream runs", lambda: engine.counters()["completion_tokens"] == 2)
        yield
        engine.release()
        assert answer.read().decode().endswith("data: [DONE]\n\n")


@pytest.fixture
def own(tmp_path):
    with Stack(tmp_path, {ENGINE: 1}) as stack:
        yield stack


def test_a_policy_process_that_is_killed_costs_no_request(own):
    answers = in_flight(own, 20)
    own.policies[0].kill()
    until("the other process has them", lambda: len(own.lines("checks.jsonl")) == 40, (own.policies[1],))
    own.rules()
    assert [answer.status_code for answer in answers()] == [200] * 20
    assert [own.chat(ENGINE).status_code for _ in range(20)] == [200] * 20
    assert own.lines("checks.jsonl")[-1]["process"] == 1
    own.policies[0].start()
    until(
        "it decides again",
        lambda: own.chat(ENGINE).status_code == 200 and own.lines("checks.jsonl")[-1]["process"] == 0,
    )


def test_new_requests_go_past_a_policy_process_that_hangs(own):
    own.policies[0].send(signal.SIGSTOP)
    try:
        until("the other one is alone", lambda: own.stat("cluster.policy.membership_healthy") == 1)
        assert own.chat(ENGINE).status_code == 200
        assert own.lines("checks.jsonl")[-1]["process"] == 1
        assert own.ready() == 200
    finally:
        own.policies[0].send(signal.SIGCONT)


def test_a_decision_may_take_longer_than_ten_seconds(own):
    """Ten seconds is where Envoy cuts a try of a gRPC call with retries, unless it is given otherwise."""
    answers = in_flight(own, 1)
    time.sleep(10.5)
    own.rules()
    assert [answer.status_code for answer in answers()] == [200]
    assert own.stat("cluster.policy.upstream_rq_per_try_timeout") == 0
    assert len(own.lines("checks.jsonl")) == 1


def test_without_a_policy_process_requests_are_refused_and_streams_go_on(own):
    with running_stream(own):
        for process in own.policies:
            process.kill()
        refused = own.chat(ENGINE)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "policy_unavailable")
        assert refused.headers["retry-after"] == "5"
        until("the gateway is not ready", lambda: own.ready() == 503, (own.envoy,))
    own.policies[1].start()
    until("it answers again", lambda: own.chat(ENGINE).status_code == 200)
    # A process decides from its first moment, and is healthy from its next check.
    until("it is ready again", lambda: own.ready() == 200)


def test_a_client_that_leaves_cancels_the_check(own):
    own.rules(wait=True)
    body = json.dumps({"model": ENGINE, **CHAT}).encode()
    with socket.create_connection(("127.0.0.1", own.config.listen)) as connection:
        head = f"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        until("the check waits", lambda: own.lines("checks.jsonl"))
        assert own.stat("cluster.policy.upstream_rq_active") >= 1
        before = own.stat("cluster.policy.upstream_rq_active")
    until("the check is gone", lambda: own.stat("cluster.policy.upstream_rq_active") < before)
    own.rules()
    assert own.services[ENGINE].engines[0].requests() == []


# --- the ceiling ---


def test_more_requests_a_second_than_a_pod_takes_are_refused_before_the_policy(tmp_path):
    """A bucket of five that fills once in ten minutes, in place of the pod's."""

    def small(bootstrap):
        [manager] = bootstrap["static_resources"]["listeners"][0]["filter_chains"][0]["filters"]
        [ceiling] = [each for each in manager["typed_config"]["http_filters"] if each["name"] == "ceiling"]
        assert ceiling["typed_config"]["token_bucket"]["max_tokens"] == MOST_REQUESTS_PER_SECOND
        bucket = {"max_tokens": 5, "tokens_per_fill": 5, "fill_interval": "600s"}
        ceiling["typed_config"]["token_bucket"] = bucket

    with Stack(tmp_path, {ENGINE: 1}, adjust=small) as own:
        assert [own.chat(ENGINE, key="wrong").status_code for _ in range(5)] == [401] * 5
        refused = own.chat(ENGINE)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        error = refused.json()["error"]
        assert (error["type"], error["code"], error["param"]) == ("requests", "rate_limit_exceeded", None)
        assert len(own.lines("checks.jsonl")) == 5
        assert own.ready() == 200


# --- readiness and drain ---


def test_readiness_fails_once_a_drain_begins_while_requests_are_served(own):
    with running_stream(own):
        assert own.ready() == 200
        assert own.admin("POST", "/healthcheck/fail").status_code == 200
        assert own.ready() == 503
        other = own.post("/v1/embeddings", {"model": ENGINE, "input": "a"})
        assert (other.status_code, other.headers["connection"]) == (200, "close")
        assert own.stat("http.api.downstream_rq_active") == 1
    until("no request runs", lambda: own.stat("http.api.downstream_rq_active") == 0)
    assert own.envoy.stop() == 0


def test_readiness_checks_leave_no_entry(own):
    for _ in range(5):
        assert own.ready() == 200
    answer = own.chat(ENGINE)
    assert answer.status_code == 200
    until("the request's line is there", lambda: own.lines(LOG_FILE))
    assert [line["id"] for line in own.lines(LOG_FILE)] == [answer.headers["x-request-id"]]
