"""The server of calls with one direction, with gRPC's own client."""

import asyncio

import grpc
import pytest

from gateway.policy.rpc import frames
from gateway.policy.rpc.observing import Messages, ObservingServer

METHOD = "/envoy.service.ext_proc.v3.ExternalProcessor/Process"
MOST = 100_000


class Call:
    """Keeps what comes; `last` ends the call."""

    def __init__(self):
        self.got, self.ended = [], 0
        self.some, self.over = asyncio.Event(), asyncio.Event()

    def message(self, message):
        self.got.append(message)
        self.some.set()
        return message == b"last"

    def oversized(self, count):
        self.got.append(count)

    def end(self):
        self.ended += 1
        self.over.set()


def calls(tmp_path, *messages, leave=False):
    made, begun = [], asyncio.Event()

    def begin():
        made.append(Call())
        begun.set()
        return made[-1]

    async def run():
        async with asyncio.timeout(60):
            server = ObservingServer(begin, MOST)
            await server.start(tmp_path / "logs.sock")
            async with grpc.aio.insecure_channel(f"unix:{tmp_path}/logs.sock") as channel:
                call = channel.stream_stream(METHOD)()
                for message in messages:
                    await call.write(message)
                if leave:
                    await begun.wait()
                    await made[0].some.wait()
                    call.cancel()
                    await made[0].over.wait()
                else:
                    if b"last" not in messages:
                        await call.done_writing()
                    assert await call.read() is grpc.aio.EOF
                    assert await call.code() == grpc.StatusCode.OK
            server.stop()

    asyncio.run(run())
    return made


def test_messages_come_whole_and_in_order(tmp_path):
    messages = [b"a", b"b" * 70_000, b"", b"c"]
    [call] = calls(tmp_path, *messages)
    assert (call.got, call.ended) == (messages, 1)


def test_of_a_message_that_is_too_long_the_length_comes(tmp_path):
    [call] = calls(tmp_path, b"a", (MOST + 1) * b"x", b"b", 3_000_000 * b"y", b"c")
    assert call.got == [b"a", MOST + 1, b"b", 3_000_000, b"c"]


def test_the_last_message_that_is_wanted_ends_the_call(tmp_path):
    [call] = calls(tmp_path, b"a", b"last")
    assert (call.got, call.ended) == ([b"a", b"last"], 1)


def test_a_call_that_is_given_up_ends(tmp_path):
    [call] = calls(tmp_path, b"a", leave=True)
    assert (call.got, call.ended) == ([b"a"], 1)


@pytest.mark.parametrize("step", [1, 2, 3, 5, 1000])
def test_pieces_of_any_length_are_put_together(step):
    data = b"".join(b"\x00" + len(each).to_bytes(4, "big") + each for each in (b"abc", b"x" * 50, b"", b"de"))
    call = Call()
    messages = Messages(call, 10)
    for at in range(0, len(data), step):
        assert not messages.take(data[at : at + step])
    assert call.got == [b"abc", 50, b"", b"de"]
    assert messages.used == len(data)


def test_the_answer_is_one_frame_that_ends_the_call():
    length, kind, flags, stream = frames.head(frames.ended(7), 0)
    assert (kind, flags, stream) == (frames.HEADERS, frames.END_HEADERS | frames.END_STREAM, 7)
    assert len(frames.ended(7)) == frames.HEAD_BYTES + length
