import pytest

from gateway.policy.rpc import frames


def test_a_frame_has_its_head():
    whole = frames.frame(frames.DATA, frames.END_STREAM, 7, b"abc")
    assert whole == b"\x00\x00\x03\x00\x01\x00\x00\x00\x07abc"
    assert frames.head(whole, 0) == (3, frames.DATA, frames.END_STREAM, 7)
    long = frames.frame(frames.SETTINGS, 0, 0, bytes(70_000))
    assert frames.head(long, 0)[0] == 70_000


def test_settings_and_windows_are_read_as_they_are_written():
    assert frames.initial_window(frames.settings(initial_window_size=123)[frames.HEAD_BYTES :]) == 123
    assert frames.initial_window(b"\x00\x01\x00\x00\x00\x05") is None
    assert frames.increment(frames.window_update(0, 2**31 - 1)[frames.HEAD_BYTES :]) == 2**31 - 1


@pytest.mark.parametrize("size", [0, 1, 16_379, 16_380, 50_000])
def test_an_answer_has_headers_its_message_and_trailers_in_frames_of_the_longest_length_at_most(size):
    data, at, kinds, body = frames.answer(9, b"x" * size), 0, [], b""
    while at < len(data):
        length, kind, flags, stream = frames.head(data, at)
        assert (length <= frames.MOST_BYTES, stream) == (True, 9)
        end = at + frames.HEAD_BYTES + length
        body += data[at + frames.HEAD_BYTES : end] if kind == frames.DATA else b""
        kinds.append((kind, flags))
        at = end
    assert kinds[0] == (frames.HEADERS, frames.END_HEADERS)
    assert kinds[-1] == (frames.HEADERS, frames.END_HEADERS | frames.END_STREAM)
    assert {kind for kind, _ in kinds[1:-1]} == {frames.DATA}
    assert frames.message(body) == b"x" * size
