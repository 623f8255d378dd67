"""Weights by a model's configuration beside those by its files and by its name: where they differ, no result is given."""

from dataclasses import replace

from planner.memory.vllm_version import GIB
from planner.memory.weights import DTYPE_BYTES, checkpoint_bytes
from planner.model.architecture import ModelArchitecture
from planner.model.named_size import ALLOWANCE, named_sizes
from planner.model.parameters import total
from planner.model.stored import StoredWeights


def checked(shape: ModelArchitecture, name: str, stored: StoredWeights | None = None) -> ModelArchitecture:
    """The dimensions of a model, marked as not computed where files or name contradict the weights they add up to.

    Args:
        shape: The dimensions.
        name: OWNER/NAME, or the path it was read from.
        stored: Size of its files, where it is known; it decides, for a name is a round figure.
    """
    if shape.uncovered:
        return shape
    wrong = _by_files(shape, stored) if stored else _by_name(shape, name)
    return replace(shape, uncovered=(wrong,)) if wrong else shape


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
    size, width = checkpoint_bytes(shape), DTYPE_BYTES[shape.dtype]
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
