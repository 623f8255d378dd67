"""The server of the policy's calls, with gRPC's own client and with bytes that no good client sends."""

import asyncio
from contextlib import asynccontextmanager, suppress

import grpc
import pytest

from gateway.policy.rpc import frames
from gateway.policy.rpc.connection import MOST_MESSAGE_BYTES
from gateway.policy.rpc.server import Server

CHECK, HEALTH = "/envoy.service.auth.v3.Authorization/Check", "/grpc.health.v1.Health/Check"


class Policy:
    """Answers a call with its own message; `hang` waits for `go`, `fail` raises, `size N` has N bytes."""

    def __init__(self):
        self.serving, self.go, self.cancelled, self.begun = True, asyncio.Event(), 0, 0

    async def check(self, message):
        word, _, rest = message.partition(b" ")
        self.begun += 1
        if word == b"hang":
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if word == b"fail":
            raise RuntimeError("no")
        return b"x" * int(rest) if word == b"size" else message


@asynccontextmanager
async def running(path):
    policy = Policy()
    server = Server(policy.check, lambda: policy.serving)
    await server.start(path)
    async with grpc.aio.insecure_channel(f"unix:{path}") as channel:
        yield policy, server, lambda message, method=CHECK: channel.unary_unary(method)(message)
    await server.stop(0)


def steps(run, tmp_path):
    async def all_():
        async with asyncio.timeout(60), running(tmp_path / "policy.sock") as found:
            await run(*found)

    asyncio.run(all_())


async def status(call):
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return error.value.code()


async def until(condition):
    while not condition():  # noqa: ASYNC110 - whatever it is
        await asyncio.sleep(0.01)


def test_calls_are_answered_many_at_once(tmp_path):
    async def run(_policy, _server, call):
        messages = [b"message %d" % number for number in range(300)]
        assert await asyncio.gather(*(call(each) for each in messages)) == messages

    steps(run, tmp_path)


def test_health_is_that_of_the_policy(tmp_path):
    async def run(policy, _server, call):
        assert await call(b"", HEALTH) == b"\x08\x01"
        policy.serving = False
        assert await call(b"", HEALTH) == b"\x08\x02"

    steps(run, tmp_path)


def test_messages_of_many_frames_pass_in_both_directions(tmp_path):
    async def run(_policy, _server, call):
        long = b"y" * (MOST_MESSAGE_BYTES - frames.PREFIX_BYTES)
        assert await call(b"size 60000 ".ljust(len(long))) == b"x" * 60_000
        # Each is a whole window of a connection: the client gives more as it reads.
        for _ in range(40):
            assert await asyncio.gather(call(b"size 60000"), call(b"size 60000")) == [b"x" * 60_000] * 2

    steps(run, tmp_path)


def test_a_message_that_is_too_long_is_refused_and_others_are_not(tmp_path):
    async def run(_policy, _server, call):
        assert await status(call(b"z" * (MOST_MESSAGE_BYTES + 1))) == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert await call(b"next") == b"next"

    steps(run, tmp_path)


def test_an_answer_beyond_the_callers_window_is_an_error(tmp_path):
    async def run(_policy, _server, call):
        assert await status(call(b"size 9000000")) == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert await call(b"next") == b"next"

    steps(run, tmp_path)


def test_a_call_that_fails_is_an_error_and_others_go_on(tmp_path, caplog):
    async def run(_policy, _server, call):
        assert await status(call(b"fail")) == grpc.StatusCode.INTERNAL
        assert await call(b"next") == b"next"
        assert "a call failed" in caplog.text

    steps(run, tmp_path)


def test_a_cancelled_call_and_one_whose_connection_breaks_end(tmp_path):
    async def run(policy, _server, call):
        waiting = call(b"hang")
        await until(lambda: policy.begun == 1)
        waiting.cancel()
        await until(lambda: policy.cancelled == 1)
        async with grpc.aio.insecure_channel(f"unix:{tmp_path / 'policy.sock'}") as other:
            lost = other.unary_unary(CHECK)(b"hang")
            await until(lambda: policy.begun == 2)
        await until(lambda: policy.cancelled == 2)
        assert lost.done()
        assert await call(b"next") == b"next"

    steps(run, tmp_path)


