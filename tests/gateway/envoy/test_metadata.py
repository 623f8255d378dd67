import json
from contextlib import suppress

import pytest

from gateway.envoy.access_log import LOG_FILE
from gateway.envoy.contract import TOO_LARGE_DETAILS
from gateway.envoy.filters import ANSWER_BYTES
from tests.gateway.support.fake_policy import KEYS
from tests.gateway.support.processes import until
from tests.gateway.support.stack import CHAT

ENGINE = "dev/qwen"


@pytest.fixture(scope="module")
def engine(shared):
    return shared.services[ENGINE].engines[0]


@pytest.fixture(autouse=True)
def _well(shared, engine):
    yield
    engine.behave()


def entry_of(stack, answer) -> dict:
    """The line of an answer in Envoy's access log, which is written after it."""
    wanted = answer.headers["x-request-id"]
    found = until(
        "the line is there",
        lambda: [line for line in stack.lines(LOG_FILE) if line["id"] == wanted],
        (stack.envoy,),
    )
    return found[0]


def usage_of(entry) -> dict:
    return {
        key: value
        for key, value in (entry["llm"] or {}).items()
        if key.endswith("_tokens") and not key.startswith("max")
    }


def fields_of(stack) -> dict:
    return stack.lines("checks.jsonl")[-1]["metadata"].get("llm", {})


# --- the body's fields ---


def test_the_policy_gets_the_fields_of_the_body_with_their_types(shared):
    body = {
        "max_tokens": 5,
        "max_completion_tokens": 6,
        "max_output_tokens": 7,
        "n": 2,
        "best_of": 3,
        "stream": False,
        "temperature": 1,
    }
    shared.chat(ENGINE, **body)
    assert fields_of(shared) == {
        "model": ENGINE,
        "max_tokens": 5,
        "max_completion_tokens": 6,
        "max_output_tokens": 7,
        "n": 2,
        "best_of": 3,
    }


@pytest.mark.parametrize("model", [True, 1, None, ["dev/qwen"], {"a": 1}, "", "x" * 20_000])
def test_a_model_that_is_no_name_is_not_made_one(shared, model):
    answer = shared.chat(model)
    assert answer.status_code in {400, 503}
    assert fields_of(shared).get("model") in {None, model if isinstance(model, str | bool | int) else None}


@pytest.mark.parametrize(
    ("body", "model"),
    [
        (b'{"model": "other", "model": "dev/qwen"}', ENGINE),
        (b'{"m\\u006fdel": "dev/qwen"}', ENGINE),
        (b'{"Model": "dev/qwen"}', None),
        (b'[{"model": "dev/qwen"}]', None),
        (b'{"model": "dev/qwen"', None),
        (b'{"model": "dev/qwen"} {}', None),
        (b"{'model': 'dev/qwen'}", None),
        (b'{"model": "dev/qwen" /* a */}', None),
        (b'{"model": "dev/qwen", "a": NaN}', None),
        (b'{"model": "dev/qwen", "a": "\\ud83d"}', None),
        (b'{"model": "dev/qwen", "a": 9223372036854775807}', ENGINE),
        (b'{"model": "dev/qwen", "a": 9223372036854775808}', None),
        (b'{"model": "dev/qwen", "a": 18446744073709551615}', None),
        (b'{"model": "dev/qwen", "a": 18446744073709551616}', ENGINE),
        (b'{"model": "dev/qwen", "a": ' + b"[" * 2000 + b"]" * 2000 + b"}", None),
        (b"", None),
        ('{"model": "dev/qwen"}'.encode("utf-16"), None),
        ('{"model": "dev/qwen"}'.encode("utf-16-be"), None),
        ('{"model": "dev/qwen"}'.encode("utf-32"), None),
        (b'{"model": "dev/qwen", "a": "\xff"}', None),
    ],
)
def test_the_model_is_read_as_pythons_parser_reads_it_or_not_at_all(shared, body, model):
    headers = {"authorization": f"Bearer {KEYS[0]}", "content-type": "application/json"}
    answer = shared.client.post("/v1/completions", content=body, headers=headers)
    assert fields_of(shared).get("model") == model
    assert answer.status_code == (200 if model else 400)
    if model:
        assert json.loads(body)["model"] == model


