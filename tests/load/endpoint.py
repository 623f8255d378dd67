"""An endpoint that behaves as its model's name says, for tests of the load."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

CROWD = 9
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
_USAGES = {
    "usage-huge": b'{"prompt_tokens": 1%s, "completion_tokens": 7}' % (b"0" * 400),
    "usage-negative": b'{"prompt_tokens": -5, "completion_tokens": 7}',
    "usage-bool": b'{"prompt_tokens": true, "completion_tokens": 7}',
    "usage-text": b'{"prompt_tokens": "5", "completion_tokens": 7}',
    "usage-deep": b'{"prompt_tokens": %s}' % (b"[" * 20_000),
}
"""Usage by the name of a model."""


@dataclass
class Endpoint:
    """What it was sent."""

    url: str = ""
    seen: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    gone: int = 0
    """Streams whose client left."""
    prompts: set[str] = field(default_factory=set)
    fields: dict[str, object] = field(default_factory=dict)
    """Of the last request, without model, messages and stream."""
    coding: str = ""
    """Header ``Accept-Encoding`` of the last request."""
    lingering: int = 0
    """Bodies that were kept open after their ``[DONE]``."""
    running: int = 0
    most: int = 0
    crowd: int = 0
    """Requests of the model ``crowd``, which are answered once there are :data:`CROWD`."""
    crowded: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """POST /v1/chat/completions."""
        said = await request.json()
        model, stream = said["model"], said["stream"]
        self.prompts.add(said["messages"][-1]["content"])
        self.fields = {key: value for key, value in said.items() if key not in {"model", "messages", "stream"}}
        self.seen["stream" if stream else "whole"] += 1
        self.coding = request.headers.get("Accept-Encoding", "")
        self.keys.add(request.headers.get("Authorization", ""))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self._answer(request, model, stream=stream)
        finally:
            self.running -= 1

    async def models(self, request: web.Request) -> web.Response:
        """GET /v1/models; a key that begins with ``bad`` is refused."""
        if request.headers.get("Authorization", "").startswith("Bearer bad"):
            return web.json_response({"error": {"message": "no"}}, status=401)
        return web.json_response({"data": [{"id": "good"}, {"id": "dev/llama-3-8b"}]})

    async def moved(self, _request: web.Request) -> web.Response:
        """GET /moved/v1/models: the list is at another address."""
        return web.Response(status=308, headers={"Location": "/v1/models"})

    async def _answer(self, request: web.Request, model: str, *, stream: bool) -> web.StreamResponse:
        if model == "slow":
            await asyncio.sleep(0.3)
        if model == "hangs":
            await asyncio.Event().wait()
        if model == "crowd":
            self.crowd += 1
            if self.crowd == CROWD:
                self.crowded.set()
            await self.crowded.wait()
        if model == "busy":
            error = {"message": "too many\nrequests", "code": "rate_limit_exceeded"}
            return web.json_response({"error": error}, status=429, headers={"Retry-After": "2"})
        if model == "limited" and self.seen.total() % 2:
            return web.json_response({"error": {"message": "slow down"}}, status=429)
        if model in {"strict", "limited"} and "ignore_eos" in self.fields:
            return web.json_response({"error": {"message": "unknown field", "code": 400}}, status=400)
        if model == "moved":
            return web.Response(status=301, headers={"Location": "https://llm.example.com/v1/chat/completions"})
        if model == "bare":
            return web.Response(status=502)
        if model == "whole":
            return web.json_response({"choices": [{"message": {"content": "hello"}}], "usage": USAGE})
        if model == "gone" and request.transport is not None:
            request.transport.close()
        if not stream:
            choices = [] if model == "empty" else [{"message": {"content": "hello"}}]
            return web.json_response({"choices": choices, "usage": USAGE})
        return await self._stream(request, model)

    async def _stream(self, request: web.Request, model: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        if model == "packed":
            response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        if model == "role":
            await response.write(b'data: {"choices": [{"delta": {"role": "assistant", "content": ""}}]}\n\n')
            await asyncio.sleep(0.3)
        if model == "comment":
            await response.write(b": waiting\n\n")
            await asyncio.sleep(0.3)
        if model in _USAGES:
            await response.write(b'data: {"choices": [{}], "usage": %s}\n\n' % _USAGES[model])
        if model == "done" or model in _USAGES:
            await response.write(b"data: [DONE]\n\n")
            return response
        try:
            for number in range(10):
                event = json.dumps(
                    {"choices": [{"delta": {"content": "x"}}], "usage": USAGE | {"completion_tokens": number}}
                )
                # In two pieces: an event may be cut anywhere.
                await response.write(f"data: {event[:9]}".encode())
                await response.write(f"{event[9:]}\n\n".encode())
                await asyncio.sleep(0.01)
                if model == "stays" and number == 8:
                    await asyncio.Event().wait()
                if model == "cut" and number == 4 and request.transport is not None:
                    request.transport.close()
            if model == "error":
                await response.write(b'data: {"error": {"message": "engine died", "code": 500}}\n\n')
            if model != "endless":
                await response.write(b"data: [DONE]" if model == "unended" else b"data: [DONE]\n\n")
            if model == "lingers":
                self.lingering += 1
                await asyncio.sleep(30)
        except ConnectionError:
            self.gone += 1
            raise
        return response


@contextmanager
def serving() -> Iterator[Endpoint]:
    """Serve in a thread, on a free port of loopback."""
    endpoint, loop, ready = Endpoint(), asyncio.new_event_loop(), threading.Event()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", endpoint.answer)
        app.router.add_get("/v1/models", endpoint.models)
        app.router.add_get("/moved/v1/models", endpoint.moved)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def work() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield endpoint
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
