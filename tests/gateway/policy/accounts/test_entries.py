import json

import pytest

from gateway.envoy.contract import ANSWER_REFUSED, TOO_LARGE_DETAILS
from gateway.policy.accounts.entries import (
    BESIDE_BODY_TOKENS,
    EVENT_BYTES,
    SEQUENCE_TOKENS_A_SECOND,
    TOKENS_A_SECOND,
    USAGE_BYTES,
    Decision,
    parse,
)
from gateway.policy.services import Price

DECISION = Decision("p", 1, "acme", "blue", "dev/qwen", 50, Price(input_usd=2, output_usd=10), 512)


def line(decision=DECISION, **fields):
    found = {"at": "1795769011.306", "id": "r", "code": 200, "sent": 2000, "ms": 20, "first_ms": 5, "llm": {}}
    if decision:
        found["decision"] = (
            decision if isinstance(decision, dict) else {"ext_authz_duration": 1, "entry": decision.dump()}
        )
    return json.dumps({**found, **fields}).encode()


def test_a_decision_survives_the_log():
    assert parse(line()).decision == DECISION
    free = Decision("p", 1, 't"\\', "a team", "dev/qwen", 50, None)
    assert parse(line(free)).decision == free


@pytest.mark.parametrize(
    "entry", ["", "p 1", "p 1 2 3 4 5 []", 'p 1 2 3 4 x ["a", "", "m", null]', 'p 1 2 3 4 5 ["a"', "[1]"]
)
def test_what_is_no_decision_is_no_line(entry):
    text = line({"entry": entry})
    if entry:
        with pytest.raises(ValueError):
            parse(text)
    else:
        assert parse(text).decision is None
    many = Decision("p", 1, "acme", "", "dev/qwen", 50, None, 4000, 6, 3)
    assert parse(line(many)).decision == many


def test_usage_of_the_engine_counts():
    ended = parse(line(llm={"prompt_tokens": 7, "completion_tokens": 3}))
    assert (ended.prompt_tokens, ended.completion_tokens, ended.microusd) == (7, 3, 44)
    assert (ended.seconds, ended.first_seconds) == (0.02, 0.005)
    ended = parse(line(llm={"input_tokens": 8, "output_tokens": 2}))
    assert (ended.prompt_tokens, ended.completion_tokens) == (8, 2)


def several(sequences, prompts=1, **fields):
    decision = Decision("p", 1, "acme", "", "dev/qwen", 50, None, 4000, sequences, prompts)
    ended = parse(line(decision, **fields))
    return ended.prompt_tokens, ended.completion_tokens


@pytest.mark.parametrize("flags", ["DC", "DR", "UC", "UR", "UPE", "DPE", "SI", "DT", "LR", "UT", "OM", "DC,UC", "-,OM"])
def test_a_cut_stream_of_several_answers_counts_the_tokens_of_each(flags):
    event = EVENT_BYTES + USAGE_BYTES
    usage = {"prompt_tokens": 7, "completion_tokens": 25}  # of one of the answers
    assert several(4, flags=flags, llm=usage, sent=100 * event) == (7, 100)
    assert several(4, flags=flags, llm=usage, sent=5000 * event) == (7, 4000), "up to what it could use"
    assert several(4, flags=flags, llm=usage, sent=10 * event) == (7, 25), "several tokens in an event"
    assert several(8, 2, flags=flags, llm=usage, sent=200 * event) == (50, 200), "prompts by the length of the body"


def test_the_usage_of_a_whole_stream_and_of_a_cut_one_with_one_answer_is_the_engines():
    usage = {"prompt_tokens": 7, "completion_tokens": 100}
    for flags in ("-", "", None):
        assert several(4, 2, flags=flags, llm=usage, sent=10**6) == (7, 100)
    assert several(1, flags="DC", llm=usage, sent=10**6) == (7, 100)


def test_a_cut_stream_of_several_answers_that_had_its_last_event_counts_once():
    usage = {"prompt_tokens": 7, "completion_tokens": 100}  # of all four
    _, completion = several(4, flags="DC", llm=usage, sent=100 * (EVENT_BYTES + USAGE_BYTES + 2))
    assert completion == 100


