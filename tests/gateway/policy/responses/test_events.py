import json

import pytest

from gateway.policy.responses.events import MOST_EVENT_BYTES, Events


def stream(*events):
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events) + b"data: [DONE]\n\n"


def chat(content, index=0, **more):
    return {"choices": [{"index": index, "delta": {"content": content}, "finish_reason": None, **more}]}


def answer(data, most=1000, step=None):
    events = Events(most)
    for at in range(0, len(data), step or len(data)):
        events.take(data[at : at + (step or len(data))])
    return events.answer(), events.cut


@pytest.mark.parametrize("step", [None, 1, 7, 4096])
def test_pieces_of_a_chat_become_its_messages(step):
    data = stream(
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
        chat("4111-"),
        chat("other", index=1),
        chat("2222", finish_reason="stop"),
        {"choices": [], "usage": {"completion_tokens": 3}},
    )
    assert answer(data, step=step) == (
        {
            "choices": [
                {"finish_reason": "stop", "message": {"content": "4111-2222"}},
                {"finish_reason": None, "message": {"content": "other"}},
            ],
            "usage": {"completion_tokens": 3},
        },
        False,
    )


def test_tool_calls_and_reasoning_are_put_together():
    def tool(**function):
        return {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": function}]}}]}

    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}
    found, _ = answer(stream(thought, tool(name="find"), tool(arguments='{"a":'), tool(arguments="1}")))
    message = {"reasoning_content": "hm", "tool_calls": [{"name": "find", "arguments": '{"a":1}'}]}
    assert found["choices"] == [{"finish_reason": None, "message": message}]


def test_completions_have_a_text():
    found, _ = answer(stream({"choices": [{"index": 0, "text": "a"}]}, {"choices": [{"index": 0, "text": "b"}]}))
    assert found == {"choices": [{"finish_reason": None, "text": "ab"}]}


def test_responses_have_their_last_event_or_the_pieces_before_it():
    pieces = [{"type": "response.output_text.delta", "delta": text} for text in ("a", "b")]
    whole = {"output": [{"content": [{"text": "ab"}]}]}
    assert answer(stream(*pieces, {"type": "response.completed", "response": whole})) == (whole, False)
    assert answer(stream({"response": {"output": []}}, *pieces)) == ({"output": [{"text": "ab"}]}, False)


def test_texts_are_kept_up_to_the_length():
    found, cut = answer(stream(*[chat("abcd")] * 10), most=10)
    assert found["choices"][0]["message"]["content"] == "abcdabcdab"
    assert cut


def test_an_event_without_end_fills_no_memory():
    events = Events(1000)
    for _ in range(5):
        events.take(b"data: " + b"x" * (MOST_EVENT_BYTES // 2))
        assert len(events._rest) <= MOST_EVENT_BYTES
    events.take(b"\n\n" + stream(chat("after")))
    assert events.answer()["choices"][0]["message"]["content"] == "after"
    assert events.cut


@pytest.mark.parametrize("event", [[], 1, {"choices": 1}, {"choices": [1]}, {"choices": [{"delta": 1, "index": "a"}]}])
def test_events_of_another_shape_are_no_failure(event):
    answer(stream(event, chat("a")))


def test_what_is_not_json_is_said_to_be_missing():
    assert answer(b"data: {\n\n")[1]
