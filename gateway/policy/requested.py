"""What a request's body wants: the model, and how many tokens to reserve. No number in it is trusted, and what is not clearly one is
refused: an engine might take it for a larger one.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from gateway.envoy.contract import COMPLETIONS_PATH, EMBEDDINGS_PATH, RESPONSES_PATH
from gateway.policy.answers import RefusalError

BYTES_PER_TOKEN = 4
"""Bytes of a JSON body per prompt token, for the reservation only (English text has about four characters a token:
https://help.openai.com/en/articles/4936856)."""
COMPLETION_TOKENS = 512
"""Completion of a request that names no maximum."""
MOST_CHOICES = 16_384
"""Choices that vLLM allows in one request: the default of VLLM_MAX_N_SEQUENCES, which `SamplingParams` checks `n` against. OpenAI's own
API allows 128."""
_MOST_TOKENS = 10_000_000
_MAXIMA = {COMPLETIONS_PATH: ("max_tokens",), RESPONSES_PATH: ("max_output_tokens",)}
_CHAT_MAXIMA = ("max_tokens", "max_completion_tokens")
"""Maxima that an engine reads, by path: a field that it does not know must not make a reservation small. As in the `protocol.py` of each
path below https://github.com/vllm-project/vllm/tree/v0.32.0/vllm/entrypoints/openai."""
_CHOICES = ("n", "best_of")


class Requested(NamedTuple):
    """What a request wants.

    Attributes:
        model: The model's name as the client sent it; None where the body has none that is a text.
        prompt_tokens: Estimate of the prompt.
        completion_tokens: The most that the answer may have.
        sequences: How many answers the engine makes at once: choices of each prompt.
        prompts: How many prompts there are.
    """

    model: str | None
    prompt_tokens: int
    completion_tokens: int
    sequences: int = 1
    prompts: int = 1


def read(fields: Mapping[str, Any], body_bytes: int, path: str, *, prompts: int = 1) -> Requested:
    """Read the fields of the body that Envoy has taken out of it.

    Args:
        fields: Values of `google.protobuf.Struct`, by name.
        body_bytes: Length of the body, of which Envoy has the whole.
        path: The endpoint. An answer has tokens of its own, but for embeddings.
        prompts: How many prompts the body has, each with an answer of its own. Their length is in the body's.

    Raises:
        RefusalError: 400, a field that is a number for engines is none.
    """
    given = dict(fields.items())  # once: each look-up in the message costs more than all of them in a dictionary
    model = given.get("model")
    name = model.string_value if model is not None and model.HasField("string_value") else None
    prompt = max(0, body_bytes) // BYTES_PER_TOKEN + 1
    completion, sequences = 0, 1
    if path != EMBEDDINGS_PATH:
        # 0 is no maximum: vLLM refuses it, Ollama generates without one.
        maxima = [number for key in _MAXIMA.get(path, _CHAT_MAXIMA) if (number := _number(given, key))]
        choices = max(_number(given, key) or 1 for key in _CHOICES)
        sequences = min(max(choices, 1), MOST_CHOICES) * prompts
        completion = (max(maxima) if maxima else COMPLETION_TOKENS) * sequences
    return Requested(name, min(prompt, _MOST_TOKENS), min(completion, _MOST_TOKENS), sequences, prompts)


def _number(fields: Mapping[str, Any], key: str) -> int | None:
    """A whole number from 0 on; None for one below, and where there is none.

    A text with a number is one: vLLM's requests are models of Pydantic, which converts it
    (https://docs.pydantic.dev/latest/concepts/conversion_table/); Python's `float` reads each text that Pydantic takes for a whole number.

    Raises:
        RefusalError: 400, it is anything else.
    """
    value = fields.get(key)
    if value is None or value.HasField("null_value"):
        return None
    try:
        if value.HasField("number_value"):
            number = value.number_value
        elif value.HasField("string_value"):
            number = float(value.string_value)
        else:
            raise _no_number(key)
    except ValueError:
        raise _no_number(key) from None
    if not (math.isfinite(number) and number == math.floor(number)):
        raise _no_number(key)
    return int(min(number, _MOST_TOKENS)) if number >= 0 else None


def _no_number(key: str) -> RefusalError:
    return RefusalError(400, "invalid_request_error", f"`{key}` has to be a whole number.")
