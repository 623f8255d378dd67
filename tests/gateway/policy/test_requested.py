import math
from contextlib import suppress

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateway.envoy.contract import COMPLETIONS_PATH, EMBEDDINGS_PATH, LONG_TEXT, NUMBER_FIELDS, RESPONSES_PATH
from gateway.policy.answers import RefusalError
from gateway.policy.requested import COMPLETION_TOKENS, MOST_CHOICES, Requested, read

CHAT_PATH = "/v1/chat/completions"
AS_VLLM = TypeAdapter(int | None)
"""How vLLM declares `n`, `max_tokens` and the others: vllm/entrypoints/openai/chat_completion/protocol.py of 0.32.0."""
NUMBER_LIKE = st.text(st.sampled_from("0123459._+-eE \t\n\u00a0\u2003\x85\u0665\uff11x"), max_size=8)

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(10**30), 10**30) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def fields(**values):
    struct = Struct()
    struct.update(values)
    return struct.fields


@pytest.mark.parametrize(
    ("values", "tokens"),
    [
        ({}, COMPLETION_TOKENS),
        ({"max_tokens": 10}, 10),
        ({"max_completion_tokens": 20, "max_tokens": 10}, 20),
        ({"max_tokens": 10, "n": 3}, 30),
        ({"max_tokens": 10, "n": 3, "best_of": 5}, 50),
        ({"max_tokens": 10, "n": 0}, 10),
        ({"max_tokens": 10, "n": -7}, 10),
        ({"max_tokens": 0}, COMPLETION_TOKENS),
        ({"max_tokens": -10}, COMPLETION_TOKENS),
        ({"max_tokens": 10, "n": 200}, 2000),
        ({"max_tokens": 10, "n": 10**9}, 10 * MOST_CHOICES),
        ({"max_tokens": "10", "n": "3"}, 30),
        ({"max_tokens": " 1_0 ", "n": "3.0"}, 30),
        ({"max_tokens": "-10"}, COMPLETION_TOKENS),
        ({"max_tokens": None, "n": None}, COMPLETION_TOKENS),
        ({"max_tokens": 1e3, "n": 2.0}, 2000),
        ({"max_tokens": "\u00a0+0_010.0\u2003"}, 10),
        ({"max_tokens": 1e300, "n": 1e300}, 10_000_000),
    ],
)
def test_the_most_that_an_answer_may_have(values, tokens):
    assert read(fields(**values), 0, CHAT_PATH).completion_tokens == tokens


@pytest.mark.parametrize("key", NUMBER_FIELDS)
@pytest.mark.parametrize(
    "value", [True, False, 1.5, "ten", "", "nan", "inf", "1.5", [3], {"a": 1}, "9" * 5000, LONG_TEXT]
)
def test_what_is_no_whole_number_is_refused(key, value):
    path = RESPONSES_PATH if key == "max_output_tokens" else CHAT_PATH
    with pytest.raises(RefusalError, match=f"`{key}` has to be a whole number") as refused:
        read(fields(**{key: value}), 0, path)
    assert (refused.value.status, refused.value.code) == (400, "invalid_request_error")


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (CHAT_PATH, {"max_tokens", "max_completion_tokens"}),
        (COMPLETIONS_PATH, {"max_tokens"}),
        (RESPONSES_PATH, {"max_output_tokens"}),
    ],
)
def test_a_maximum_that_the_endpoint_does_not_know_is_none(path, known):
    for key in ("max_tokens", "max_completion_tokens", "max_output_tokens"):
        assert read(fields(**{key: 1}), 0, path).completion_tokens == (1 if key in known else COMPLETION_TOKENS)


@given(st.sampled_from(["n", "max_tokens"]), JSON | NUMBER_LIKE)
def test_no_number_of_vllm_is_read_as_a_smaller_one(key, value):
    try:
        number = AS_VLLM.validate_python(value)
    except ValidationError:
        number = None
    if number is None or number < 1:
        return  # vLLM refuses it, or does without
    with suppress(RefusalError):
        found = read(fields(**{key: value}), 0, CHAT_PATH)
        read_as = found.sequences if key == "n" else found.completion_tokens
        assert read_as >= min(number, MOST_CHOICES if key == "n" else 10_000_000) or math.isclose(number, read_as)


def test_the_prompt_is_estimated_by_its_length():
    assert read(fields(model="m"), 400, CHAT_PATH) == Requested("m", 101, COMPLETION_TOKENS)
    for nothing in (-1, 0):
        assert read({}, nothing, CHAT_PATH).prompt_tokens == 1


def test_each_prompt_has_answers_of_its_own():
    assert read(fields(max_tokens=10, n=3), 400, CHAT_PATH, prompts=5) == Requested(None, 101, 150, 15, 5)
    assert read(fields(max_tokens=10), 4, CHAT_PATH, prompts=10**9).completion_tokens == 10_000_000


def test_a_list_of_inputs_for_embeddings_is_in_the_length_of_the_body():
    one, many = (read(fields(), 26 + 44 * count, EMBEDDINGS_PATH) for count in (1, 100))
    assert many.prompt_tokens >= 60 * one.prompt_tokens


def test_an_embedding_has_no_completion():
    assert read(fields(max_tokens=10, n=5), 4, EMBEDDINGS_PATH).completion_tokens == 0


@given(st.dictionaries(st.sampled_from(["model", "max_tokens", "max_completion_tokens", "n", "best_of"]), JSON))
def test_no_body_reserves_less_than_nothing(values):
    try:
        found = read(fields(**values), 10, CHAT_PATH)
    except RefusalError:
        return
    assert found.completion_tokens >= 0
    assert found.prompt_tokens > 0
    assert found.model is None or isinstance(values["model"], str)
