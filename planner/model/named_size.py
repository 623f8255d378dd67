"""How many parameters the name of a model promises: ``21B`` in ``ERNIE-4.5-21B-A3B``, ``8x7B`` in ``Mixtral-8x7B``."""

import re
from dataclasses import dataclass

_SIZE = re.compile(
    r"""
    (?<![A-Za-z0-9.])             # not the A3B of active parameters, the E4B of effective ones, a version's v2b
    (?:(?P<times>\d{1,3})x)?      # experts times size
    (?P<number>\d{1,4}(?:[._]\d{1,2})?)
    (?P<unit>[bBmMtT])
    (?P<tenths>\d)?               # bloom-7b1
    (?![A-Za-z0-9])
    """,
    re.VERBOSE,
)
_OTHER = re.compile(r"(?:^|[-_.])(?:[eE]\d+(?:\.\d+)?[bB]|\d+[eE])(?:$|[-_.])")
"""Names of effective parameters (``gemma-3n-E4B``) or active ones and a count of experts (``Scout-17B-16E``)."""
_PART = re.compile(
    r"(?i)(?:^|[-_.])(?:lora|adapter|draft|drafter|eagle\d?|medusa|speculator|mtp|assistant|hydra)(?:$|[-_.])"
)
"""Models beside another whose size their name repeats."""
_SNAPSHOT = re.compile(r"models--[^/]+--([^/]+)/snapshots/[0-9a-f]+")
_BILLIONS = {"b": 1.0, "m": 1e-3, "t": 1e3}
_SMALLEST_MILLIONS = 10
"""Below it an M is a length in tokens: ``Qwen2.5-7B-Instruct-1M``."""
ALLOWANCE = 0.15
"""Share by which two figures of one model may differ: embeddings, a vision tower or extra layers count or not."""
_MOST = 1.3
"""No more than this, however coarsely a name is rounded; the names of 1 and 2 billion are coarser (1.67 is called 1B)."""
_COARSE_BILLIONS = 2
_SHARED = (0.6, 1.1)
"""Parameters of a mixture over experts times size: attention is shared (Mixtral 8x7B has 46.7 of 56 billion)."""


@dataclass(frozen=True, kw_only=True)
class NamedSize:
    """A size in a name, and between what the parameters of such a model are."""

    text: str
    """As the name has it."""
    least: float
    """Billions."""
    most: float
    """Billions."""


def named_sizes(reference: str) -> tuple[NamedSize, ...]:
    """The sizes in a model's name, of which one should be its own; empty where the name says none for sure.

    Args:
        reference: OWNER/NAME, a path of a folder or file, or ``s3://BUCKET/PREFIX``.
    """
    name = _last_part(reference)
    if _OTHER.search(name) or _PART.search(name):
        return ()
    found = (_read(match) for match in _SIZE.finditer(name))
    return tuple(size for size in found if size)


def _last_part(reference: str) -> str:
    snapshot = _SNAPSHOT.search(reference)
    if snapshot:
        return snapshot[1]
    parts = [part for part in reference.split("/") if part]
    if len(parts) > 1 and parts[-1] == "config.json":
        parts.pop()
    return parts[-1].removesuffix(".json") if parts else ""


def _read(match: re.Match[str]) -> NamedSize | None:
    digits, unit = match["number"].replace("_", "."), match["unit"].lower()
    if match["tenths"]:
        if "." in digits:
            return None
        digits = f"{digits}.{match['tenths']}"
    if unit == "m" and float(digits) < _SMALLEST_MILLIONS:
        return None
    scale = _BILLIONS[unit]
    number, half = float(digits) * scale, 0.5 * 10.0 ** -len(digits.partition(".")[2]) * scale
    if number <= 0:
        return None
    if match["times"]:
        product = int(match["times"]) * number
        return NamedSize(text=match[0], least=_SHARED[0] * product, most=_SHARED[1] * product)
    least, most = (number - half) * (1 - ALLOWANCE), (number + half) * (1 + ALLOWANCE)
    if number > _COARSE_BILLIONS * scale:
        most = min(most, number * _MOST)
    return NamedSize(text=match[0], least=max(least, number / _MOST), most=most)
