"""Texts of the emulator: what it answers instead of a model, token by token."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from rehearsal.images.ollama import NOTICE, VERSION
from rehearsal.images.ollama.scheduler import Scheduler
from rehearsal.images.ollama.store import Model
from rehearsal.images.vllm import text

_QUOTED = 200


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One request for text.

    Attributes:
        limit: ``num_predict``; -1 is unlimited.
    """

    model: Model
    text: str
    limit: int = -1
    stop: list[str] = field(default_factory=list)
    context_length: int | None = None
    keep_alive: object = None


@dataclass(kw_only=True)
class Statistics:
    """What the last object of an answer reports; durations in nanoseconds."""

    done_reason: str = "stop"
    load: float = 0.0
    prompt_tokens: int = 0
    tokens: int = 0
    began: float = field(default_factory=time.monotonic)
    evaluated: float = field(default_factory=time.monotonic)

    def fields(self) -> dict[str, Any]:
        """As Ollama writes them."""
        now = time.monotonic()
        return {
            "done": True,
            "done_reason": self.done_reason,
            "total_duration": int((now - self.began) * 1e9),
            "load_duration": int(self.load * 1e9),
            "prompt_eval_count": self.prompt_tokens,
            "prompt_eval_duration": 1_000_000,
            "eval_count": self.tokens,
            "eval_duration": max(1, int((now - self.evaluated) * 1e9)),
        }


async def generate(
    scheduler: Scheduler, prompt: Prompt, statistics: Statistics, token_seconds: float
) -> AsyncIterator[str]:
    """The answer, piece by piece, in one slot of the model."""
    async with scheduler.slot(prompt.model, prompt.context_length, prompt.keep_alive) as (runner, load):
        statistics.load, statistics.evaluated = load, time.monotonic()
        # A prompt that is longer than the context is cut, silently, as Ollama does.
        tokens = text.tokenize(prompt.text)[-runner.context_length :]
        statistics.prompt_tokens = len(tokens)
        asked = prompt.text if len(prompt.text) <= _QUOTED else prompt.text[:_QUOTED] + "..."
        said = (
            f"{NOTICE} {VERSION}: no model was loaded. {prompt.model.name.short} would answer here; "
            f"it received: {asked!r}"
        )
        limit = prompt.limit if prompt.limit >= 0 else runner.context_length
        made = text.generate(said, limit=limit, stop=prompt.stop, ignore_eos=False)
        statistics.done_reason = made.finish_reason
        for piece in made.pieces:
            statistics.tokens += 1
            if token_seconds:
                await asyncio.sleep(token_seconds)
            yield piece
