"""Answers of the completion endpoints, whole or streamed token by token."""

import hashlib
import json
import time
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from rehearsal.images.vllm import VERSION, bodies, text
from rehearsal.images.vllm.faults import KnownFaults
from rehearsal.images.vllm.metrics import Measured, Metrics
from rehearsal.images.vllm.paced import PacedTurns
from rehearsal.images.vllm.requests import Generation
from rehearsal.images.vllm.scheduler import DEFAULT_SLOTS, Scheduler
from rehearsal.images.vllm.simulation.speed import Speed
from rehearsal.images.vllm.simulation.turns import SimulatedTurns
from rehearsal.images.vllm.turn import Turn, Turns

Json = dict[str, Any]


class Engine:
    """Makes answers; it stands where vLLM's engine would."""

    def __init__(
        self,
        options: Namespace,
        *,
        token_seconds: float,
        pod: Path | None = None,
        simulated: Speed | None = None,
        scale: float = 1.0,
    ) -> None:
        """Serve nothing yet.

        Args:
            options: Those of ``vllm serve``.
            token_seconds: Time that a token takes, however many requests run.
            pod: Folder of its pod, with the faults that are set for it; None outside one.
            simulated: What a step takes instead, by public figures; None: ``token_seconds`` counts.
            scale: Factor on the durations of the simulation.
        """
        self.served: list[str] = options.served_model_name or [options.model]
        self.root = str(options.model)
        window = options.max_model_len
        self.max_model_len: int = window if window and window > 0 else 8192
        self.auto_tools = bool(options.enable_auto_tool_choice)
        self.created = int(time.time())
        self.metrics = Metrics(
            self.served[0], window=self.max_model_len, kv_tokens=simulated.kv_tokens if simulated else None
        )
        self.metrics.configured(options)
        self.fingerprint = _fingerprint(options)
        self.pools = options.runner == "pooling" or options.convert == "embed"
        """It makes embeddings and nothing else."""
        self._token_seconds = token_seconds
        self._faults = KnownFaults(pod)
        self._slots = int(options.max_num_seqs or DEFAULT_SLOTS)
        self.turns: Turns
        """Which requests run, and when their tokens are made."""
        if simulated:
            self.turns = SimulatedTurns(simulated, slots=self._free_slots, changed=self.metrics.queue, scale=scale)
        else:
            self.turns = PacedTurns(Scheduler(self._free_slots, self.metrics.queue), self._seconds)
        self._force_usage = bool(options.enable_force_include_usage)

    async def whole(self, asked: Generation, *, chat: bool) -> Json:
        """The answer to a request without ``stream``."""
        choices = []
        generated = self._generate(asked)
        async with self._running(asked, generated) as (measured, turn):
            for index, made in enumerate(generated):
                async for more in turn.tokens(len(made.pieces)):
                    measured.made(more)
                echo = asked.prompts[index // asked.n] * asked.echo
                choices.append(bodies.choice(index, made, asked, chat=chat, echo=echo))
                measured.reasons.append(made.finish_reason)
        return self._frame(asked, "chat.completion" if chat else "text_completion") | {
            "choices": choices,
            "usage": bodies.usage(asked.prompt_tokens, measured.tokens),
            "prompt_logprobs": None,
            "kv_transfer_params": None,
        }

    async def stream(self, asked: Generation, *, chat: bool) -> AsyncIterator[str]:
        """The answer as server-sent events.

        With ``--enable-force-include-usage`` every event has the usage so far, and the event after the last choice the
        whole, whatever the request's ``stream_options`` are (https://github.com/vllm-project/vllm/pull/37923; 0.32 has it
        in ``should_include_usage``).
        """
        frame = self._frame(asked, "chat.completion.chunk" if chat else "text_completion")
        every, last = self._usage_events(asked)

        def event(choice: Json, tokens: int) -> str:
            body = frame | {"choices": [{"logprobs": None, "finish_reason": None} | choice]}
            return bodies.event(body | ({"usage": bodies.usage(asked.prompt_tokens, tokens)} if every else {}))

        generated = self._generate(asked)
        async with self._running(asked, generated) as (measured, turn):
            for index, made in enumerate(generated):
                if chat:
                    yield event({"index": index, "delta": {"role": "assistant", "content": ""}}, 0)
                numbered = enumerate(bodies.deltas(index, made, asked, chat=chat), start=1)
                async for more in turn.tokens(len(made.pieces)):
                    measured.made(more)
                    # One piece of the answer for all tokens that are there, with an event each.
                    new = islice(numbered, more)
                    yield "".join(event({"index": index} | said, number) for number, said in new)
                end: Json = {"delta": {}} if chat else {"text": ""}
                end |= {"finish_reason": bodies.finish(made, asked.call), "stop_reason": made.stop_reason}
                yield event({"index": index} | end, len(made.pieces))
                measured.reasons.append(made.finish_reason)
        if last:
            yield bodies.event(frame | {"choices": [], "usage": bodies.usage(asked.prompt_tokens, measured.tokens)})
        yield "data: [DONE]\n\n"

    async def pieces(self, asked: Generation) -> AsyncIterator[tuple[str, int, str | None]]:
        """The first choice as pieces of text, each with the number of tokens so far; the last one has the finish reason."""
        generated = self._generate(asked)[:1]
        [made] = generated
        async with self._running(asked, generated) as (measured, turn):
            pieces = iter(made.pieces)
            async for more in turn.tokens(len(made.pieces)):
                for piece in islice(pieces, more):
                    measured.made(1)
                    yield piece, measured.tokens, None
            measured.reasons.append(made.finish_reason)
            yield "", measured.tokens, made.finish_reason

    def _usage_events(self, asked: Generation) -> tuple[bool, bool]:
        """Whether every event has usage, and whether there is a last one with it."""
        if self._force_usage:
            return True, True
        return asked.include_usage and asked.continuous_usage, asked.include_usage

    @property
    def dead(self) -> bool:
        """Whether the process has to end."""
        return self._faults.now.dead

    @property
    def shows_metrics(self) -> bool:
        """Whether ``/metrics`` has vLLM's series."""
        return not self._faults.now.no_metrics

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
                asked.call.arguments if asked.call else text.answer(asked.model, said),
                limit=asked.limit,
                stop=asked.stop,
                ignore_eos=asked.ignore_eos and asked.call is None,
            )
            for said in asked.asked
            for _ in range(asked.n)
        ]

    @asynccontextmanager
    async def _running(
        self, asked: Generation, generated: list[text.Generated]
    ) -> AsyncIterator[tuple[Measured, Turn]]:
        """A request while it runs, after it has waited for its turn."""
        wanted = sum(len(made.pieces) for made in generated)
        with Measured(self.metrics, prompt_tokens=asked.prompt_tokens, n=asked.n, limit=asked.limit) as measured:
            async with self.turns.turn(asked.prompt_tokens, wanted) as turn:
                measured.runs()
                yield measured, turn

    def _free_slots(self) -> int:
        slots = self._faults.now.slots
        return self._slots if slots is None else slots

    def _frame(self, asked: Generation, kind: str) -> Json:
        return {
            "id": asked.request_id,
            "object": kind,
            "created": int(time.time()),
            "model": asked.model,
            "system_fingerprint": self.fingerprint,
        }

    def _seconds(self) -> float:
        slow = self._faults.now.token_seconds
        return self._token_seconds if slow is None else slow


def _fingerprint(options: Namespace) -> str | None:
    """``--fingerprint-mode``, with a word that no vLLM would say."""
    if options.fingerprint_mode == "none":
        return None
    if options.fingerprint_mode == "custom":
        return str(options.fingerprint_value) if options.fingerprint_value else None
    settings = json.dumps({key: str(value) for key, value in vars(options).items()}, sort_keys=True)
    return f"vllm-{VERSION}-rehearsal-emulator-{hashlib.sha256(settings.encode()).hexdigest()[:8]}"
