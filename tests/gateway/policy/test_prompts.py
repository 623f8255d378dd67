import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.prompts import prompts

TEXTS = st.lists(st.text(max_size=8) | st.lists(st.integers(0, 9), min_size=1, max_size=3), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({}, 1),
        ({"prompt": None}, 1),
        ({"prompt": "a, b"}, 1),
        ({"prompt": ["a"]}, 1),
        ({"prompt": ["a", "b", "c"]}, 3),
        ({"prompt": [1, 2, 3]}, 1),
        ({"prompt": [[1, 2], [3]]}, 2),
        ({"prompt": []}, 1),
        ({"prompt": {"a": 1}}, 1),
        ({"prompt_embeds": ["eA==", "eA=="]}, 2),
        ({"prompt": ["a", "b"], "prompt_embeds": "eA=="}, 3),
    ],
)
def test_each_text_list_of_tokens_or_embedding_is_a_prompt(fields, count):
    body = json.dumps({"model": "m", "stop": ["x", "y"], **fields}).encode()
    assert prompts(body, len(body)) == count


def test_the_last_of_two_fields_of_one_name_counts_as_in_the_engine():
    body = b'{"prompt": "a", "prompt": ["a", "b"]}'
    assert prompts(body, len(body)) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b'"text"'])
def test_a_body_without_fields_counts_as_one(body):
    assert prompts(body, len(body)) == 1


@given(TEXTS, st.integers(1, 200))
def test_a_body_that_was_cut_has_no_fewer_prompts_than_its_beginning(found, length):
    body = json.dumps({"prompt": found}).encode()
    begun = json.dumps({"prompt": found[:-1]}).encode().removesuffix(b"]}")
    assert prompts(begun, len(begun)) >= len(found) - 1
    assert prompts(body[:length], len(body)) >= 1


def test_what_lies_beyond_the_beginning_is_as_dense():
    body = json.dumps({"prompt": ['say "a", please'] * 1000}).encode()
    assert 1000 <= prompts(body[: len(body) // 10], len(body)) <= 1100


def test_a_beginning_of_one_text_hides_none_of_the_prompts_behind_it():
    body = json.dumps({"prompt": ["x" * 5000, *["a"] * 1000]}).encode()
    assert prompts(body[:4000], len(body), 1003) == 1003
    assert prompts(body, len(body), 0) == 1001


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"prompt": ' + b"9" * 5000 + b"}", b'{"prompt": "\xff"}'])
def test_a_hostile_body_counts_as_some_number(body):
    assert prompts(body, len(body)) >= 1
