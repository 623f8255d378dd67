"""Events that arrive in any pieces."""

import json

import pytest

from load.stream import EventReader, read_usage

STREAM = (
    b': keep-alive\n\ndata: {"choices":[]}\n\ndata: {"choices":[],"usage":{"completion_tokens":1}}\r\n\r\n'
    b'data:{"choices":[],"usage":{"completion_tokens":2}}\n\ndata: [DONE]\n\n'
)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_pieces_make_no_difference(size: int) -> None:
    reader = EventReader()
    for at in range(0, len(STREAM), size):
        reader.feed(STREAM[at : at + size])
    assert (reader.events, reader.done, reader.error) == (3, True, b"")
    assert reader.usage() == {"completion_tokens": 2}


def test_done_inside_a_text_is_not_the_end() -> None:
    reader = EventReader()
    reader.feed(b'data: {"choices":[{"delta":{"content":"data: [DONE]"}}]}\n\n')
    assert not reader.done
    reader.feed(b"data: [DONE]")
    assert not reader.done, "without its line end it may be cut"
    reader.finish()
    assert reader.done, "the body has ended"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_end_as_server_sent_events_may(end: bytes, size: int) -> None:
    stream = STREAM.replace(b"\r\n", b"\n").replace(b"\n", end)
    reader = EventReader()
    for at in range(0, len(stream), size):
        reader.feed(stream[at : at + size])
    assert (reader.events, reader.done) == (3, True)


@pytest.mark.parametrize("later", [b"null", b"3", b"[]"])
def test_usage_stays_where_a_later_event_has_none(later: bytes) -> None:
    reader = EventReader()
    reader.feed(b'data: {"usage" : {"completion_tokens": 2}}\n\ndata: {"choices": [], "usage": ' + later + b"}\n\n")
    assert reader.usage() == {"completion_tokens": 2}


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "x"},
        {"role": "assistant", "content": "x"},
        {"reasoning": "x"},
        {"reasoning_content": "x"},
        {"tool_calls": [{"index": 0}]},
    ],
)
def test_a_part_of_the_answer(delta: dict[str, object]) -> None:
    reader = EventReader()
    reader.feed(b'data: {"choices": [], "prompt_filter_results": [{}]}\n\n')
    reader.feed(b'data: {"choices": [{"delta": {"role": "assistant", "content": ""}}]}\n\n')
    reader.feed(b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}\n\n')
    reader.feed(b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: {"choices": [3]}\n\ndata: {\n\n')
    assert (reader.events, reader.spoken) == (6, False)
    reader.feed(f"data: {json.dumps({'choices': [{'delta': delta}]})}\n\n".encode())
    assert reader.spoken


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"error": {"message": "x"}}',
        b'data: { "error" : {"message": "x"}}',
        b'data: {"id": "1", "choices": [{"delta": {"content": ""}, "finish_reason": "error"}], "error": {"code": 502, "message": "x"}}',
        b'data: {"object": "error", "message": "x", "code": 500}',
        b'event: error\ndata: {"message": "x"}',
    ],
)
def test_error_event(event: bytes) -> None:
    reader = EventReader()
    reader.feed(event + b"\n\ndata: [DONE]\n\n")
    assert reader.error


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"choices": [{"delta": {"content": "x"}}], "error": null}',
        b'event: message\ndata: {"choices": [{"delta": {"content": "x"}}]}',
        b'data: {"choices": [{"delta": {"content": "{\\"error\\": {\\"message\\": 1}}"}}]}',
        b'data: {"choices": [{"delta": {"content": "error"}}]}',
    ],
)
def test_no_error_event(event: bytes) -> None:
    reader = EventReader()
    reader.feed(event + b"\n\ndata: [DONE]\n\n")
    assert (reader.events, reader.error, reader.done) == (1, b"", True)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"usage": 3}', b'{"response": null}'])
def test_no_usage(body: bytes) -> None:
    assert read_usage(body) == {}


def test_usage_of_the_responses_api() -> None:
    assert read_usage(b'{"response": {"usage": {"input_tokens": 1}}}') == {"input_tokens": 1}
