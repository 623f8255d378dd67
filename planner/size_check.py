"""Weights by a model's configuration beside those by its files and by its name: where they differ, no result is given."""

from dataclasses import replace

from planner.memory.weights import DTYPE_BYTES, checkpoint_bytes, stored_dtype
from planner.model.architecture import ModelArchitecture
from planner.model.named_size import ALLOWANCE, named_sizes
from planner.model.parameters import total
from planner.model.stored import StoredWeights
from planner.units import GIB

_IN_32_BITS = 3
"""Bytes a parameter above which files are in 32 bits."""


def checked(shape: ModelArchitecture, name: str, stored: StoredWeights | None = None) -> ModelArchitecture:
    """The dimensions of a model, marked as not computed where files or name contradict the weights they add up to.

    Args:
        shape: The dimensions.
        name: OWNER/NAME, or the path it was read from.
        stored: Size of its files, where it is known; it decides, for a name is a round figure.
    """
    if shape.uncovered:
        return shape
    if not stored:
        wrong = _by_name(shape, name)
        return replace(shape, uncovered=(wrong,)) if wrong else shape
    found = [(each, _by_files(each, stored)) for each in _as_stored(shape, stored)]
    agreed = next((each for each, wrong in found if not wrong), None)
    return agreed or replace(shape, uncovered=(found[0][1] or "",))


def _as_stored(shape: ModelArchitecture, stored: StoredWeights) -> tuple[ModelArchitecture, ...]:
    """The model with its files in the format that it states; where that is none or 32 bits they may be in 16 or in 32."""
    if shape.quantization.method or shape.stored_dtype not in {None, "float32"}:
        return (shape,)
    narrow = replace(shape, stored_dtype=None) if shape.stored_dtype else shape
    wide = shape if shape.stored_dtype else replace(shape, stored_dtype="float32")
    if stored.parameters:
        return (wide if stored.bytes > _IN_32_BITS * stored.parameters else narrow,)
    return (wide, narrow) if shape.stored_dtype else (narrow, wide)


def differs(one: float, other: float) -> bool:
    """Whether two figures of the same weights contradict each other."""
    return not other * (1 - ALLOWANCE) <= one <= other * (1 + ALLOWANCE)


def _by_files(shape: ModelArchitecture, stored: StoredWeights) -> str | None:
    # A file may hold the output layer that is the embedding a second time; vLLM skips it.
    copy = shape.vocab * shape.hidden if shape.tied else 0
    if stored.parameters and not shape.quantization.method:
        count = total(shape)
        if not differs(stored.parameters, count) or not differs(stored.parameters, count + copy):
            return None
        return _text(f"{count / 1e9:.2f} billion parameters", f"{stored.parameters / 1e9:.2f} billion", stored.origin)
    size, width = checkpoint_bytes(shape), DTYPE_BYTES[stored_dtype(shape)]
    if not differs(stored.bytes, size) or not differs(stored.bytes, size + copy * width):
        return None
    return _text(f"{size / GIB:.2f} GiB", f"{stored.bytes / GIB:.2f} GiB", stored.origin)


def _by_name(shape: ModelArchitecture, name: str) -> str | None:
    sizes = named_sizes(name)
    count = total(shape) / 1e9
    if not sizes or any(size.least <= count <= size.most for size in sizes):
        return None
    return _text(f"{count:.2f} billion parameters", " or ".join(size.text for size in sizes), "its name")


def _text(computed: str, stated: str, origin: str) -> str:
    return f"its weights, which are {computed} by its config.json and {stated} by {origin}"