@pytest.mark.parametrize("body", [b'\xef\xbb\xbf{"model": "dev/qwen"}', b'{"model": "dev/qwen"}\0{"model": "other"}'])
def test_a_mark_of_utf_8_is_passed_over_and_a_nul_ends_the_body(shared, body):
    """Python's parser passes over the first too, and refuses the second: no engine reads another model."""
    headers = {"authorization": f"Bearer {KEYS[0]}", "content-type": "application/json"}
    shared.client.post("/v1/completions", content=body, headers=headers)
    assert fields_of(shared) == {"model": ENGINE}
    with suppress(json.JSONDecodeError):
        assert json.loads(body)["model"] == ENGINE


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"]
)
def test_the_content_type_may_have_a_parameter(shared, kind):
    headers = {"authorization": f"Bearer {KEYS[0]}", "content-type": kind}
    assert shared.client.post("/v1/completions", content=b'{"model": "dev/qwen"}', headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/json-patch", "application/x-www-form-urlencoded"])
def test_another_content_type_has_no_fields(shared, kind):
    headers = {"authorization": f"Bearer {KEYS[0]}", "content-type": kind}
    assert shared.client.post("/v1/completions", content=b'{"model": "dev/qwen"}', headers=headers).status_code == 400
    assert fields_of(shared) == {}


def test_a_body_is_passed_on_byte_for_byte(shared, engine):
    body = b'{ "z":1.0,"model":"dev/qwen",\n "a":12345678901234567, "s":"\\u00e9\xc3\xa9" }'
    headers = {"authorization": f"Bearer {KEYS[0]}", "content-type": "application/json"}
    assert shared.client.post("/v1/completions", content=body, headers=headers).status_code == 200
    assert engine.requests()[-1]["body"].encode() == body


def test_a_body_of_the_longest_length_passes_and_one_byte_more_does_not(shared, engine):
    start, end = b'{"model": "dev/qwen", "input": "', b'"}'
    headers = {"authorization": f"Bearer {KEYS[0]}", "content-type": "application/json"}
    longest = start + b"x" * (shared.config.max_request_bytes - len(start) - len(end)) + end
    assert len(longest) == shared.config.max_request_bytes
    assert shared.client.post("/v1/embeddings", content=longest, headers=headers).status_code == 200
    assert len(engine.requests()[-1]["body"]) == len(longest)
    over = start + b"x" + longest[len(start) :]
    for content in (over, iter([over[:1000], over[1000:]])):  # with its length, and chunked
        checks = len(shared.lines("checks.jsonl"))
        answer = shared.client.post("/v1/embeddings", content=content, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")
        assert len(shared.lines("checks.jsonl")) == checks


# --- usage ---


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions"])
@pytest.mark.parametrize("usage", ["every", "last"])
@pytest.mark.parametrize("stream", [False, True])
def test_usage_of_an_answer_is_the_engines(shared, engine, path, usage, stream):
    engine.behave(chunks=40, usage=usage)
    answer = shared.post(path, {"model": ENGINE, "stream": stream, **CHAT})
    assert usage_of(entry_of(shared, answer)) == {"prompt_tokens": 7, "completion_tokens": 40}


def test_usage_of_embeddings(shared):
    answer = shared.post("/v1/embeddings", {"model": ENGINE, "input": "a"})
    assert usage_of(entry_of(shared, answer)) == {"prompt_tokens": 7, "completion_tokens": 0}


@pytest.mark.parametrize("stream", [False, True])
def test_usage_of_responses_has_names_of_its_own(shared, engine, stream):
    engine.behave(chunks=5)
    answer = shared.post("/v1/responses", {"model": ENGINE, "input": "a", "stream": stream})
    assert usage_of(entry_of(shared, answer)) == {"input_tokens": 7, "output_tokens": 5}


def test_the_last_usage_of_a_stream_counts(shared, engine):
    events = [{"usage": {"prompt_tokens": 7, "completion_tokens": count}} for count in (1, 2, 9)]
    events += [{"choices": []}, {"usage": None}]
    raw = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    engine.behave(raw=raw, raw_type="text/event-stream")
    answer = shared.chat(ENGINE, stream=True)
    assert answer.text == raw
    assert usage_of(entry_of(shared, answer)) == {"prompt_tokens": 7, "completion_tokens": 9}


def left_after_four_events(shared, engine, path, body):
    """The answer to a stream that the engine does not go on with, and its client leaves."""
    engine.behave(chunks=10, wait_after=4)
    headers = {"authorization": f"Bearer {KEYS[0]}"}
    with shared.client.stream("POST", path, json={"model": ENGINE, "stream": True, **body}, headers=headers) as answer:
        seen = ""
        for text in answer.iter_text():
            seen += text
            if seen.count("data: ") == 4:
                break
    return answer


def test_a_stream_that_its_client_leaves_has_the_usage_so_far(shared, engine):
    entry = entry_of(shared, left_after_four_events(shared, engine, "/v1/chat/completions", CHAT))
    assert usage_of(entry) == {"prompt_tokens": 7, "completion_tokens": 4}
    assert entry["flags"] == "DC"
    until("the engine's request ends too", lambda: engine.counters()["open"] == 0)
    assert engine.counters()["aborted"] == 1


def test_a_stream_of_responses_that_its_client_leaves_has_the_number_of_its_last_event(shared, engine):
    entry = entry_of(shared, left_after_four_events(shared, engine, "/v1/responses", {"input": "a"}))
    assert usage_of(entry) == {}
    assert entry["llm"]["sequence_number"] == 4


def test_a_stream_without_usage_leaves_the_length_of_its_body(shared, engine):
    engine.behave(chunks=20, usage="none")
    answer = shared.chat(ENGINE, stream=True)
    entry = entry_of(shared, answer)
    assert usage_of(entry) == {}
    assert entry["sent"] == len(answer.content)


def test_an_event_too_long_to_be_read_passes(shared, engine):
    event = json.dumps({"filler": "x" * (2 << 20), "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
    last = json.dumps({"usage": {"prompt_tokens": 7, "completion_tokens": 2}})
    raw = f"data: {event}\n\ndata: {last}\n\ndata: [DONE]\n\n"
    engine.behave(raw=raw, raw_type="text/event-stream")
    answer = shared.chat(ENGINE, stream=True)
    assert answer.text == raw
    assert usage_of(entry_of(shared, answer)) == {"prompt_tokens": 7, "completion_tokens": 2}


@pytest.mark.parametrize(
    "raw",
    [
        '{"usage": null}',
        '{"usage": 3}',
        '{"usage": {"prompt_tokens": "many", "completion_tokens": [1]}}',
        '{"usage": {}}',
        "no json",
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_odd_answer_passes_and_has_no_usage(shared, engine, raw, stream):
    text = f"data: {raw}\n\n" if stream else raw
    engine.behave(raw=text, raw_type="text/event-stream" if stream else "application/json")
    answer = shared.chat(ENGINE, stream=stream)
    assert (answer.status_code, answer.text) == (200, text)
    assert usage_of(entry_of(shared, answer)) == {}


def test_an_answer_longer_than_the_longest_request_passes_with_its_usage(shared, engine):
    engine.behave(padding=8 * shared.config.max_request_bytes)
    answer = shared.post("/v1/embeddings", {"model": ENGINE, "input": "a"})
    assert answer.status_code == 200
    assert len(answer.json()["filler"]) == 8 * shared.config.max_request_bytes
    assert usage_of(entry_of(shared, answer)) == {"prompt_tokens": 7, "completion_tokens": 0}


def test_an_answer_too_long_to_be_counted_is_an_error_with_a_body(shared, engine):
    engine.behave(padding=ANSWER_BYTES)
    answer = shared.post("/v1/embeddings", {"model": ENGINE, "input": "a"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "server_error")
    assert entry_of(shared, answer)["details"] == TOO_LARGE_DETAILS


def test_the_decision_comes_back_with_the_entry_which_has_no_credential(shared):
    entry = entry_of(shared, shared.chat(ENGINE))
    assert (entry["decision"]["tenant"], entry["decision"]["process"]) == ("a", 0)
    assert entry["code"] == 200
    assert KEYS[0] not in json.dumps(entry)
