import json
import time

import pytest

from gateway.policy.responses.redaction import MARGIN, REDACTED, Redactor, bounded

KEY = "sk-llm-" + 43 * "a"


def redacted(value, *patterns, most=10_000):
    redactor = Redactor(patterns, most)
    return redactor.value(value), redactor


@pytest.mark.parametrize(
    "secret",
    [KEY, "hf_" + 34 * "x", "AKIA" + 16 * "Q", "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----"],
)
def test_credentials_are_always_removed(secret):
    found, redactor = redacted({"messages": [{"content": f"a {secret} b"}]})
    assert found == {"messages": [{"content": f"a {REDACTED} b"}]}
    assert redactor.count == 1


def test_patterns_meet_texts_keys_and_numbers():
    value = {"4111-1111": ["4111-1111 and 4222-2222", 41112222, 1.5, True, None]}
    found, redactor = redacted(value, r"\d{4}-?\d{4}")
    assert found == {REDACTED: [f"{REDACTED} and {REDACTED}", REDACTED, 1.5, True, None]}
    assert redactor.count == 4


def test_a_half_of_a_match_at_the_cut_is_not_kept():
    secret = "begin" + 2000 * "x" + "end"
    for before in range(0, 3000, 250):
        text = before * "a" + secret + 3000 * "b"
        found, redactor = redacted(text, "beginx+end", most=1000)
        assert "begin" not in found
        assert redactor.cut == (len(text) > 1000 + MARGIN)


def test_of_many_texts_those_beyond_the_length_are_empty():
    found, redactor = redacted(["a" * 5000, "b" * 5000, "c" * 5000], most=1000)
    assert found == ["a" * 5000, "", ""]
    assert redactor.cut


def test_half_a_character_and_any_json_can_be_written():
    found, _ = redacted(json.loads('{"\\ud800": "a\\udc00b"}'))
    json.dumps(found, ensure_ascii=False).encode()


def test_time_is_linear_in_the_text():
    began = time.process_time()
    redacted("a" * 100_000, r"(a+)+$|(a|a)*b", r"(.*)*=x", most=131_072)
    # The time of an expression that goes back would have more digits than this line.
    assert time.process_time() - began < 60


@pytest.mark.parametrize(("most", "kept"), [(5, "ääx"), (4, "ää"), (3, "ä"), (0, "")])
def test_a_text_is_cut_between_characters(most, kept):
    assert bounded("ääx", most) == (kept, kept != "ääx")


PATTERN = r"\b\d{4}-\d{4}\b"


@pytest.mark.parametrize(
    "parts",
    [
        [{"type": "text", "text": "my card 1234-"}, {"type": "text", "text": "5678 ok"}],
        [{"type": "input_text", "text": "my card 12"}, {"type": "input_text", "text": "34-56"}, {"text": "78 ok"}],
        ["my card 1234", "-5678 ok"],
    ],
)
def test_what_is_in_several_parts_of_a_message_is_found(parts):
    found, redactor = redacted({"messages": [{"content": parts}]}, PATTERN)
    assert found == {"messages": [{"content": [{"type": "text", "text": f"my card {REDACTED} ok"}]}]}
    assert redactor.count == 1


def test_parts_of_a_message_without_a_match_across_them_stay_apart():
    image = {"type": "image_url", "image_url": {"url": "https://example.com/1.png"}}
    parts = [{"type": "text", "text": "1234-5678"}, {"type": "text", "text": "next"}, image, "a"]
    found, redactor = redacted({"content": parts}, PATTERN)
    assert found == {"content": [{"type": "text", "text": REDACTED}, *parts[1:]]}
    assert redactor.count == 1


def test_texts_token_by_token_are_not_kept_but_whether_they_were_requested():
    value = {"logprobs": True, "top_logprobs": 5, "prompt": [1, 2], "stop": ["a"], "bytes": [[1], [2.5]], "n": [True]}
    found, redactor = redacted(value)
    kept = {"prompt": "[not kept]", "bytes": 2 * ["[not kept]"]}
    assert found == value | kept
    assert not redactor.cut
