"""Events that arrive in any pieces."""

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


def test_error_event() -> None:
    reader = EventReader()
    reader.feed(b'data: {"error": {"message": "x"}}\n\ndata: [DONE]\n\n')
    assert reader.error


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"usage": 3}', b'{"response": null}'])
def test_no_usage(body: bytes) -> None:
    assert read_usage(body) == {}


def test_usage_of_the_responses_api() -> None:
    assert read_usage(b'{"response": {"usage": {"input_tokens": 1}}}') == {"input_tokens": 1}