@pytest.mark.parametrize(
    ("code", "flags", "broken"),
    [
        (200, "UC", True),
        (200, "UR", True),
        (200, "UPE", True),
        (200, "UT", True),
        (200, "-", False),
        (200, "", False),
        (200, "DC", False),
        (200, "DC,UC", False),  # the client left first
        (200, "DR,UR", False),
        (200, "DPE,UC", False),
        (200, "SI", False),  # whose silence it was is not known
        (503, "UC", False),  # the status says it
        (0, "DC", False),
    ],
)
def test_an_answer_that_the_engine_did_not_end_is_broken(code, flags, broken):
    assert parse(line(code=code, flags=flags)).broken is broken


@pytest.mark.parametrize("reason", [{"details": TOO_LARGE_DETAILS}, {"llm": {ANSWER_REFUSED: True}}])
def test_an_answer_that_is_too_large_is_unseen_up_to_what_the_request_could_use(reason):
    ended = parse(line(code=502, **reason))
    assert (ended.tokens, ended.unseen_prompt_tokens, ended.unseen_tokens) == (0, 50, 512)
    assert ended.unseen_microusd == 2 * 50 + 10 * 512
    unknown = parse(line(None, code=502, **reason))
    assert (unknown.unseen_prompt_tokens, unknown.unseen_tokens, unknown.unseen_microusd) == (0, 0, 0)


@pytest.mark.parametrize("first", ["-", None])
def test_an_answer_without_a_byte_of_the_engine_has_no_first_token(first):
    assert parse(line(first_ms=first)).first_seconds is None


def test_a_line_without_a_decision_costs_nothing():
    cut = parse(line(None, flags="DC", llm={"prompt_tokens": 7, "completion_tokens": 3}))
    assert (cut.decision, cut.tokens, cut.microusd, cut.charged) == (None, 0, 0, True)


def test_an_embedding_has_no_completion():
    ended = parse(line(llm={"prompt_tokens": 7}))
    assert (ended.prompt_tokens, ended.completion_tokens) == (7, 0)


def test_a_stream_without_usage_is_estimated_by_its_bytes():
    ended = parse(line(sent=10 * EVENT_BYTES))
    assert (ended.prompt_tokens, ended.completion_tokens) == (50, 10)


def test_embeddings_without_usage_have_no_completion():
    """vLLM's `encoding_format: bytes` is no JSON."""
    embeddings = Decision("p", 1, "acme", "", "dev/embed", 50, None, 0)
    ended = parse(line(embeddings, llm={"model": "embed"}, sent=16_384))
    assert (ended.prompt_tokens, ended.completion_tokens) == (50, 0)


def test_a_stream_of_responses_that_was_cut_is_estimated_by_the_number_of_its_last_event():
    """With log probabilities an event has kilobytes."""
    ended = parse(line(flags="DC", llm={"sequence_number": 43}, sent=40 * 3000))
    assert (ended.prompt_tokens, ended.completion_tokens) == (50, 40)
    assert parse(line(flags="DC", llm={"sequence_number": 1}, sent=3000)).completion_tokens == 0
    assert parse(line(llm={"sequence_number": 43, "input_tokens": 8, "output_tokens": 20})).completion_tokens == 20
    assert parse(line(llm={"sequence_number": 1e300})).completion_tokens < 2 * TOKENS_A_SECOND


def test_the_estimate_is_within_a_tenth_of_an_event_of_openais_form():
    choice = {"index": 0, "delta": {"content": " word"}, "logprobs": None, "finish_reason": None}
    frame = {
        "id": f"chatcmpl-{'a' * 16}",
        "object": "chat.completion.chunk",
        "created": 1764230000,
        "model": "llama-3-8b",
    }
    event = f"data: {json.dumps(frame | {'choices': [choice]}, separators=(',', ':'))}\n\n"
    ended = parse(line(sent=100 * len(event)))
    assert ended.completion_tokens == pytest.approx(100, rel=0.1)


