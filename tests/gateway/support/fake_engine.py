"""An OpenAI engine for tests of the gateway, a process: `python -m tests.gateway.support.fake_engine --port PORT`.

What it does is set by `PUT /fake/behaviour` (see `Behaviour`), which lets waiting requests go; what it got is at `GET /fake/requests`, what it counted at
`GET /fake/counters`. Usage is in every event of a stream, as vLLM has it with `--enable-force-include-usage`.
"""

import argparse
import asyncio
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

PROMPT_TOKENS = 7


@dataclass(kw_only=True)
class Behaviour:
    """What the engine does with a request.

    Attributes:
        status: Status of every answer, with an error's body when it is not 200.
        chunks: Events of a stream that carry a token; also the completion tokens of a whole answer.
        delay: Seconds before each event, or before a whole answer.
        wait_after: Number of events after which a stream waits for `POST /fake/go`; 0 waits before the answer begins.
        break_after: Number of events after which the connection breaks; 0 breaks it instead of an answer.
        usage: `every` event of a stream, only the `last`, or `none`.
        padding: Bytes of filler in a whole answer.
        raw: Body of a 200 instead of an answer, with the content type `raw_type`.
        chunked: Whether that body comes without its length, as from Go's server.
        headers: Further headers of whatever it answers.
    """

    status: int = 200
    chunks: int = 3
    delay: float = 0.0
    wait_after: int | None = None
    break_after: int | None = None
    usage: str = "every"
    padding: int = 0
    raw: str | None = None
    raw_type: str = "application/json"
    chunked: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class Engine:
    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.go = asyncio.Event()
        self.requests: list[dict[str, Any]] = []
        self.counters = {"prompt_tokens": 0, "completion_tokens": 0, "requests": 0, "aborted": 0, "open": 0, "peak": 0}

    async def behave(self, request: web.Request) -> web.Response:
        self.behaviour = Behaviour(**await request.json())
        self.go.set()
        self.go = asyncio.Event()
        return web.json_response(asdict(self.behaviour))

    async def release(self, request: web.Request) -> web.Response:
        self.go.set()
        return web.Response()

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self.requests if request.path.endswith("requests") else self.counters)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        self.requests.append(
            {"path": request.path_qs, "method": request.method, "headers": dict(request.headers), "body": text}
        )
        self.counters["open"] += 1
        self.counters["peak"] = max(self.counters["peak"], self.counters["open"])
        try:
            return await self._answer(request, json.loads(text or "{}"))
        except (asyncio.CancelledError, ConnectionError):
            self.counters["aborted"] += 1
            raise
        finally:
            self.counters["open"] -= 1

    async def _answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        do = self.behaviour
        self.counters["requests"] += 1
        if do.status != 200:
            error = {"message": "made to fail", "type": "server_error", "param": None, "code": do.status}
            return web.json_response({"error": error}, status=do.status, headers=do.headers)
        await self._turn(request, 0)
        if do.raw is not None:
            answer = web.Response(text=do.raw, content_type=do.raw_type, headers=do.headers)
            if do.chunked:
                answer.enable_chunked_encoding()
            return answer
        self.counters["prompt_tokens"] += PROMPT_TOKENS
        kind = request.path.removeprefix("/v1/")
        if body.get("stream") is True and kind != "embeddings":
            return await self._stream(request, kind, body)
        await asyncio.sleep(do.delay)
        tokens = 0 if kind == "embeddings" else do.chunks
        self.counters["completion_tokens"] += tokens
        whole = {**_whole(kind, body), "usage": _usage(kind, tokens), "filler": "x" * do.padding}
        return web.json_response(whole, headers=do.headers)

    async def _stream(self, request: web.Request, kind: str, body: dict[str, Any]) -> web.StreamResponse:
        do = self.behaviour
        response = web.StreamResponse(headers={"content-type": "text/event-stream; charset=utf-8", **do.headers})
        await response.prepare(request)
        for number in range(1, do.chunks + 1):
            await asyncio.sleep(do.delay)
            self.counters["completion_tokens"] += 1
            last = number == do.chunks
            usage = _usage(kind, number) if do.usage == "every" or (do.usage == "last" and last) else None
            await response.write(_event(kind, body, number, usage, last=last))
            await self._turn(request, number)
        if kind != "responses":
            await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    async def _turn(self, request: web.Request, number: int) -> None:
        if self.behaviour.break_after == number and request.transport is not None:
            request.transport.abort()
            raise ConnectionError
        if self.behaviour.wait_after == number:
            await self.go.wait()


def _usage(kind: str, tokens: int) -> dict[str, int]:
    names = ("input_tokens", "output_tokens") if kind == "responses" else ("prompt_tokens", "completion_tokens")
    return {names[0]: PROMPT_TOKENS, names[1]: tokens, "total_tokens": PROMPT_TOKENS + tokens}


def _whole(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    model = body.get("model")
    if kind == "embeddings":
        return {"object": "list", "model": model, "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}]}
    if kind == "responses":
        text = {"type": "output_text", "text": "hello", "annotations": []}
        message = {"type": "message", "id": "msg", "status": "completed", "role": "assistant", "content": [text]}
        return {"id": "resp", "object": "response", "created_at": 0, "model": model, "output": [message]}
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    choice |= {"text": "hello"} if kind == "completions" else {"message": {"role": "assistant", "content": "hello"}}
    return {"id": "cmpl", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]}


def _event(kind: str, body: dict[str, Any], number: int, usage: dict[str, int] | None, *, last: bool) -> bytes:
    if kind == "responses":
        name = "response.completed" if last else "response.output_text.delta"
        event: dict[str, Any] = {"type": name, "sequence_number": number}
        event |= {"response": {**_whole(kind, body), "usage": usage}} if last else {"delta": f"t{number} "}
        return f"event: {name}\ndata: {json.dumps(event)}\n\n".encode()
    text = f"t{number} "
    choice = {"index": 0, "finish_reason": "stop" if last else None}
    choice |= {"text": text} if kind == "completions" else {"delta": {"content": text}}
    event = {"id": "cmpl", "object": "chat.completion.chunk", "created": 0, "model": body.get("model")}
    return f"data: {json.dumps({**event, 'choices': [choice], 'usage': usage})}\n\n".encode()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    engine = Engine()
    app = web.Application(client_max_size=1 << 30)
    app.router.add_put("/fake/behaviour", engine.behave)
    app.router.add_post("/fake/go", engine.release)
    app.router.add_get("/fake/{what}", engine.show)
    app.router.add_route("*", "/{path:.*}", engine.answer)
    runner = web.AppRunner(app, handler_cancellation=True, keepalive_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", parser.parse_args().port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
