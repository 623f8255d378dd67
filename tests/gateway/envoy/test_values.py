"""What Envoy's memory is while bodies come that take much of it: without a key nothing of them is read, and values are bounded."""

import contextlib
import json
import re
import socket
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from components.gateway.pod import ENVOY_LIMIT_MIB, ENVOY_THREADS
from gateway.envoy.contract import (
    ANSWER_REFUSED,
    COMPLETIONS_PATH,
    EMBEDDINGS_PATH,
    LONG_TEXT,
    NUMBER_FIELDS,
    PROMPTS_BYTES,
    TEXTS_AND_LISTS,
)
from gateway.envoy.filters import ANSWER_BYTES
from gateway.envoy.values import MOST_ANSWER_VALUES, MOST_REQUEST_VALUES, TEXT_BYTES, VALUE_BYTES, parse_bytes
from settings.models.gateway import ENVOY_HEAP_MIB, GatewaySettings
from tests.gateway.envoy.test_metadata import entry_of
from tests.gateway.support.fake_policy import KEYS
from tests.gateway.support.raw import read_answer
from tests.gateway.support.stack import Stack

ENGINE = "dev/qwen"
BODY_BYTES = 8 << 20
UNKNOWN_CALLER_MIB = 16
"""What requests without a key may add, all together; parsed, one of these bodies takes some 730 MiB."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    root = tmp_path_factory.mktemp("stack")
    with Stack(root, {ENGINE: 1}, concurrency=ENVOY_THREADS, max_request_bytes=BODY_BYTES) as stack:
        yield stack


def zeros(count: int) -> bytes:
    """A body that takes the most memory for its length: a list of numbers of one digit."""
    return b'{"model": "dev/qwen", "x": [' + b"0," * count + b"0]}"


def peak_mib(stack: Stack) -> int:
    """The most memory that Envoy ever had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{stack.envoy.pid}/status").read_text())
    assert found
    return int(found[1]) >> 10


def head(key: str, length: str) -> bytes:
    lines = ("POST /v1/chat/completions HTTP/1.1", "host: a", "content-type: application/json", length)
    return "\r\n".join((*lines, f"authorization: Bearer {key}", "", "")).encode()


