"""Options of vLLM's loader for weights from the bucket, so that its buffers stay within the pod's memory."""

from collections.abc import Iterator

from planner.catalog.gpus import gpu_of
from planner.catalog.instances import InstanceType
from planner.catalog.models import known_model
from planner.hosting import cheapest, kept_of, larger
from planner.image_tags import vllm_release
from planner.memory.host import Streaming, pod_memory_mib, shares_reading, streaming, without_streaming_gib
from planner.memory.host_buffers import MOST_GIB, HostBuffers, host_buffers, number
from planner.memory.tensors import largest_tensor_bound, largest_tensor_bytes
from planner.memory.vllm_version import MODELED_VERSION, VllmVersion
from planner.memory.weights import checkpoint_bytes
from planner.units import GIB
from settings.derived.pool_types import weakest_type
from settings.models.pools import PoolFacts
from settings.models.services.vllm import BucketWeights, VllmSettings, image_at_least

CONCURRENCY = 32
"""Streams of each process."""
FIRST_TO_READ_ONCE = (0, 12)
"""First vLLM whose processes share the reading (``distributed`` in ``runai_streamer_loader.py``)."""


def loader_config(service: VllmSettings, pool: PoolFacts) -> dict[str, int | bool]:
    """The value of ``--model-loader-extra-config`` for a service from the bucket.

    ``memory_limit`` is in bytes and for each GPU process. ``distributed`` joins all processes of the replica, those of its
    pipeline stages too: torch's world size is tensor times pipeline parallel.
    """
    config: dict[str, int | bool] = {"concurrency": CONCURRENCY, "memory_limit": service_streaming(service, pool).limit}
    if reads_once(service, pool):
        config["distributed"] = True
    return config


def service_streaming(service: VllmSettings, pool: PoolFacts) -> Streaming:
    """The buffers of a service's replica on the smallest of its pool's instance types."""
    return _streaming(service, pod_mib(service, pool))


def reads_once(service: VllmSettings, pool: PoolFacts) -> bool:
    """Whether the GPU processes of a replica share the reading from the bucket, each its part of the weights.

    Of a model that the planner does not know the streamer decides itself: it falls back where a GPU has no room.
    """
    if service.gpus == 1 or not isinstance(service.weights, BucketWeights):
        return False
    if not image_at_least(service.image, FIRST_TO_READ_ONCE):
        return False
    checkpoint, largest, certain = _tensors(service)
    return not certain or shares_reading(
        checkpoint=checkpoint,
        largest=largest,
        workers=service.gpus,
        visible_gib=min(gpu_of(machine).visible_gib for machine in pool.machines if machine.gpu),
    )


def pod_mib(service: VllmSettings, pool: PoolFacts) -> int:
    """Memory limit of a replica's pod in MiB, on the type of its pool with the least for each GPU."""
    weakest = weakest_type(pool, service.gpus)
    return pod_memory_mib(weakest.memory_gib, gpus=service.gpus, gpus_per_node=weakest.gpus)


def offload_gib(service: VllmSettings) -> float:
    """Weights that each GPU leaves in main memory, in GiB."""
    return min(MOST_GIB, number(service.args.get("cpu-offload-gb")))


def buffers(service: VllmSettings) -> HostBuffers:
    """Main memory that a replica's options keep for the KV cache and the like."""
    release = VllmVersion(*(vllm_release(service.image) or MODELED_VERSION))
    return host_buffers(service.args, release=release, ranks=service.gpus)


def streaming_warnings(service: VllmSettings, pool: PoolFacts) -> Iterator[tuple[str, str]]:
    """What had to be assumed of a model whose tensors are not known, where it matters."""
    if not isinstance(service.weights, BucketWeights):
        return
    _, largest, certain = _tensors(service)
    found, pod = service_streaming(service, pool), pod_mib(service, pool) / 1024
    if not certain and found.needed_gib > pod:
        yield (
            "weights",
            (
                f"the largest tensor of {service.model} is not known; at {largest / GIB:.1f} GiB, the most that was seen in "
                f"models of this size, loading takes {found.needed_gib:.0f} GiB of main memory and a pod in {service.pool} has "
                f"{pod:.0f}: the buffer is kept at one tensor; if the pod is OOMKilled, {_larger(service, pool)}"
            ),
        )


def memory_problem(service: VllmSettings, pool: PoolFacts) -> str | None:
    """Why a replica's pod would be killed for its memory, with the fix; None where it has enough, as far as is known."""
    needed, pod = _certain_gib(service, pod_mib(service, pool)), pod_mib(service, pool) / 1024
    if needed <= pod:
        return None
    return (
        f"a pod with {service.gpus} GPUs of {service.pool} may take {pod:.0f} GiB of main memory, and {service.gpus} workers "
        f"need about {needed:.0f} to load and offload{kept_of(buffers(service))}: {_larger(service, pool)}"
    )


def _larger(service: VllmSettings, pool: PoolFacts) -> str:
    def enough(machine: InstanceType) -> bool:
        mib = pod_memory_mib(machine.memory_gib, gpus=service.gpus, gpus_per_node=machine.gpus)
        return needed(service, mib) * 1024 <= mib

    certain = _tensors(service)[2] or not isinstance(service.weights, BucketWeights)
    needed = _certain_gib if certain else _assumed_gib
    weakest = weakest_type(pool, service.gpus)
    return larger(weakest, cheapest(weakest.gpu, service.gpus, enough) if weakest.gpu else None)


def _certain_gib(service: VllmSettings, mib: int) -> float:
    """GiB of main memory that a replica takes for certain, in a pod of ``mib`` MiB."""
    if isinstance(service.weights, BucketWeights) and _tensors(service)[2]:
        return _assumed_gib(service, mib)
    return without_streaming_gib(service.gpus, offload_gib(service), buffers(service).gib)


def _assumed_gib(service: VllmSettings, mib: int) -> float:
    return _streaming(service, mib).needed_gib


def _streaming(service: VllmSettings, mib: int) -> Streaming:
    checkpoint, largest, certain = _tensors(service)
    return streaming(
        pod_mib=mib,
        workers=service.gpus,
        checkpoint=checkpoint,
        largest=largest,
        certain=certain,
        offload_gib=offload_gib(service),
        kept_gib=buffers(service).gib,
    )


def _tensors(service: VllmSettings) -> tuple[float, float, bool]:
    """Bytes of the checkpoint and of its largest tensor, and whether the latter is computed rather than assumed."""
    known = known_model(service.model)
    if known and not known.shape.uncovered:
        return checkpoint_bytes(known.shape), largest_tensor_bytes(known.shape), True
    checkpoint = service.weights_gib * GIB
    return checkpoint, largest_tensor_bound(checkpoint), False
