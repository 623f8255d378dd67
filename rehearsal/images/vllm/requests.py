"""Requests of the OpenAI API, read and checked as vLLM 0.32 does."""

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from starlette.requests import Request

from rehearsal.images.vllm import text
from rehearsal.images.vllm.errors import BodyError, RequestError
from rehearsal.images.vllm.tools import Call, choose

Json = dict[str, Any]
_MOST_CHOICES = 16384
"""Default of VLLM_MAX_N_SEQUENCES, which vLLM's ``SamplingParams`` checks ``n`` against."""
_AMOUNTS = ("max_tokens", "max_completion_tokens", "n")
_INTEGER = re.compile(r"[+-]?\d+(_\d+)*(\.0+)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Generation:
    """What is asked of the engine.

    Attributes:
        model: The served name to answer under.
        prompts: Rendered prompts.
        asked: What the user said in each, to be quoted.
        limit: Tokens to generate at most.
        continuous_usage: With ``include_usage``: in every event.
        call: The tool call to answer with.
    """

    model: str
    prompts: list[str]
    asked: list[str]
    limit: int
    n: int
    stop: list[str]
    ignore_eos: bool
    stream: bool
    include_usage: bool
    request_id: str
    continuous_usage: bool = False
    echo: bool = False
    call: Call | None = None

    @cached_property
    def prompt_tokens(self) -> int:
        """Tokens of all prompts."""
        return sum(len(text.tokenize(prompt)) for prompt in self.prompts)


async def read_json(request: Request) -> Json:
    """The body as a JSON object."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise RequestError("['Unsupported Media Type: Only 'application/json' is allowed']", kind="Bad Request")
    raw = await request.body()
    try:
        data = json.loads(raw)
    except ValueError as error:
        at = getattr(error, "pos", 0)
        why = getattr(error, "msg", str(error))
        raise BodyError("json_invalid", (at,), "JSON decode error", input={}, ctx={"error": why}) from error
    if not isinstance(data, dict):
        raise BodyError("model_attributes_type", (), "Input should be a valid dictionary or object", input=data)
    return data


def check_model(data: Json, served: list[str]) -> str:
    """The served name a request means; none means the first.

    Raises:
        RequestError: 404, no such model.
    """
    model = data.get("model") or served[0]
    if model not in served:
        raise RequestError(f"The model `{model}` does not exist.", kind="NotFoundError", param="model", code=404)
    return str(model)


def chat(data: Json, served: list[str], max_model_len: int, request_id: str, *, auto_tools: bool) -> Generation:
    """Read a chat completion request."""
    data = _with_integers(data)
    messages = data.get("messages")
    if messages is None:
        raise BodyError("missing", ("messages",), "Field required", input=data)
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise BodyError("list_type", ("messages",), "Input should be a valid list", input=messages)
    for at, message in enumerate(messages):
        if "role" not in message:
            raise BodyError("missing", ("messages", at, "role"), "Field required", input=message)
    model = check_model(data, served)
    call = choose(data, auto_tools=auto_tools)
    said = [text.content(message) for message in messages if message.get("role") == "user"]
    limit = data.get("max_completion_tokens", data.get("max_tokens"))
    asked = _generation(data, model, [text.render_chat(messages)], said[-1:] or [""], limit, max_model_len, request_id)
    return replace(asked, call=call)


def completion(data: Json, served: list[str], max_model_len: int, request_id: str) -> Generation:
    """Read a (legacy) completion request."""
    data = _with_integers(data)
    prompt = data.get("prompt")
    if prompt is None:
        raise RequestError("Either prompt or prompt_embeds must be provided and non-empty.", param="prompt")
    model = check_model(data, served)
    if isinstance(prompt, str):
        prompts = [prompt]
    elif isinstance(prompt, list) and prompt and all(isinstance(item, int) for item in prompt):
        prompts = [text.detokenize(prompt)]
    elif isinstance(prompt, list) and prompt:
        prompts = [item if isinstance(item, str) else text.detokenize(item) for item in prompt]
    else:
        raise RequestError("Either prompt or prompt_embeds must be provided and non-empty.", param="prompt")
    limit = data.get("max_tokens", 16)
    return _generation(data, model, prompts, prompts, limit, max_model_len, request_id)


def _generation(
    data: Json, model: str, prompts: list[str], asked: list[str], limit: int | None, window: int, request_id: str
) -> Generation:
    _check_sampling(data)
    longest = max(len(text.tokenize(prompt)) for prompt in prompts)
    if longest + (limit or 1) > window:
        wanted = limit or 1
        raise RequestError(
            f"This model's maximum context length is {window} tokens. However, you requested {wanted} output tokens "
            f"and your prompt contains at least {longest} input tokens, for a total of at least {longest + wanted} "
            "tokens. Please reduce the length of the input prompt or the number of requested output tokens. "
            f"(parameter=input_tokens, value={longest})",
            param="input_tokens",
        )
    stop = data.get("stop") or []
    options = data.get("stream_options") or {}
    return Generation(
        model=model,
        prompts=prompts,
        asked=asked,
        limit=limit or window - longest,
        n=data.get("n") or 1,
        stop=[stop] if isinstance(stop, str) else list(stop),
        ignore_eos=bool(data.get("ignore_eos")),
        stream=bool(data.get("stream")),
        include_usage=bool(options.get("include_usage")),
        continuous_usage=bool(options.get("continuous_usage_stats")),
        request_id=request_id,
        echo=bool(data.get("echo")),
    )


def _with_integers(data: Json) -> Json:
    """The request with numbers for texts that are integers, as Pydantic converts them."""
    texts = {name: data[name].strip() for name in _AMOUNTS if isinstance(data.get(name), str)}
    return data | {name: int(float(said)) for name, said in texts.items() if _INTEGER.fullmatch(said)}


def _check_sampling(data: Json) -> None:
    for name in _AMOUNTS:
        value = data.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            message = "Input should be a valid integer, unable to parse string as an integer"
            raise BodyError("int_parsing", (name,), message, input=value)
        if value < 1:
            raise RequestError(f"{name} must be at least 1, got {value}.", param=name)
        if name == "n" and value > _MOST_CHOICES:
            raise RequestError(f"n must be at most {_MOST_CHOICES}, got {value}.", param=name)
    for name in ("temperature", "top_p"):
        value = data.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise BodyError("float_parsing", (name,), "Input should be a valid number", input=value)
    if (data.get("temperature") or 0) < 0:
        raise RequestError(f"temperature must be non-negative, got {data['temperature']}.", param="temperature")
    top_p = data.get("top_p")
    if top_p is not None and not 0 < top_p <= 1:
        raise RequestError(f"top_p must be in (0, 1], got {top_p}.", param="top_p")
    if data.get("stream_options") and not data.get("stream"):
        raise RequestError("Stream options can only be defined when `stream=True`.", param="stream_options")
    stop = data.get("stop")
    if stop is not None and "" in ([stop] if isinstance(stop, str) else stop):
        raise RequestError("stop cannot contain an empty string.")
