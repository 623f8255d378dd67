"""Ollama's own API: /api/*, with NDJSON streams and errors as ``{"error": "..."}``."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from rehearsal.images.ollama import VERSION
from rehearsal.images.ollama.answers import Prompt, Statistics, generate
from rehearsal.images.ollama.scheduler import MaxQueueError, Runner, Scheduler, duration
from rehearsal.images.ollama.store import Model, Name, Store
from rehearsal.images.vllm.text import render_chat, tokenize

Json = dict[str, Any]
EMBEDDING_LENGTH = 64
_READ_ONLY = "read-only file system"


class ApiError(Exception):
    """A request that Ollama answers with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Ollama:
    """What every route needs."""

    def __init__(self, store: Store, scheduler: Scheduler, *, token_seconds: float, writable: bool) -> None:
        self.store, self.scheduler = store, scheduler
        self.token_seconds, self.writable = token_seconds, writable

    def model(self, data: Json) -> Model:
        """The model a request names.

        Raises:
            ApiError: it is not here.
        """
        name = str(data.get("model") or data.get("name") or "")
        found = self.store.get(Name.parse(name))
        if found is None:
            raise ApiError(404, f"model '{name}' not found")
        return found

    def prompt(self, data: Json, text: str) -> Prompt:
        """A request for text, with its ``options``."""
        options = data.get("options") or {}
        stop = options.get("stop") or []
        return Prompt(
            model=self.model(data),
            text=text,
            limit=int(options.get("num_predict", -1)),
            stop=[stop] if isinstance(stop, str) else list(stop),
            context_length=options.get("num_ctx"),
            keep_alive=data.get("keep_alive"),
        )

    async def whole(self, prompt: Prompt) -> tuple[str, Statistics]:
        """The complete answer.

        Raises:
            ApiError: the queue is full.
        """
        statistics = Statistics()
        try:
            pieces = [piece async for piece in generate(self.scheduler, prompt, statistics, self.token_seconds)]
        except MaxQueueError as error:
            raise ApiError(503, str(error)) from error
        return "".join(pieces), statistics

    async def first(self, prompt: Prompt) -> tuple[AsyncIterator[str], Statistics]:
        """The answer in pieces; the first is waited for, so that a full queue is answered with its status.

        Raises:
            ApiError: the queue is full.
        """
        statistics = Statistics()
        pieces = generate(self.scheduler, prompt, statistics, self.token_seconds)
        try:
            head = await anext(pieces)
        except MaxQueueError as error:
            raise ApiError(503, str(error)) from error
        except StopAsyncIteration:
            head = ""

        async def every() -> AsyncIterator[str]:
            yield head
            async for piece in pieces:
                yield piece

        return every(), statistics

    def embed(self, text: str) -> list[float]:
        """A vector that is the same for the same text; it means nothing."""
        seed = hashlib.shake_256(text.encode()).digest(EMBEDDING_LENGTH)
        return [round(byte / 127.5 - 1, 6) for byte in seed]


