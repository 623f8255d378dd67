"""Embeddings, which vLLM serves for pooling models (``--runner pooling`` or ``--convert embed``) and for no others."""

import base64
import hashlib
import math
import struct
import time
from typing import Any

from rehearsal.images.vllm import bodies, text
from rehearsal.images.vllm.errors import BodyError, RequestError
from rehearsal.images.vllm.metrics import Measured, Metrics
from rehearsal.images.vllm.requests import check_model

Json = dict[str, Any]
DIMENSIONS = 64
"""Length of the emulator's vectors."""
_FORMATS = ("float", "base64")


def answer(data: Json, served: list[str], window: int, metrics: Metrics, request_id: str) -> Json:
    """The answer to ``POST /v1/embeddings``.

    Raises:
        RequestError: vLLM refuses the request.
    """
    model = check_model(data, served)
    form = data.get("encoding_format", "float")
    if form not in _FORMATS:
        raise BodyError("literal_error", ("encoding_format",), "Input should be 'float' or 'base64'", input=form)
    if data.get("dimensions") is not None:
        raise RequestError(f'Model "{model}" does not support matryoshka representation', param="dimensions")
    prompts = _prompts(data)
    longest, tokens = 0, 0
    for prompt in prompts:
        count = len(text.tokenize(prompt))
        longest, tokens = max(longest, count), tokens + count
    if longest > window:
        raise RequestError(f"This model's maximum context length is {window} tokens; the input has {longest}.")
    with Measured(metrics, prompt_tokens=tokens, n=1, limit=0) as measured:
        measured.runs()
        measured.reasons = ["stop"]
    return {
        "id": request_id,
        "object": "list",
        "created": int(time.time()),
        "model": model,
        "data": [
            {"index": index, "object": "embedding", "embedding": _encoded(vector(prompt), form)}
            for index, prompt in enumerate(prompts)
        ],
        "usage": bodies.usage(tokens, 0),
    }


def vector(prompt: str) -> list[float]:
    """A vector of length 1, the same for the same text."""
    digest = hashlib.shake_256(prompt.encode()).digest(DIMENSIONS)
    values = [byte - 127.5 for byte in digest]
    length = math.sqrt(sum(value * value for value in values))
    return [value / length for value in values]


def _prompts(data: Json) -> list[str]:
    if "messages" in data:
        return [text.render_chat(data["messages"])]
    given = data.get("input")
    if isinstance(given, str) and given:
        return [given]
    if isinstance(given, list) and given:
        if all(isinstance(item, int) for item in given):
            return [text.detokenize(given)]
        return [item if isinstance(item, str) else text.detokenize(item) for item in given]
    raise BodyError("missing", ("input",), "Field required", input=data)


def _encoded(values: list[float], form: str) -> list[float] | str:
    if form == "float":
        return values
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
