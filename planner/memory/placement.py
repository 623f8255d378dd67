"""Which part of a model each GPU has: layers by pipeline stage, weights and KV heads by tensor parallel rank."""

import math
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


@dataclass(frozen=True, kw_only=True)
class ExpertSplit:
    """How routed experts are dealt to GPUs: each cut into parts, or whole (``enable_expert_parallel``)."""

    ranks: int
    """GPUs they are dealt to: ``tensor_parallel_size`` times ``data_parallel_size``."""
    whole: bool = False
    """Whether each GPU has whole experts."""
    redundant: int = 0
    """Copies beside the experts of a layer (``num_redundant_experts``), where they are dealt whole."""

    def local(self, count: int) -> int:
        """Experts of a layer on the GPU that has most of them."""
        return math.ceil((count + self.redundant) / self.ranks) if self.whole else count

    def inner(self, intermediate: int) -> float:
        """A GPU's part of an expert's inner dimension."""
        return intermediate if self.whole else intermediate / self.ranks

    def share(self, count: int) -> float:
        """A GPU's share of the weights of a layer's experts."""
        return self.local(count) / count if self.whole else 1 / self.ranks
