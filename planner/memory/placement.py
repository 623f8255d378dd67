"""Which part of a model each GPU has: layers by pipeline stage, weights and KV heads by tensor parallel rank."""

from dataclasses import dataclass

from planner.model.architecture import ModelArchitecture


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The layers of one pipeline stage."""

    layers: range
    """Indices of its layers."""
    first: bool
    """Whether it has the embedding."""
    last: bool
    """Whether it has the output layer and samples."""


def stages(shape: ModelArchitecture, pipeline_parallel: int) -> tuple[Stage, ...]:
    """Deal layers to stages as vLLM does: what does not divide goes to stages before the last, from the end."""
    counts = [len(shape.layers) // pipeline_parallel] * pipeline_parallel
    for back in range(2, len(shape.layers) % pipeline_parallel + 2):
        counts[-back] += 1
    dealt, start = [], 0
    for number, count in enumerate(counts):
        dealt.append(Stage(layers=range(start, start + count), first=number == 0, last=number == pipeline_parallel - 1))
        start += count
    return tuple(dealt)


def local_heads(heads: int, tensor_parallel: int) -> int:
    """Heads of one GPU; fewer KV heads than GPUs are replicated, one each."""
    return max(1, heads // tensor_parallel)
