"""The OpenAI routes of Ollama, on the same port."""

import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from rehearsal.images.ollama.answers import Prompt, Statistics
from rehearsal.images.ollama.native import ApiError, Json, Ollama, body
from rehearsal.images.ollama.store import Model, Name
from rehearsal.images.vllm.text import render_chat, tokenize

_TYPES = {400: "invalid_request_error", 404: "not_found_error"}


def error(failed: ApiError) -> JSONResponse:
    """An error in OpenAI's form, as ``NewError`` of openai/openai.go writes it."""
    said = {"message": str(failed), "type": _TYPES.get(failed.code, "api_error"), "param": None, "code": None}
    return JSONResponse({"error": said}, status_code=failed.code)


def routes(ollama: Ollama) -> list[Route]:
    """The routes below /v1."""
    handlers = _Handlers(ollama)
    return [
        Route("/v1/models", handlers.models),
        Route("/v1/models/{model:path}", handlers.model),
        Route("/v1/chat/completions", handlers.chat, methods=["POST"]),
        Route("/v1/completions", handlers.completions, methods=["POST"]),
        Route("/v1/embeddings", handlers.embeddings, methods=["POST"]),
    ]


class _Handlers:
    def __init__(self, ollama: Ollama) -> None:
        self._ollama = ollama

    async def models(self, _: Request) -> Response:
        """GET /v1/models."""
        found = self._ollama.store.models()
        data = [_model(model.name.short, model) for model in found] or None
        return JSONResponse({"object": "list", "data": data})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{model}: 404 unless the model is complete on disk."""
        name = request.path_params["model"]
        return JSONResponse(_model(name, self._ollama.model({"model": name})))

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        data = await body(request)
        if not data.get("messages"):
            raise ApiError(400, "[] is too short - 'messages'")
        return await self._answer(data, render_chat(data["messages"]), chat=True)

    async def completions(self, request: Request) -> Response:
        """POST /v1/completions."""
        data = await body(request)
        return await self._answer(data, str(data.get("prompt", "")), chat=False)

    async def embeddings(self, request: Request) -> Response:
        """POST /v1/embeddings."""
        data = await body(request)
        self._ollama.model(data)
        texts = data.get("input") or []
        texts = [texts] if isinstance(texts, str) else texts
        if not texts:
            raise ApiError(400, "invalid input")
        count = sum(len(tokenize(str(each))) for each in texts)
        vectors = [
            {"object": "embedding", "embedding": self._ollama.embed(str(each)), "index": index}
            for index, each in enumerate(texts)
        ]
        usage = {"prompt_tokens": count, "total_tokens": count}
        return JSONResponse({"object": "list", "data": vectors, "model": data["model"], "usage": usage})

    async def _answer(self, data: Json, text: str, *, chat: bool) -> Response:
        prompt = self._prompt(data, text)
        kind = "chat.completion" if chat else "text_completion"
        frame = {
            "id": f"{'chatcmpl' if chat else 'cmpl'}-{uuid.uuid4().int % 1000}",
            "object": kind,
            "created": int(time.time()),
            "model": data["model"],
            "system_fingerprint": "fp_ollama",
        }
        if data.get("stream"):
            return await self._stream(data, prompt, frame, chat=chat)
        said, statistics = await self._ollama.whole(prompt)
        answer: Json = {"message": {"role": "assistant", "content": said}} if chat else {"text": said}
        choice = {"index": 0} | answer | {"finish_reason": statistics.done_reason}
        return JSONResponse(frame | {"choices": [choice], "usage": _usage(statistics)})

    async def _stream(self, data: Json, prompt: Prompt, frame: Json, *, chat: bool) -> Response:
        frame = frame | ({"object": "chat.completion.chunk"} if chat else {})
        pieces, statistics = await self._ollama.first(prompt)

        def event(answer: Json, reason: str | None) -> str:
            return f"data: {json.dumps(frame | {'choices': [{'index': 0} | answer | {'finish_reason': reason}]})}\n\n"

        async def events() -> AsyncIterator[str]:
            role = {"role": "assistant"}
            async for piece in pieces:
                yield event({"delta": role | {"content": piece}} if chat else {"text": piece}, None)
                role = {}
            yield event({"delta": {}} if chat else {"text": ""}, statistics.done_reason)
            if (data.get("stream_options") or {}).get("include_usage"):
                yield f"data: {json.dumps(frame | {'choices': [], 'usage': _usage(statistics)})}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    def _prompt(self, data: Json, text: str) -> Prompt:
        limit = data.get("max_completion_tokens", data.get("max_tokens"))
        options: dict[str, Any] = {"stop": data.get("stop")} | ({"num_predict": limit} if limit is not None else {})
        return self._ollama.prompt({"model": data.get("model"), "options": options}, text)


def _model(name: str, model: Model) -> Json:
    parsed = Name.parse(name)
    owner = parsed.namespace if parsed else "library"
    return {"id": name, "object": "model", "created": int(model.modified.timestamp()), "owned_by": owner}


def _usage(statistics: Statistics) -> Json:
    return {
        "prompt_tokens": statistics.prompt_tokens,
        "completion_tokens": statistics.tokens,
        "total_tokens": statistics.prompt_tokens + statistics.tokens,
    }
