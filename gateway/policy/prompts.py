"""How many prompts the body of a completion has: a list of them has one answer each.

`prompt` is a text, the tokens of one, or a list of either, and `prompt_embeds` a text or a list of them:
https://github.com/vllm-project/vllm/blob/main/vllm/entrypoints/openai/completion/protocol.py.
"""

import json
import re

_TEXT_OR_LIST = re.compile(rb'"(?:[^"\\]|\\.)*+"|\[', re.DOTALL)


def prompts(body: bytes, size: int, texts_and_lists: int = 0) -> int:
    """Count the prompts, at least 1.

    A body that is not JSON as a whole is the beginning of a longer one, or hostile. Then every text and every list is taken for a
    prompt: as many as Envoy has counted in the whole, and without that count as many as the beginning has, with what lies beyond as
    dense.

    Args:
        body: The body, or the beginning of it.
        size: Bytes of the whole body.
        texts_and_lists: How many of both the whole of a longer body has; 0 where Envoy did not count them.
    """
    if size > len(body) and texts_and_lists:
        return texts_and_lists
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        count = sum(1 for _ in _TEXT_OR_LIST.finditer(body))
        return max(1, count * max(size, len(body)) // max(1, len(body)))
    return max(1, _count(found.get("prompt")) + _count(found.get("prompt_embeds"))) if isinstance(found, dict) else 1


def _count(value: object) -> int:
    if not isinstance(value, list):
        return int(value is not None)
    tokens = all(isinstance(each, int) for each in value)
    return 1 if tokens else len(value)