@pytest.mark.parametrize("code", [0, 400, 429, 500, 503, "-", None])
def test_what_is_no_answer_uses_nothing(code):
    fields = {"code": code, "llm": {"prompt_tokens": 7}}
    if code == "-":
        with pytest.raises(ValueError, match="invalid literal"):
            parse(line(**fields))
        return
    ended = parse(line(**fields))
    assert ended.tokens == 0
    assert not ended.answered


@pytest.mark.parametrize("code", [0, None])
def test_a_request_that_its_client_left_before_the_answer_has_its_prompt_if_an_engine_had_it(code):
    ended = parse(line(code=code, to_engine=600))
    assert (ended.prompt_tokens, ended.completion_tokens, ended.microusd) == (50, 0, 100)
    assert (ended.charged, ended.answered) == (True, False)
    assert not parse(line(code=code, to_engine=0)).charged
    assert not parse(line(None, code=code, to_engine=600)).charged
    assert not parse(line(code=503, to_engine=600)).charged


@pytest.mark.parametrize(
    ("seconds", "waited", "sequences", "tokens"),
    [
        (2, 0, 1, 2 * SEQUENCE_TOKENS_A_SECOND),
        (2, 0, 4, 8 * SEQUENCE_TOKENS_A_SECOND),
        (59, 57, 1, 2 * SEQUENCE_TOKENS_A_SECOND),
        (59, 0, 1, 4000),
        (1, 2, 1, 0),
    ],
)
def test_what_an_engine_may_have_made_for_a_client_that_left_is_no_usage(seconds, waited, sequences, tokens):
    decision = Decision("p", 1, "acme", "", "dev/qwen", 50, Price(input_usd=2, output_usd=10), 4000, sequences)
    entry = {"ext_authz_duration": waited * 1000, "entry": decision.dump()}
    ended = parse(line(code=0, to_engine=600, ms=seconds * 1000, decision=entry))
    assert (ended.prompt_tokens, ended.completion_tokens, ended.microusd) == (50, 0, 100)
    assert (ended.unseen_tokens, ended.unseen_microusd) == (tokens, 10 * tokens)
    untimed = {"entry": decision.dump()}  # Envoy's metadata had no duration
    unknown = parse(line(code=0, to_engine=600, ms=seconds * 1000, decision=untimed))
    assert unknown.unseen_tokens == min(4000, round(seconds * SEQUENCE_TOKENS_A_SECOND * sequences))
    for other in ({"code": 200}, {"code": 503}, {"to_engine": 0}):
        fields = {"code": 0, "to_engine": 600, "ms": seconds * 1000, "decision": entry, **other}
        assert parse(line(**fields)).unseen_tokens == 0


@pytest.mark.parametrize("value", [-5, -1e300, True, "9", None, [1]])
def test_no_usage_is_negative(value):
    assert parse(line(llm={"prompt_tokens": value, "completion_tokens": 3})).prompt_tokens == 0


@pytest.mark.parametrize("value", [10**9, 1e300, float("inf")])
def test_no_usage_is_more_than_the_request_could_use(value):
    ended = parse(line(llm={"prompt_tokens": value, "completion_tokens": value}, ms=2000))
    assert ended.prompt_tokens == 4 * DECISION.prompt_tokens + BESIDE_BODY_TOKENS
    assert ended.completion_tokens == 3 * TOKENS_A_SECOND


@pytest.mark.parametrize("text", [b"", b"x", b"[]", b"{}", b'{"at": 1, "decision": {"entry": "[]"}}'])
def test_what_is_no_line_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


def test_a_request_that_was_refused_has_no_decision():
    assert parse(line(None, code=401)).decision is None


def test_a_line_is_read_once_for_settlement_and_ledger_unless_it_is_long():
    short, long = line(id="remembered"), line(id="long", llm={"model": "m" * 5000})
    assert parse(short) is parse(short)
    assert parse(long) is not parse(long)
