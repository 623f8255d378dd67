"""One line of Envoy's access log: which decision it belongs to, and what the answer used."""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from gateway.envoy.contract import ANSWER_REFUSED, EVENT_NUMBER, TOO_LARGE_DETAILS, USAGE_FIELDS
from gateway.policy.answers import ENTRY
from gateway.policy.requested import BYTES_PER_TOKEN
from gateway.policy.services import Price

EVENT_BYTES = 200
"""Bytes of one event of a stream, counted as one token where a stream ended without usage. An estimate: an event of OpenAI's
form, `data: {"id":...,"object":"chat.completion.chunk",...}` with one short word, an id of 25 characters and a model name of ten,
has 206. Long names make it count more, several tokens in an event fewer. The pinned vLLM sends usage in every event; it is for
Ollama, and for vLLM before 0.9, where the client does not request usage."""
EVENTS_BEFORE_TEXT = 3
"""Number of the event before the first token's in a stream of responses, from 0 on: created, in progress, output item, content part
(https://platform.openai.com/docs/api-reference/responses-streaming)."""
USAGE_BYTES = 70
"""Bytes that the usage in each event adds: `"usage":{"prompt_tokens":17,"total_tokens":40,"completion_tokens":23},`, with numbers of up to
six digits."""
BESIDE_BODY_TOKENS = 131_072
"""The most that counts of a prompt beyond one token for each byte of the body: a chat template, images that a URL names. It is a
whole context of Llama 3.1 (`max_position_embeddings` in its `config.json`)."""
TOKENS_A_SECOND = 50_000
"""The most that counts of an answer for each second of the request: 128 choices of 150 tokens a second have 19,200."""
SEQUENCE_TOKENS_A_SECOND = 230
"""What an engine may have made of one sequence in a second, where its client left before the answer began: the first inter-token
latency of Llama 3.1 8B on an H100 with one request, 4.37 ms (https://docs.nvidia.com/nim/benchmarking/llm/1.0.0/performance).
Larger models and busier engines are slower, so it is an upper estimate."""
_CUT = frozenset({"DC", "DR", "UC", "UR", "UPE", "DPE", "SI", "DT", "LR", "UT", "OM"})
"""Flags of an answer that did not come to its end: the client left, the engine's connection broke, or Envoy ended it
(https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage, "RESPONSE_FLAGS")."""
_BROKEN = frozenset({"UC", "UR", "UPE", "UT"})
"""Those of an engine that broke an answer off; with one of these the client had left:"""
_LEFT = frozenset({"DC", "DR", "DPE"})
_LINES = 2048
_LINE_BYTES = 4096  # longer ones have a model's name of a caller's choice, and would fill the memory
_ACCOUNTS = 1024


class Decision(NamedTuple):
    """What the policy decided before the request, and wants back after the answer.

    Attributes:
        process: The policy process that decided, new with each start.
        number: Number of the reservation in that process.
        tenant: The tenant.
        team: The team that pays; may be empty.
        model: The service's public name.
        prompt_tokens: Estimate of the prompt.
        price: The price at that time.
        completion_tokens: The most that the answer may have.
        sequences: How many answers the engine makes at once.
        prompts: How many prompts they belong to.
    """

    process: str
    number: int
    tenant: str
    team: str
    model: str
    prompt_tokens: int
    price: Price | None
    completion_tokens: int = 0
    sequences: int = 1
    prompts: int = 1

    def dump(self) -> str:
        """As text; it begins with `mark` of the process."""
        numbers = f"{self.number} {self.prompt_tokens} {self.completion_tokens} {self.sequences} {self.prompts}"
        return f"{mark(self.process)}{numbers} {_dump_account(self.tenant, self.team, self.model, self.price)}"

    @classmethod
    def load(cls, text: str) -> "Decision":
        """From that text.

        Raises:
            ValueError: it is no such text.
        """
        process, *numbers, account = text.split(" ", 6)
        number, prompt, completion, sequences, prompts = map(int, numbers)
        tenant, team, model, price = _load_account(account)
        return cls(
            process=process,
            number=number,
            tenant=tenant,
            team=team,
            model=model,
            prompt_tokens=prompt,
            price=price,
            completion_tokens=completion,
            sequences=sequences,
            prompts=prompts,
        )


