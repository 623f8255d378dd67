"""A fake engine that costs little CPU: ``python -m tests.gateway.bench.engine PORT SECONDS EVENTS``.

A whole answer takes SECONDS; a stream has EVENTS with usage in each, SECONDS / EVENTS apart.
"""

import asyncio
import sys

_USAGE = b'"usage":{"prompt_tokens":12,"completion_tokens":%d,"total_tokens":%d}'
_HEAD = b'{"id":"chatcmpl-0123456789abcdef","object":"chat.completion%s","created":1795770000,"model":"dev/bench",'
_WHOLE = _HEAD % b"" + b'"choices":[{"index":0,"message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}],'
_EVENT = b"data: " + _HEAD % b".chunk" + b'"choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}],'


class Connection(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, seconds: float, events: list[bytes], whole: bytes) -> None:
        self._seconds, self._events, self._whole = seconds, events, whole
        self._got = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer when a request is whole."""
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return
        _, _, length = head.lower().partition(b"content-length:")
        if len(body) < int(length.partition(b"\r\n")[0] or b"0"):
            return
        self._got = b""
        loop = asyncio.get_running_loop()
        if head.startswith(b"GET"):
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        elif b'"stream": true' in body:
            self._transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            )
            loop.call_later(self._seconds / len(self._events), self._send, 0)
        else:
            loop.call_later(self._seconds, self._write, self._whole)

    def _send(self, number: int) -> None:
        self._write(self._events[number])
        if number + 1 < len(self._events):
            loop = asyncio.get_running_loop()
            loop.call_later(self._seconds / len(self._events), self._send, number + 1)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def main(port: int, seconds: float, events: int) -> None:
    """Serve until the process ends."""
    usages = [_USAGE % (number, number + 12) for number in range(1, events + 1)]
    texts = [_chunk(_EVENT + usage + b"}\n\n") for usage in usages]
    texts[-1] += _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"
    body = _WHOLE % (b"word " * events) + usages[-1] + b"}"
    whole = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(seconds, texts, whole), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