def test_a_server_that_stops_answers_what_runs_and_takes_no_more(tmp_path):
    async def run(policy, server, call):
        waiting = call(b"hang")
        await until(lambda: policy.begun == 1)
        stopping = asyncio.create_task(server.stop(10))
        await asyncio.sleep(0.1)
        assert await status(call(b"next")) == grpc.StatusCode.UNAVAILABLE
        policy.go.set()
        assert await waiting == b"hang"
        await stopping
        assert policy.begun == 1

    steps(run, tmp_path)


# --- bytes ---


async def opened(tmp_path):
    reader, writer = await asyncio.open_unix_connection(tmp_path / "policy.sock")
    return reader, writer


async def received(reader, kind):
    """The payload of the next frame of a kind."""
    while True:
        length, found, _, _ = frames.head(await reader.readexactly(frames.HEAD_BYTES), 0)
        payload = await reader.readexactly(length)
        if found == kind:
            return payload


def request(stream, message):
    body = b"\x00" + len(message).to_bytes(4, "big") + message
    return frames.frame(frames.HEADERS, frames.END_HEADERS, stream) + frames.frame(
        frames.DATA, frames.END_STREAM, stream, body
    )


def test_frames_may_come_byte_by_byte(tmp_path):
    async def run(_policy, _server, _call):
        reader, writer = await opened(tmp_path)
        for byte in frames.PREFACE + request(1, b"slow"):
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        assert (await received(reader, frames.DATA)).endswith(b"slow")
        writer.close()

    steps(run, tmp_path)


def test_a_ping_is_answered(tmp_path):
    async def run(_policy, _server, _call):
        reader, writer = await opened(tmp_path)
        writer.write(frames.PREFACE + frames.frame(frames.PING, 0, 0, b"12345678"))
        assert await received(reader, frames.PING) == b"12345678"
        writer.close()

    steps(run, tmp_path)


def test_answers_wait_for_the_window_of_the_connection(tmp_path):
    async def run(_policy, _server, _call):
        reader, writer = await opened(tmp_path)
        writer.write(frames.PREFACE + request(1, b"size 60000") + request(3, b"size 60000"))
        got = 0
        while got < 60_005:
            got += len(await received(reader, frames.DATA))
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                pytest.fail(f"beyond the window: {await received(reader, frames.DATA)!r}")
        writer.write(frames.window_update(0, 60_005))
        while got < 120_010:
            got += len(await received(reader, frames.DATA))
        writer.close()

    steps(run, tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01",
        frames.PREFACE + b"\xff\xff\xff" + bytes(6),
        frames.PREFACE + frames.frame(frames.HEADERS, 4, 1) + frames.frame(frames.DATA, frames.PADDED, 1, b"\x00"),
    ],
)
def test_what_envoy_does_not_send_closes_the_connection(tmp_path, data):
    async def run(_policy, _server, call):
        reader, writer = await opened(tmp_path)
        writer.write(data)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        assert await call(b"next") == b"next"

    steps(run, tmp_path)


@pytest.mark.parametrize(
    "body", [b"\x00\x00\x00\x00\x09short", b"\x01\x00\x00\x00\x01x", b"\x00", b"", b"\x00\x00\x00\x00\x01xy"]
)
def test_a_body_that_is_not_one_plain_message_is_an_error(tmp_path, body):
    async def run(policy, _server, _call):
        reader, writer = await opened(tmp_path)
        frame = frames.frame(frames.HEADERS, frames.END_HEADERS, 1) + frames.frame(frames.DATA, 1, 1, body)
        writer.write(frames.PREFACE + frame)
        assert (await received(reader, frames.HEADERS)).endswith(b"\x0213")
        assert policy.begun == 0
        writer.close()

    steps(run, tmp_path)