class Ended(NamedTuple):
    """An answer that has ended.

    Attributes:
        at: When the request began, in seconds since the epoch.
        request: Envoy's ID of the request.
        decision: The policy's decision; None where none reached Envoy.
        code: HTTP status; 0 where the client left before there was one.
        prompt_tokens: Tokens of the prompt, as the engine counted them.
        completion_tokens: Tokens of the answer, likewise; estimated where a stream ended without usage.
        seconds: Until the last byte.
        first_seconds: Until the engine's first byte; None without one.
        unseen_tokens: Where the client left before the answer began, what the engine may have made of it by then; where the answer was
            too large to be passed on, the most it may have. It counts for limits and budgets, and is no usage.
        unseen_prompt_tokens: Likewise the prompt of an answer that was too large.
        broken: Whether the engine began to answer, with 2xx, and did not come to the end.
    """

    at: float
    request: str
    decision: Decision | None
    code: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    first_seconds: float | None
    unseen_tokens: int = 0
    unseen_prompt_tokens: int = 0
    broken: bool = False

    @property
    def tokens(self) -> int:
        """All its tokens."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def microusd(self) -> float:
        """Its cost in millionths of a US dollar."""
        price = self.decision.price if self.decision else None
        return price.microusd(self.prompt_tokens, self.completion_tokens) if price else 0.0

    @property
    def unseen_microusd(self) -> float:
        """Cost of the unseen tokens in millionths of a US dollar."""
        price = self.decision.price if self.decision else None
        return price.microusd(self.unseen_prompt_tokens, self.unseen_tokens) if price else 0.0

    @property
    def answered(self) -> bool:
        """Whether the engine answered."""
        return 200 <= self.code < 300

    @property
    def charged(self) -> bool:
        """Whether it is usage: the engine answered, or worked on a request whose client left before its answer began."""
        return self.answered or self.tokens > 0


def mark(process: str) -> str:
    """What the text of each decision of a policy process begins with."""
    return f"{process} "


@lru_cache(_ACCOUNTS)
def _dump_account(tenant: str, team: str, model: str, price: Price | None) -> str:
    """What the decisions of many requests have in common."""
    prices = (price.input_usd, price.output_usd) if price else None
    return json.dumps((tenant, team, model, prices), separators=(",", ":"))


@lru_cache(_ACCOUNTS)
def _load_account(text: str) -> tuple[str, str, str, Price | None]:
    tenant, team, model, prices = json.loads(text)
    return tenant, team, model, Price(input_usd=prices[0], output_usd=prices[1]) if prices else None


def parse(line: bytes) -> Ended:
    """Read a line; the last ones are remembered, since the settlement and the ledger read each.

    Raises:
        ValueError: it is not one of this log.
    """
    return _remembered(line) if len(line) <= _LINE_BYTES else _parse(line)


@lru_cache(_LINES)
def _remembered(line: bytes) -> Ended:
    return _parse(line)


def _parse(line: bytes) -> Ended:
    try:
        fields = json.loads(line)
        authorized = fields.get("decision") or {}
        decision = authorized.get(ENTRY)
        loaded = Decision.load(decision) if decision else None
        code = int(fields.get("code") or 0)
        flags = frozenset(str(fields.get("flags") or "").split(","))
        seconds = float(fields.get("ms") or 0) / 1000
        unseen_prompt = unseen = 0
        if code:
            sent = int(fields.get("sent") or 0)
            prompt, completion = _usage(fields.get("llm") or {}, loaded, code, sent, seconds)
            if loaded and loaded.sequences > 1 and not _CUT.isdisjoint(flags):
                prompt, completion = _of_all(loaded, prompt, completion, sent)
            if loaded and _refused(fields):
                unseen_prompt, unseen = loaded.prompt_tokens, loaded.completion_tokens
        elif loaded and int(fields.get("to_engine") or 0):
            # What the engine had computed of the answer by then is in no answer; it had the prompt.
            prompt, completion = loaded.prompt_tokens, 0
            unseen = _unseen(loaded, seconds - float(authorized.get("ext_authz_duration") or 0) / 1000)
        else:
            prompt, completion = 0, 0
        first = fields.get("first_ms")
        return Ended(
            at=float(fields["at"]),
            request=str(fields.get("id") or ""),
            decision=loaded,
            code=code,
            prompt_tokens=prompt,
            completion_tokens=completion,
            seconds=seconds,
            first_seconds=None if first in {None, "-"} else float(first) / 1000,
            unseen_tokens=unseen,
            unseen_prompt_tokens=unseen_prompt,
            broken=200 <= code < 300 and not _BROKEN.isdisjoint(flags) and _LEFT.isdisjoint(flags),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a line of the access log: {type(error).__name__}") from None


def _usage(fields: dict[str, Any], decision: Decision | None, code: int, sent: int, seconds: float) -> tuple[int, int]:
    """Tokens of the prompt and of the answer; only an answer has any.

    What an engine reports counts up to what the request could use. Neither bound is the client's word: a maximum in a body is
    one that the engine may not know.
    """
    if decision is None or not 200 <= code < 300:
        return 0, 0
    most_completion = round(TOKENS_A_SECOND * (1 + seconds))
    if fields.keys().isdisjoint(USAGE_FIELDS):
        if not decision.completion_tokens:
            return decision.prompt_tokens, 0  # embeddings, whatever their form
        if EVENT_NUMBER in fields:
            return decision.prompt_tokens, max(0, _count(fields, most_completion, EVENT_NUMBER) - EVENTS_BEFORE_TEXT)
        return decision.prompt_tokens, sent // EVENT_BYTES
    most_prompt = BYTES_PER_TOKEN * decision.prompt_tokens + BESIDE_BODY_TOKENS
    return (
        _count(fields, most_prompt, "prompt_tokens", "input_tokens"),
        _count(fields, most_completion, "completion_tokens", "output_tokens"),
    )


def _refused(fields: dict[str, Any]) -> bool:
    """Whether an engine's answer was too large: it worked on all of it, and the client got an error."""
    return fields.get("details") == TOO_LARGE_DETAILS or (fields.get("llm") or {}).get(ANSWER_REFUSED) is True


def _of_all(decision: Decision, prompt: int, completion: int, sent: int) -> tuple[int, int]:
    """What a stream of several answers used that was cut: the usage in an event is that of one answer, and of its prompt.

    Only the last event has the sum (vLLM's `previous_num_tokens[i]` in `vllm/entrypoints/openai/chat_completion/serving.py`), so the
    events are counted, up to what the request could use.
    """
    events = sent // (EVENT_BYTES + USAGE_BYTES)
    most = max(decision.completion_tokens, completion * decision.sequences)
    return max(prompt, decision.prompt_tokens if decision.prompts > 1 else 0), max(completion, min(events, most))


def _unseen(decision: Decision, seconds: float) -> int:
    """What an engine may have made in so many seconds after the decision, for which a request may have waited."""
    return min(decision.completion_tokens, round(max(0.0, seconds) * SEQUENCE_TOKENS_A_SECOND * decision.sequences))


def _count(fields: dict[str, Any], most: int, *names: str) -> int:
    for name in names:
        value = fields.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return int(min(most, max(0, value)))  # bounded first: an infinite number is no int
    return 0
