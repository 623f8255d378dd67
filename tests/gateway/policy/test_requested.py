import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.requested import COMPLETION_TOKENS, MOST_CHOICES, Requested, read

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
        ({"max_output_tokens": 30}, 30),
        ({"max_tokens": 10, "n": 3}, 30),
        ({"max_tokens": 10, "n": 3, "best_of": 5}, 50),
        ({"max_tokens": 10, "n": 0}, 10),
        ({"max_tokens": 10, "n": -7}, 10),
        ({"max_tokens": 0}, COMPLETION_TOKENS),
        ({"max_tokens": -10}, COMPLETION_TOKENS),
        ({"max_tokens": float("nan")}, COMPLETION_TOKENS),
        ({"max_tokens": float("inf")}, COMPLETION_TOKENS),
        ({"max_tokens": 10, "n": 200}, 2000),
        ({"max_tokens": 10, "n": 10**9}, 10 * MOST_CHOICES),
        ({"max_tokens": "10", "n": "3"}, 30),
        ({"max_tokens": " 1_0 ", "n": "3.0"}, 30),
        ({"max_tokens": "-10"}, COMPLETION_TOKENS),
        ({"max_tokens": "ten"}, COMPLETION_TOKENS),
        ({"max_tokens": ""}, COMPLETION_TOKENS),
        ({"max_tokens": "nan", "n": "inf"}, COMPLETION_TOKENS),
        ({"max_tokens": "9" * 5000}, COMPLETION_TOKENS),
        ({"max_tokens": True}, COMPLETION_TOKENS),
        ({"max_tokens": 1e300, "n": 1e300}, 10_000_000),
    ],
)
def test_the_most_that_an_answer_may_have(values, tokens):
    assert read(fields(**values), 0, completes=True).completion_tokens == tokens


def test_the_prompt_is_estimated_by_its_length():
    assert read(fields(model="m"), 400, completes=True) == Requested("m", 101, COMPLETION_TOKENS)
    for nothing in (-1, 0):
        assert read({}, nothing, completes=True).prompt_tokens == 1


def test_each_prompt_has_answers_of_its_own():
    assert read(fields(max_tokens=10, n=3), 400, completes=True, prompts=5) == Requested(None, 101, 150, 15, 5)
    assert read(fields(max_tokens=10), 4, completes=True, prompts=10**9).completion_tokens == 10_000_000


def test_a_list_of_inputs_for_embeddings_is_in_the_length_of_the_body():
    one, many = (read(fields(), 26 + 44 * count, completes=False) for count in (1, 100))
    assert many.prompt_tokens >= 60 * one.prompt_tokens


def test_an_embedding_has_no_completion():
    assert read(fields(max_tokens=10, n=5), 4, completes=False).completion_tokens == 0


@given(st.dictionaries(st.sampled_from(["model", "max_tokens", "max_completion_tokens", "n", "best_of"]), JSON))
def test_no_body_reserves_less_than_nothing(values):
    found = read(fields(**values), 10, completes=True)
    assert found.completion_tokens >= 0
    assert found.prompt_tokens > 0
    assert found.model is None or isinstance(values["model"], str)