def sent(stack: Stack, *parts: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", stack.config.listen))
    connection.settimeout(240)
    # Refused before all of it was sent: the answer is there.
    with contextlib.suppress(ConnectionError):
        for part in parts:
            connection.sendall(part)
    return connection


@pytest.mark.parametrize("length", ["content-length: 8000000", "transfer-encoding: chunked", "content-length: 4097"])
def test_a_caller_without_a_key_is_refused_before_the_body_arrives(stack, length):
    with sent(stack, head("wrong", length)) as connection:
        assert read_answer(connection).status == 401


def test_bodies_without_a_key_cost_no_memory(stack):
    before = peak_mib(stack)
    body = zeros(BODY_BYTES // 2 - 100)
    connections = [sent(stack, head("wrong", f"content-length: {len(body)}"), body) for _ in range(4)]
    for connection in connections:
        with connection:
            assert read_answer(connection).status in {401, 0}, (
                "0 is a connection that was reset with bytes of the body unread"
            )
    assert peak_mib(stack) < before + UNKNOWN_CALLER_MIB
    assert stack.chat(ENGINE, key=KEYS[0]).status_code == 200


def test_a_body_longer_than_stated_is_not_read_as_a_short_one(stack):
    """HTTP/1.1 takes what is beyond for the next request; the first one is a body that ends in the middle."""
    body = zeros(BODY_BYTES // 2 - 100)
    before = peak_mib(stack)
    with sent(stack, head("wrong", "content-length: 4096"), body) as connection:
        assert read_answer(connection).status == 401
    assert peak_mib(stack) < before + UNKNOWN_CALLER_MIB


# --- values ---


def many(count: int) -> bytes:
    """A body of that many counted characters."""
    return zeros(count - 5)


def test_a_body_of_too_many_values_is_refused_before_it_is_a_tree(stack):
    assert sum(many(100).count(mark) for mark in b"[{,:") == 100
    before, checks = peak_mib(stack), len(stack.lines("checks.jsonl"))
    headers = {"authorization": f"Bearer {KEYS[0]}", "content-type": "application/json"}
    for body in (many(MOST_REQUEST_VALUES + 1), zeros(BODY_BYTES // 2 - 100)):
        answer = stack.client.post("/v1/embeddings", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")
        assert answer.json()["error"]["message"] == "The body has more than 1,000,000 values."
    assert len(stack.lines("checks.jsonl")) == checks
    assert peak_mib(stack) < before + 4 * BODY_BYTES // 2**20


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("a, [b]" * 50_000, 1),
        (["a" * 300_000, *["a"] * 1000], 1002),
        ([[1, 2]] * 50_000, 50_001),
        (['"[\\' * 3] * 20_001, 20_002),  # escapes at each end of the pieces in which the body is read
    ],
    ids=["text", "long first", "tokens", "escapes"],
)
def test_texts_and_lists_of_a_long_completion_are_counted_in_the_whole_of_it(stack, prompt, count):
    body = {"model": ENGINE, "prompt": prompt}
    assert len(json.dumps(body, separators=(",", ":"))) > PROMPTS_BYTES
    for path, wanted in (
        (COMPLETIONS_PATH, 3 + count),
        (f"{COMPLETIONS_PATH}?a=b", 3 + count),
        (EMBEDDINGS_PATH, None),
    ):
        assert stack.post(path, body).status_code == 200
        assert stack.lines("checks.jsonl")[-1]["metadata"]["llm"].get(TEXTS_AND_LISTS) == wanted
    assert stack.post(COMPLETIONS_PATH, {"model": ENGINE, "prompt": "a", TEXTS_AND_LISTS: 0}).status_code == 200
    assert TEXTS_AND_LISTS not in stack.lines("checks.jsonl")[-1]["metadata"]["llm"]


# --- numbers as long texts ---

AS_VLLM = TypeAdapter(int | None)
"""How vLLM declares `n`: vllm/entrypoints/openai/chat_completion/protocol.py of 0.32.0."""
SPACES = " " * 9000
LONG_NUMBERS = {
    "spaces before": f'"n": "{SPACES}1000"',
    "spaces after": f'"n": "1000{SPACES}"',
    "zeros": f'"n": "{"0" * 9000}1000"',
    "underscores": f'"n": "{"0_" * 5000}1000"',
    "decimals": f'"n": "1000.{"0" * 9000}"',
    "sign": f'"n": "{SPACES}+1000"',
    "escaped spaces": '"n": "' + "\\n\\t\\r\\f" * 3000 + '1000"',
    "escaped wide spaces": '"n": "' + "\\u2003" * 9000 + '1000"',
    "escaped digits": '"n": "' + "\\u0030" * 9000 + '1"',
    "wide spaces": '"n": "' + "\u2003" * 9000 + '1000"',
    "escaped key": f'"\\u006e": "{SPACES}1000"',
    "spaces around the colon": f'"n"{SPACES}:{SPACES}"{SPACES}1000"',
    "a line to each": f'\n"n"\n:\n"{SPACES}1000"\n',
    "the last of two": f'"n": 1, "n": "{SPACES}1000"',
    "across the pieces": f'"x": "{"x" * 65_500}", "n": "{SPACES * 20}1000"',
    "behind quotes": f'"x": "{chr(92) + chr(34)}\\\\", "n": "{SPACES}1000"',
}
OTHERS = {
    "the first of two": (f'"n": "{SPACES}1000", "n": 2', 2),
    "a text of another key": (f'"m": "{SPACES}1000"', None),
    "a text with a key in it": (f'"m": "{chr(92)}"n{chr(92)}": {chr(92)}"{SPACES}{chr(92)}""', None),
    "words": (f'"x": {{"n": "{"what it is. " * 1000}"}}', None),
    "an item": (f'"x": ["n", "{SPACES}1000"]', None),
    "as long as Envoy reads": (f'"n": "{" " * (TEXT_BYTES - 1)}7"', " " * (TEXT_BYTES - 1) + "7"),
}


@pytest.mark.parametrize("body", LONG_NUMBERS.values(), ids=LONG_NUMBERS)
@pytest.mark.parametrize("path", ["/v1/chat/completions", COMPLETIONS_PATH])
def test_a_number_whose_text_is_too_long_for_envoy_is_marked(stack, body, path):
    content = f'{{"model": "dev/qwen", {body}}}'.encode()
    assert AS_VLLM.validate_python(json.loads(content)["n"]) >= 1
    assert fields_after(stack, content, path) == {"model": ENGINE, "n": LONG_TEXT}


def test_each_number_is_marked(stack):
    numbers = ", ".join(f'"{name}": "{SPACES}1000"' for name in NUMBER_FIELDS)
    found = fields_after(stack, f'{{{numbers}, "model": "dev/qwen"}}'.encode())
    assert found == {"model": ENGINE} | dict.fromkeys(NUMBER_FIELDS, LONG_TEXT)


@pytest.mark.parametrize(("body", "number"), OTHERS.values(), ids=OTHERS)
def test_other_long_texts_are_not_marked(stack, body, number):
    content = f'{{"model": "dev/qwen", {body}}}'.encode()
    assert json.loads(content)
    assert fields_after(stack, content).get("n") == number


def fields_after(stack: Stack, content: bytes, path: str = "/v1/chat/completions") -> dict:
    """The fields of a body as the policy gets them; both with the body's length and chunked they are the same."""
    found = []
    for sent_as in (content, iter([content[:5000], content[5000:]])):
        headers = {"authorization": f"Bearer {KEYS[0]}", "content-type": "application/json"}
        assert stack.client.post(path, content=sent_as, headers=headers).status_code == 200
        found.append(stack.lines("checks.jsonl")[-1]["metadata"]["llm"])
    assert found[0] == found[1]
    return found[0]


def test_bodies_of_the_most_values_on_every_thread_leave_room_and_others_are_answered(stack):
    body = many(MOST_REQUEST_VALUES)
    head_ = head(KEYS[0], f"content-length: {len(body)}")
    connections = [sent(stack, head_, body) for _ in range(3 * ENVOY_THREADS)]
    assert stack.chat(ENGINE).status_code == 200
    for connection in connections:
        with connection:
            assert read_answer(connection).status == 200
    assert peak_mib(stack) < ENVOY_LIMIT_MIB - ENVOY_HEAP_MIB


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_of_the_most_values_has_its_usage_and_one_more_is_an_error(stack, chunked):
    [engine] = stack.services[ENGINE].engines
    refused = []
    end = '0],"usage":{"prompt_tokens":7}}'
    for count, status in ((MOST_ANSWER_VALUES, 200), (MOST_ANSWER_VALUES + 1, 500)):
        engine.behave(raw='{"a":[' + "0," * (count - 7) + end, chunked=chunked)
        answer = stack.post("/v1/embeddings", {"model": ENGINE, "input": "a"})
        assert answer.status_code == status
        refused.append((entry_of(stack, answer)["llm"] or {}).get(ANSWER_REFUSED))
    assert refused == [None, True]
    assert answer.json()["error"]["code"] == "answer_too_large"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert peak_mib(stack) < ENVOY_LIMIT_MIB - ENVOY_HEAP_MIB


def test_no_answer_is_an_error_of_the_filters(stack):
    """Each would be a line of the log, and an answer whose values are not counted."""
    [engine] = stack.services[ENGINE].engines
    for raw_type in ("application/json", "text/event-stream", "text/plain"):
        for chunked in (False, True):
            engine.behave(raw='{"usage": {"prompt_tokens": 7}}', raw_type=raw_type, chunked=chunked)
            assert stack.chat(ENGINE).status_code == 200
    assert "[error]" not in (stack.root / "envoy.log").read_text()


def test_the_longest_request_of_the_settings_takes_no_more_than_an_answer():
    longest = GatewaySettings.model_fields["max_request_mib"].metadata
    most_mib = next(each.le for each in longest if hasattr(each, "le"))
    assert parse_bytes(ANSWER_BYTES) >= MOST_REQUEST_VALUES * VALUE_BYTES + 2 * most_mib * 2**20
