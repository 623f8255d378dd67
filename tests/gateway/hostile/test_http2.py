"""HTTP/2 that no client library sends: no stream of it reaches an engine, and the gateway serves others meanwhile."""

import pytest

from tests.gateway.hostile.cases import BODY
from tests.gateway.hostile.conftest import Target
from tests.gateway.hostile.http2 import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    RST_STREAM,
    SETTINGS,
    Field,
    Seen,
    block,
    frame,
    talk,
)  # fmt: skip

PSEUDO: list[Field] = [
    (b":method", b"POST"), (b":scheme", b"http"), (b":authority", b"gateway"), (b":path", b"/v1/chat/completions"),
]  # fmt: skip


def fields(target: Target, *more: Field, without: bytes = b"") -> list[Field]:
    """Fields of a chat that is in order, but for what is given."""
    plain = [(b"authorization", b"Bearer " + target.keys["key"].encode()), (b"content-type", b"application/json")]
    return [each for each in (*PSEUDO, *plain, *more) if each[0] != without]


def sent(target: Target, chosen: list[Field], body: str = BODY) -> Seen:
    """What a chat with these fields gives."""
    frames = frame(HEADERS, END_HEADERS, 1, block(chosen)) + frame(DATA, END_STREAM, 1, body.encode())
    return talk(target.stack.config.listen, frames, seconds=15)


def test_http2_in_order_is_served(target: Target) -> None:
    """Else the refusals below would mean nothing."""
    seen = sent(target, fields(target))
    assert seen.statuses == [200]
    assert b"chat.completion" in seen.bodies


@pytest.mark.parametrize(
    ("more", "without"),
    [
        ((b"X-LLM-Cluster", b"dev/secret"), b""),
        ((b"transfer-encoding", b"chunked"), b""),
        ((b"connection", b"keep-alive"), b""),
        ((b"upgrade", b"websocket"), b""),
        ((b"te", b"gzip"), b""),
        ((b"x-a", b"b\r\nx-llm-cluster: dev/secret"), b""),
        ((b"x-a", b"b\0c"), b""),
        ((b"x a", b"b"), b""),
        ((b":", b"b"), b""),
        ((b":path", b"/invocations"), b""),
        ((b":status", b"200"), b""),
        ((b":unknown", b"x"), b""),
        ((b"x-a", b"a"), b":method"),
        ((b"x-a", b"a"), b":path"),
        ((b"x-a", b"a"), b":scheme"),
        ((b"x_llm_cluster", b"dev/secret"), b""),
        ((b"content-length", b"4"), b""),
        ((b"content-length", b"100000"), b""),
        ((b"content-length", b"-1"), b""),
        ((b"x-big", b"a" * 40_000), b""),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_malformed_streams(target: Target, more: Field, without: bytes) -> None:
    before = target.served()
    seen = sent(target, fields(target, more, without=without))
    assert 200 not in seen.statuses
    assert seen.statuses or seen.closed or {RST_STREAM, GOAWAY} & set(seen.kinds)
    assert target.served() == before


def test_a_pseudo_header_after_the_others(target: Target) -> None:
    chosen = fields(target)
    assert 200 not in sent(target, [*chosen[4:], *chosen[:4]]).statuses


@pytest.mark.parametrize(
    "flood",
    [
        b"".join(
            frame(HEADERS, END_HEADERS, 2 * number + 1, block(PSEUDO))
            + frame(RST_STREAM, 0, 2 * number + 1, b"\0\0\0\x08")
            for number in range(3000)
        ),
        frame(PING, 0, 0, b"12345678") * 20_000,
        frame(SETTINGS, 0, 0) * 20_000,
        frame(HEADERS, 0, 1, block(PSEUDO)) + frame(CONTINUATION, 0, 1, b"\0\x01a\x01b" * 1000) * 500,
        frame(HEADERS, END_HEADERS, 1, block(PSEUDO)) + frame(DATA, 0, 1) * 20_000,
    ],
    ids=["rapid reset", "pings", "settings", "continuations", "empty data"],
)
def test_floods_end_the_connection_and_nothing_else(target: Target, flood: bytes) -> None:
    before = target.served()
    seen = talk(target.stack.config.listen, flood, seconds=10, until=1_000_000)
    assert 200 not in seen.statuses
    assert target.served() == before
    assert target.stack.chat("qwen", key=target.keys["key"]).status_code == 200
