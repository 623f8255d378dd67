"""The server's routes and middleware: what vLLM serves, guarded where vLLM guards it and open where it does not."""

import asyncio
import hashlib
import importlib
import inspect
import secrets
import uuid
from argparse import Namespace
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from rehearsal.images.vllm import NOTICE, VERSION, embeddings, requests, responses, text
from rehearsal.images.vllm.engine import Engine
from rehearsal.images.vllm.errors import RequestError, on_exception, on_http_exception, on_request_error

Handler = Callable[[Request], Awaitable[Response]]


class MiddlewareError(Exception):
    """A ``--middleware`` that cannot be mounted."""


class KeyMiddleware:
    """Requires the API key below ``/v1`` and nowhere else, as vLLM does."""

    def __init__(self, app: ASGIApp, keys: list[str]) -> None:
        self.app = app
        self._digests = [hashlib.sha256(key.encode()).digest() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, or pass the request on."""
        if scope["type"] == "http" and scope["method"] != "OPTIONS":
            path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
            if path.startswith("/v1") and not self._admits(Headers(scope=scope)):
                await JSONResponse({"error": "Unauthorized"}, status_code=401)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _admits(self, headers: Headers) -> bool:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = hashlib.sha256(key.encode()).digest()
        known = [secrets.compare_digest(given, digest) for digest in self._digests]
        return scheme.lower() == "bearer" and any(known)


class Endpoints:
    """The handlers, over one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.load = 0

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        return await self._chat(await requests.read_json(request), request)

    async def completions(self, request: Request) -> Response:
        """POST /v1/completions."""
        return await self._completions(await requests.read_json(request), request)

    async def responses(self, request: Request) -> Response:
        """POST /v1/responses."""
        engine, data = self.engine, responses.as_chat(await requests.read_json(request))
        ident = f"resp_{_request_id(request)}"
        asked = requests.chat(data, engine.served, engine.max_model_len, ident, auto_tools=engine.auto_tools)
        if asked.stream:
            return StreamingResponse(responses.stream(engine, asked), media_type="text/event-stream")
        return await unless_left(request, responses.whole(engine, asked))

    async def embeddings(self, request: Request) -> Response:
        """POST /v1/embeddings."""
        engine, data = self.engine, await requests.read_json(request)
        ident = f"embd-{_request_id(request)}"
        return JSONResponse(embeddings.answer(data, engine.served, engine.max_model_len, engine.metrics, ident))

    async def invocations(self, request: Request) -> Response:
        """POST /invocations, SageMaker's way in: chat or completion by the body's fields, without a key."""
        data = await requests.read_json(request)
        if "messages" in data:
            return await self._chat(data, request)
        if "prompt" in data:
            return await self._completions(data, request)
        raise RequestError("Cannot find suitable handler for request. Expected one of: chat, completion")

    async def tokenize(self, request: Request) -> Response:
        """POST /tokenize."""
        data = await requests.read_json(request)
        requests.check_model(data, self.engine.served)
        prompt = text.render_chat(data["messages"]) if "messages" in data else str(data.get("prompt", ""))
        tokens = text.tokenize(prompt)
        said = {"count": len(tokens), "max_model_len": self.engine.max_model_len, "tokens": tokens, "token_strs": None}
        return JSONResponse(said)

    async def detokenize(self, request: Request) -> Response:
        """POST /detokenize."""
        data = await requests.read_json(request)
        requests.check_model(data, self.engine.served)
        return JSONResponse({"prompt": text.detokenize(data.get("tokens", []))})

    async def metrics(self, _: Request) -> Response:
        """GET /metrics."""
        if not self.engine.shows_metrics:
            return Response(b"", media_type=CONTENT_TYPE_LATEST)
        return Response(generate_latest(self.engine.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def models(self, _: Request) -> Response:
        """GET /v1/models."""
        return JSONResponse(self.engine.models())

    async def server_load(self, _: Request) -> Response:
        """GET /load."""
        return JSONResponse({"server_load": self.load})

    async def _chat(self, data: requests.Json, request: Request) -> Response:
        engine, ident = self.engine, f"chatcmpl-{_request_id(request)}"
        asked = requests.chat(data, engine.served, engine.max_model_len, ident, auto_tools=engine.auto_tools)
        return await self._answer(request, asked, chat=True)

    async def _completions(self, data: requests.Json, request: Request) -> Response:
        engine, ident = self.engine, f"cmpl-{_request_id(request)}"
        asked = requests.completion(data, engine.served, engine.max_model_len, ident)
        return await self._answer(request, asked, chat=False)

    async def _answer(self, request: Request, asked: requests.Generation, *, chat: bool) -> Response:
        if asked.stream:
            return StreamingResponse(self.engine.stream(asked, chat=chat), media_type="text/event-stream")
        self.load += 1
        try:
            return await unless_left(request, self.engine.whole(asked, chat=chat))
        finally:
            self.load -= 1


async def unless_left(request: Request, answer: Coroutine[Any, Any, requests.Json]) -> Response:
    """The answer as JSON, or its end at once when the client leaves before, as by vLLM's ``with_cancellation``."""
    async with asyncio.TaskGroup() as group:
        making = group.create_task(answer)
        leaving = group.create_task(_left(request))
        await asyncio.wait([making, leaving], return_when=asyncio.FIRST_COMPLETED)
        gone = not making.done()
        making.cancel()
        leaving.cancel()
    return Response(status_code=499) if gone else JSONResponse(making.result())


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def build(options: Namespace, engine: Engine, keys: list[str]) -> Starlette:
    """The application for the parsed options; ``keys`` are ``--api-key`` or ``VLLM_API_KEY``."""
    app = Starlette(
        routes=_routes(Endpoints(engine), docs=not options.disable_fastapi_docs),
        exception_handlers={RequestError: on_request_error, HTTPException: on_http_exception, Exception: on_exception},
        middleware=[Middleware(KeyMiddleware, keys=keys)] if keys else [],
    )
    for path in options.middleware:
        _mount(app, path)
    return app


def _mount(app: Starlette, path: str) -> None:
    """Import and mount one ``--middleware``; each later one stands outside the earlier ones and the key check."""
    module, _, name = path.rpartition(".")
    if not module:
        raise MiddlewareError(f"Invalid middleware {path}. Must be module.name")
    found: Any = getattr(importlib.import_module(module), name)
    if inspect.isclass(found):
        app.add_middleware(cast("Any", found))
    elif inspect.iscoroutinefunction(found):
        app.add_middleware(BaseHTTPMiddleware, dispatch=found)
    else:
        raise MiddlewareError(f"Invalid middleware {path}. Must be a function or a class.")


def _routes(to: Endpoints, *, docs: bool) -> list[Route]:
    async def ok(_: Request) -> Response:
        return Response(status_code=200)

    async def version(_: Request) -> Response:
        return JSONResponse({"version": VERSION})

    routes = [
        Route("/health", ok),
        Route("/ping", ok, methods=["GET", "POST"]),
        Route("/version", version),
        Route("/load", to.server_load),
        Route("/metrics", to.metrics),
        Route("/tokenize", to.tokenize, methods=["POST"]),
        Route("/detokenize", to.detokenize, methods=["POST"]),
        Route("/invocations", to.invocations, methods=["POST"]),
        Route("/v1/models", to.models),
    ]
    generating = [
        Route("/v1/chat/completions", to.chat, methods=["POST"]),
        Route("/v1/completions", to.completions, methods=["POST"]),
        Route("/v1/responses", to.responses, methods=["POST"]),
    ]
    # A pooling model has none of the routes that generate, and the other way around (vLLM's ``build_app``).
    routes += [Route("/v1/embeddings", to.embeddings, methods=["POST"])] if to.engine.pools else generating
    return routes + _docs(routes) if docs else routes


def _docs(routes: list[Route]) -> list[Route]:
    paths: dict[str, dict[str, object]] = {
        route.path: {method.lower(): {} for method in sorted(route.methods or ())} for route in routes
    }
    schema = {"openapi": "3.1.0", "info": {"title": NOTICE, "version": VERSION}, "paths": paths}

    async def openapi(_: Request) -> Response:
        return JSONResponse(schema)

    async def page(_: Request) -> Response:
        return HTMLResponse(f"<title>{NOTICE}</title><ul>{''.join(f'<li>{path}' for path in paths)}</ul>")

    return [Route("/openapi.json", openapi), Route("/docs", page), Route("/redoc", page)]


def _request_id(request: Request) -> str:
    return request.headers.get("x-request-id") or uuid.uuid4().hex
