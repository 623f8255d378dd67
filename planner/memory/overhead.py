"""Memory outside PyTorch's reach, and CUDA graphs."""

from dataclasses import dataclass

from planner.memory.vllm_version import VllmVersion
from planner.units import GIB

CONTEXT = 0.45 * GIB
"""CUDA's context, which up to 0.9.0 counts against the budget."""
_OLD_ALONE, _OLD_TOGETHER = 0.13 * GIB, 0.54 * GIB
"""Up to 0.17: cuBLAS and the attention kernels; NCCL beside them. Measured on H100 (0.11 and 0.15 to 0.17)."""
_ALONE, _TOGETHER = 0.25 * GIB, 2.07 * GIB
"""Since 0.18: the same, with the symmetric memory of the newer collectives. Measured on H100 (0.19)."""
_PIPELINED = 0.07 * GIB
_TOGETHER_SMALL = 0.9 * GIB
"""Since 0.18 between GPUs that NVLink does not join: NCCL's buffers only."""
GRAPH_BASE = 0.3 * GIB
GRAPH_BYTES = 1.4e-4 * GIB
"""Bytes of one layer of one graph."""
MAX_GRAPH_TOKENS = 512


@dataclass(frozen=True, kw_only=True)
class Graphs:
    """CUDA graphs that vLLM captures."""

    piecewise: int
    """Graphs of mixed batches."""
    full: int
    """Graphs of decode batches."""

    @property
    def count(self) -> int:
        """Graphs of both kinds."""
        return self.piecewise + self.full


def non_torch(*, nvlink: bool, engine: VllmVersion, tensor_parallel: int, pipeline_parallel: int) -> float:
    """Bytes that the CUDA runtime, its libraries and NCCL hold on one GPU."""
    context = CONTEXT if engine.counts_context else 0.0
    if tensor_parallel == 1:
        alone = _ALONE if engine.since(18) else _OLD_ALONE
        return context + alone + (_PIPELINED if pipeline_parallel > 1 else 0)
    if not engine.since(18):
        return context + _OLD_TOGETHER
    return _TOGETHER if nvlink else _TOGETHER_SMALL


def graphs(*, sequences: int, batched_tokens: int) -> Graphs:
    """The graphs captured by default: sizes 1, 2, 4, then every 8 to 256, then every 16."""
    largest = min(2 * sequences, MAX_GRAPH_TOKENS, batched_tokens)
    return Graphs(piecewise=_sizes(largest), full=_sizes(min(sequences, largest)))


def graph_bytes(captured: Graphs, *, layers: int) -> float:
    """Bytes of the graphs of a stage with so many layers."""
    return GRAPH_BASE + GRAPH_BYTES * layers * captured.count


def _sizes(largest: int) -> int:
    small = sum(1 for size in (1, 2, 4) if size <= largest)
    return small + min(largest, 255) // 8 + max(0, (largest - 256) // 16 + 1 if largest >= 256 else 0)
