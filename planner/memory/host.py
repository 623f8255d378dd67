"""Main memory of a replica's pod: what it may take, and what loading the weights takes of it.

Weights from the bucket pass through a buffer of each GPU process (Run:ai Model Streamer), which is anonymous memory and
counts against the pod's limit. Left alone it is min(40 GB, the whole checkpoint) a process
(``file_streamer/requests_iterator.py``, DEFAULT_MEMORY_LIMIT_STRING), so ``memory_limit`` is given always. Its meaning, in
bytes, from the sources of the streamer 0.15 to 0.17 and of vLLM's ``runai_streamer_loader.py``:

- the buffer of one process; with ``distributed`` since 0.17 the sum of a node's processes, each at least the largest
  tensor (``distributed_streamer.py: rank_memory_limit``). A value per process bounds both.
- below the largest tensor the streamer refuses it (RunaiStreamerMemoryLimitException); 0 means just the largest tensor.
- since 0.17 the buffer is a ring: 4 MiB more for each of its 18 parts, and a part that is still in use may be doubled.
"""

import math
from dataclasses import dataclass

from planner.units import GIB, MIB

POD_SHARE = 0.75
"""Of a node's memory and CPU per GPU that a replica asks for; the rest is for the kubelet, daemons and the page cache."""
BASE_GIB = 4.0
"""API server and engine core."""
WORKER_GIB = 2.0
"""Each GPU process: libraries, CUDA's pinned memory."""
BUFFER_SHARE = 0.25
"""Of the pod's memory for the buffers of all processes together."""
_RING_PARTS = 18
_RING_GIB = _RING_PARTS * 4 / 1024
_SHARED_BUFFER_GIB = 1.0
"""Each of the two buffers on the GPU through which processes hand each other what they read, at least."""
_ON_GPU_BESIDE_GIB = 1.5
"""CUDA's context, NCCL and what fragments, while the weights are loaded."""
_UNEVEN = 1.05
"""A GPU's share of the weights over an even one: heads, norms and routers that every GPU has."""
LARGEST_ONLY = 0
"""``memory_limit`` that makes the buffer as large as the largest tensor, whatever that is."""


def pod_memory_mib(memory_gib: float, *, gpus: int, gpus_per_node: int) -> int:
    """Memory limit of a replica's pod in MiB: its share of a node with ``memory_gib``."""
    return int(memory_gib * 1024 * POD_SHARE * gpus / gpus_per_node)


@dataclass(frozen=True, kw_only=True)
class Streaming:
    """How the weights of one replica pass through main memory."""

    limit: int
    """Bytes of ``memory_limit``; ``LARGEST_ONLY`` where the largest tensor is not known and a guess could be too small."""
    buffers_gib: float
    """GiB of all processes' buffers together, at most."""
    needed_gib: float
    """GiB of main memory that loading takes in all."""


def streaming(
    *,
    pod_mib: int,
    workers: int,
    checkpoint: float,
    largest: float,
    certain: bool = True,
    offload_gib: float = 0.0,
    kept_gib: float = 0.0,
) -> Streaming:
    """The buffers for weights from the bucket.

    Args:
        pod_mib: The pod's memory limit in MiB.
        workers: GPU processes of the replica.
        checkpoint: Bytes of the published weights.
        largest: Bytes of their largest tensor, or a bound of it.
        certain: Whether ``largest`` follows from the model's dimensions; else it is a bound.
        offload_gib: Weights each GPU leaves in main memory, in GiB.
        kept_gib: What options keep for the KV cache and the like, in GiB.
    """
    base = without_streaming_gib(workers, offload_gib, kept_gib)
    # Beside the buffer: the copy that vLLM makes of each tensor, and a part of the ring that is still in use.
    room = (pod_mib * MIB - base * GIB) / workers - largest - _RING_GIB * GIB
    left = min(room - largest, room * _RING_PARTS / (_RING_PARTS + 1))
    wanted = min(BUFFER_SHARE * pod_mib * MIB / workers, left)
    limit = max(math.floor(wanted / MIB), math.ceil(largest / MIB)) * MIB
    held = min(limit, max(checkpoint, largest)) / GIB
    beside = largest / GIB + max(largest / GIB, held / _RING_PARTS) + _RING_GIB
    return Streaming(
        limit=limit if certain or wanted >= largest else LARGEST_ONLY,
        buffers_gib=held * workers,
        needed_gib=base + workers * (held + beside),
    )


def without_streaming_gib(workers: int, offload_gib: float, kept_gib: float = 0.0) -> float:
    """GiB of main memory that a replica takes apart from loading."""
    return BASE_GIB + workers * (WORKER_GIB + offload_gib) + kept_gib


def shares_reading(*, checkpoint: float, largest: float, workers: int, visible_gib: float) -> bool:
    """Whether the processes of a replica can read the weights once for all (``distributed``).

    Each reads its part and hands it to the others through two buffers on the GPU, of 1 GiB or the largest tensor
    (``distributed_streamer.py``), beside the GPU's weights and vLLM's copy of a tensor. Where the GPU has no room for them
    each process reads everything.

    Args:
        checkpoint: Bytes of the published weights.
        largest: Bytes of their largest tensor.
        workers: GPU processes of the replica.
        visible_gib: Memory that CUDA shows of one GPU.
    """
    held = _UNEVEN * checkpoint / workers / GIB
    passing = 2 * max(_SHARED_BUFFER_GIB, largest / GIB) + largest / GIB
    return workers > 1 and held + passing + _ON_GPU_BESIDE_GIB <= visible_gib
