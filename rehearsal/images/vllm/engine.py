"""Answers of the completion endpoints, whole or streamed token by token."""

import asyncio
import hashlib
import json
import time
from argparse import Namespace
from collections.abc import AsyncIterator
from typing import Any

from rehearsal.images.vllm import VERSION, text
from rehearsal.images.vllm.metrics import Measured, Metrics
from rehearsal.images.vllm.requests import Generation

Json = dict[str, Any]


class Engine:
    """Makes answers; it stands where vLLM's engine would."""

    def __init__(self, options: Namespace, *, token_seconds: float) -> None:
        self.served: list[str] = options.served_model_name or [options.model]
        self.root = str(options.model)
        window = options.max_model_len
        self.max_model_len: int = window if window and window > 0 else 8192
        self.auto_tools = bool(options.enable_auto_tool_choice)
        self.created = int(time.time())
        self.metrics = Metrics(self.served[0])
        self.fingerprint = _fingerprint(options)
        self._token_seconds = token_seconds

    async def whole(self, asked: Generation, *, chat: bool) -> Json:
        """The answer to a request without ``stream``."""
        choices = []
        with self._measured(asked) as measured:
            for index, made in enumerate(self._generate(asked)):
                for _ in made.pieces:
                    measured.token()
                    await self._pause()
                choices.append(_choice(index, made, chat=chat, echo=asked.prompts[index // asked.n] * asked.echo))
            measured.reasons = [choice["finish_reason"] for choice in choices]
        usage = _usage(asked, measured.tokens)
        return self._frame(asked, "chat.completion" if chat else "text_completion") | {
            "choices": choices,
            "usage": usage,
            "prompt_logprobs": None,
            "kv_transfer_params": None,
        }

    async def stream(self, asked: Generation, *, chat: bool) -> AsyncIterator[str]:
        """The answer as server-sent events."""
        frame = self._frame(asked, "chat.completion.chunk" if chat else "text_completion")
        with self._measured(asked) as measured:
            for index, made in enumerate(self._generate(asked)):
                if chat:
                    yield _event(frame, {"index": index, "delta": {"role": "assistant", "content": ""}})
                for piece in made.pieces:
                    measured.token()
                    await self._pause()
                    said: Json = {"delta": {"content": piece}} if chat else {"text": piece}
                    yield _event(frame, {"index": index} | said)
                last: Json = {"delta": {}} if chat else {"text": ""}
                last |= {"index": index, "finish_reason": made.finish_reason, "stop_reason": made.stop_reason}
                yield _event(frame, last)
                measured.reasons.append(made.finish_reason)
        if asked.include_usage:
            yield f"data: {json.dumps(frame | {'choices': [], 'usage': _usage(asked, measured.tokens)})}\n\n"
        yield "data: [DONE]\n\n"

    def models(self) -> Json:
        """The list ``/v1/models`` answers."""
        return {"object": "list", "data": [self._model(name) for name in self.served]}

    def _model(self, name: str) -> Json:
        permission = {
            "id": f"modelperm-{hashlib.sha256(name.encode()).hexdigest()[:16]}",
            "object": "model_permission",
            "created": self.created,
            "allow_create_engine": False,
            "allow_sampling": True,
            "allow_logprobs": True,
            "allow_search_indices": False,
            "allow_view": True,
            "allow_fine_tuning": False,
            "organization": "*",
            "group": None,
            "is_blocking": False,
        }
        return {
            "id": name,
            "object": "model",
            "created": self.created,
            "owned_by": "vllm",
            "root": self.root,
            "parent": None,
            "max_model_len": self.max_model_len,
            "permission": [permission],
        }

    def _generate(self, asked: Generation) -> list[text.Generated]:
        return [
            text.generate(
                text.answer(asked.model, said), limit=asked.limit, stop=asked.stop, ignore_eos=asked.ignore_eos
            )
            for said in asked.asked
            for _ in range(asked.n)
        ]

    def _measured(self, asked: Generation) -> Measured:
        return Measured(self.metrics, prompt_tokens=asked.prompt_tokens, n=asked.n, limit=asked.limit)

    def _frame(self, asked: Generation, kind: str) -> Json:
        return {
            "id": asked.request_id,
            "object": kind,
            "created": int(time.time()),
            "model": asked.model,
            "system_fingerprint": self.fingerprint,
        }

    async def _pause(self) -> None:
        if self._token_seconds:
            await asyncio.sleep(self._token_seconds)


def _choice(index: int, made: text.Generated, *, chat: bool, echo: str) -> Json:
    end = {"logprobs": None, "finish_reason": made.finish_reason, "stop_reason": made.stop_reason}
    if chat:
        said: Json = {"role": "assistant", "content": made.text, "refusal": None, "tool_calls": [], "reasoning": None}
        return {"index": index, "message": said} | end
    return {"index": index, "text": echo + made.text} | end


def _event(frame: Json, choice: Json) -> str:
    return f"data: {json.dumps(frame | {'choices': [{'logprobs': None, 'finish_reason': None} | choice]})}\n\n"


def _usage(asked: Generation, tokens: int) -> Json:
    return {
        "prompt_tokens": asked.prompt_tokens,
        "total_tokens": asked.prompt_tokens + tokens,
        "completion_tokens": tokens,
        "prompt_tokens_details": None,
    }


def _fingerprint(options: Namespace) -> str | None:
    """``--fingerprint-mode``, with a word that no vLLM would say."""
    if options.fingerprint_mode == "none":
        return None
    if options.fingerprint_mode == "custom":
        return str(options.fingerprint_value) if options.fingerprint_value else None
    settings = json.dumps({key: str(value) for key, value in vars(options).items()}, sort_keys=True)
    return f"vllm-{VERSION}-rehearsal-emulator-{hashlib.sha256(settings.encode()).hexdigest()[:8]}"