def now() -> str:
    """A timestamp as Ollama writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


async def body(request: Request) -> Json:
    """The request's JSON.

    Raises:
        ApiError: there is none, or it is malformed.
    """
    raw = await request.body()
    if not raw:
        raise ApiError(400, "missing request body")
    try:
        data = json.loads(raw)
    except ValueError as error:
        raise ApiError(400, str(error)) from error
    if not isinstance(data, dict):
        raise ApiError(400, "json: cannot unmarshal into Go value of type api.GenerateRequest")
    return data


def routes(ollama: Ollama) -> list[Route]:
    """The routes below /api, and ``/``."""
    handlers = _Handlers(ollama)

    async def alive(_: Request) -> Response:
        return PlainTextResponse("Ollama is running")

    async def version(_: Request) -> Response:
        return JSONResponse({"version": VERSION})

    return [
        Route("/", alive),
        Route("/api/version", version),
        Route("/api/tags", handlers.tags),
        Route("/api/ps", handlers.ps),
        Route("/api/show", handlers.show, methods=["POST"]),
        Route("/api/generate", handlers.generate, methods=["POST"]),
        Route("/api/chat", handlers.chat, methods=["POST"]),
        Route("/api/embed", handlers.embed, methods=["POST"]),
        Route("/api/embeddings", handlers.embeddings, methods=["POST"]),
        Route("/api/pull", handlers.pull, methods=["POST"]),
        Route("/api/delete", handlers.delete, methods=["DELETE"]),
    ]


class _Handlers:
    def __init__(self, ollama: Ollama) -> None:
        self._ollama = ollama

    async def tags(self, _: Request) -> Response:
        """GET /api/tags: the models on disk."""
        return JSONResponse({"models": [_listed(model) for model in self._ollama.store.models()]})

    async def ps(self, _: Request) -> Response:
        """GET /api/ps: the models in memory."""
        running = sorted(self._ollama.scheduler.running(), key=lambda runner: -runner.expires)
        return JSONResponse({"models": [_running(runner) for runner in running]})

    async def show(self, request: Request) -> Response:
        """POST /api/show."""
        model = self._ollama.model(await body(request))
        store = self._ollama.store
        return JSONResponse(
            {
                "license": store.layer(model, "license"),
                "modelfile": f'# Modelfile generated by "ollama show"\nFROM {model.name.short}\n',
                "parameters": store.layer(model, "params"),
                "template": store.layer(model, "template"),
                "details": model.details,
                "model_info": {"general.architecture": model.details["family"]},
                "capabilities": ["completion"],
                "modified_at": model.modified.isoformat(),
            }
        )

    async def generate(self, request: Request) -> Response:
        """POST /api/generate; without a prompt it loads or unloads the model."""
        data = await body(request)
        prompt = self._ollama.prompt(data, "\n".join(filter(None, (data.get("system"), data.get("prompt")))))
        frame = {"model": data["model"]}
        if not data.get("prompt"):
            return await self._load(prompt, frame | {"response": ""})
        if data.get("stream") is False:
            said, statistics = await self._ollama.whole(prompt)
            return JSONResponse(frame | {"created_at": now(), "response": said} | statistics.fields())
        return await self._stream(prompt, frame, lambda piece: {"response": piece})

    async def chat(self, request: Request) -> Response:
        """POST /api/chat."""
        data = await body(request)
        messages = data.get("messages") or []
        prompt = self._ollama.prompt(data, render_chat(messages))
        frame = {"model": data["model"]}

        def message(piece: str) -> Json:
            return {"message": {"role": "assistant", "content": piece}}

        if not messages:
            return await self._load(prompt, frame | message(""))
        if data.get("stream") is False:
            said, statistics = await self._ollama.whole(prompt)
            return JSONResponse(frame | {"created_at": now()} | message(said) | statistics.fields())
        return await self._stream(prompt, frame, message)

    async def embed(self, request: Request) -> Response:
        """POST /api/embed."""
        data = await body(request)
        self._ollama.model(data)
        texts = data.get("input") or []
        texts = [texts] if isinstance(texts, str) else texts
        vectors = [self._ollama.embed(str(each)) for each in texts]
        count = sum(len(tokenize(str(each))) for each in texts)
        return JSONResponse({"model": data["model"], "embeddings": vectors, "prompt_eval_count": count})

    async def embeddings(self, request: Request) -> Response:
        """POST /api/embeddings, the older form."""
        data = await body(request)
        self._ollama.model(data)
        return JSONResponse({"embedding": self._ollama.embed(str(data.get("prompt", "")))})

    async def pull(self, request: Request) -> Response:
        """POST /api/pull: "success" for a model that is here; another one is not fetched."""
        data = await body(request)
        try:
            self._ollama.model(data)
            last: Json = {"status": "success"}
        except ApiError:
            self._writable()
            last = {"error": "pull model manifest: the emulator fetches no models; the init container fills the volume"}
        if data.get("stream") is False:
            return JSONResponse(last, status_code=500 if "error" in last else 200)
        lines = "".join(json.dumps(line) + "\n" for line in ({"status": "pulling manifest"}, last))
        return Response(lines, media_type="application/x-ndjson")

    async def delete(self, request: Request) -> Response:
        """DELETE /api/delete: refused on a volume that is mounted read-only."""
        model = self._ollama.model(await body(request))
        self._writable()
        (self._ollama.store.root / model.name.path).unlink()
        self._ollama.scheduler.loaded.pop(model.digest, None)
        return Response(status_code=200)

    def _writable(self) -> None:
        if not self._ollama.writable:
            raise ApiError(500, f"open {self._ollama.store.root}: {_READ_ONLY}")

    async def _load(self, prompt: Prompt, frame: Json) -> Response:
        unload = prompt.keep_alive is not None and not duration(prompt.keep_alive, 1.0)
        if unload:
            self._ollama.scheduler.loaded.pop(prompt.model.digest, None)
        else:
            try:
                async with self._ollama.scheduler.slot(prompt.model, prompt.context_length, prompt.keep_alive):
                    await asyncio.sleep(0)
            except MaxQueueError as error:
                raise ApiError(503, str(error)) from error
        reason = "unload" if unload else "load"
        return JSONResponse(frame | {"created_at": now(), "done": True, "done_reason": reason})

    async def _stream(self, prompt: Prompt, frame: Json, part: Any) -> Response:
        pieces, statistics = await self._ollama.first(prompt)

        async def lines() -> AsyncIterator[str]:
            async for piece in pieces:
                yield json.dumps(frame | {"created_at": now()} | part(piece) | {"done": False}) + "\n"
            yield json.dumps(frame | {"created_at": now()} | part("") | statistics.fields()) + "\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")


def _listed(model: Model) -> Json:
    short = model.name.short
    return {
        "name": short,
        "model": short,
        "modified_at": model.modified.isoformat(),
        "size": model.size,
        "digest": model.digest,
        "details": model.details,
    }


def _running(runner: Runner) -> Json:
    last = datetime.max.replace(tzinfo=UTC)
    expires = last if runner.keep_alive == float("inf") else datetime.fromtimestamp(runner.expires, UTC)
    listed = {key: value for key, value in _listed(runner.model).items() if key != "modified_at"}
    return listed | {"expires_at": expires.isoformat(), "size_vram": 0, "context_length": runner.context_length}
