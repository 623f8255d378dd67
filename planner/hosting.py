"""Main memory: does a request's pod have enough of it, and which instance type has."""

from collections.abc import Callable, Iterator

from planner.catalog.instances import Gpu, InstanceType, instance_types
from planner.memory.host import Streaming, pod_memory_mib, shares_reading, streaming, without_streaming_gib
from planner.memory.host_buffers import HostBuffers
from planner.memory.lora import adapter_bytes
from planner.memory.tensors import largest_tensor_bytes
from planner.memory.weights import checkpoint_bytes
from planner.request import FitRequest, Host, Reason
from planner.units import GIB


def host(request: FitRequest, machine: InstanceType | None = None) -> Host | None:
    """Main memory of the request's pod on its instance type, or on another one; None where there is none."""
    chosen = machine or request.machine
    workers = request.workers
    if chosen is None or workers > chosen.gpus:
        return None
    pod = pod_memory_mib(chosen.memory_gib, gpus=workers, gpus_per_node=chosen.gpus) / 1024
    kept = kept_gib(request)
    if not request.from_bucket:
        return Host(pod=pod, needed=without_streaming_gib(workers, request.offload_gib, kept), buffers=0.0, kept=kept)
    streamed = _streaming(request, chosen, workers)
    return Host(pod=pod, needed=streamed.needed_gib, buffers=streamed.buffers_gib, kept=kept)


def kept_gib(request: FitRequest) -> float:
    """GiB of main memory beside the processes and loading: what options keep, and adapters that wait for their turn."""
    lora = request.lora
    if lora is None:
        return request.buffers.gib
    waiting = max(lora.in_main_memory or lora.adapters, lora.adapters)
    return request.buffers.gib + waiting * adapter_bytes(request.shape, lora) / GIB


def host_refusals(request: FitRequest) -> Iterator[Reason]:
    """Why the pod would be killed for its memory, with the cheapest instance type that has enough."""
    found, machine = host(request), request.machine
    if found is None or machine is None or machine.gpu is None or found.needed <= found.pod:
        return
    workers = request.workers
    buffers = f", {found.buffers:.1f} of it buffers for weights from the bucket" if found.buffers else ""
    buffers += kept_of(request.buffers)
    yield Reason(
        "machine",
        f"a pod with {workers} of the GPUs of {machine.name} may take {found.pod:.0f} GiB of main memory, and "
        f"{workers} workers need about {found.needed:.0f} to load and offload{buffers}: {_enough(request, machine.gpu, workers)}",
    )


def host_notes(request: FitRequest) -> Iterator[str]:
    """What is worth knowing of how the weights reach the GPUs."""
    machine, workers = request.machine, request.workers
    checkpoint = checkpoint_bytes(request.shape)
    weights = checkpoint / GIB
    if machine and not request.from_bucket and weights > 0.9 * machine.memory_gib:
        yield (
            f"weights of {weights:.0f} GiB are more than {machine.name} caches in {machine.memory_gib} GiB of main memory: "
            "they load, but are read from the disk at every start"
        )
    largest = largest_tensor_bytes(request.shape)
    shared = shares_reading(
        checkpoint=checkpoint, largest=largest, workers=workers, visible_gib=request.gpu.visible_gib
    )
    if request.from_bucket and workers > 1 and not shared:
        yield (
            f"beside the weights a {request.gpu.name} has no room for the buffers through which {workers} processes share "
            "what they read: from the bucket each reads all the weights, which takes longer"
        )


def _streaming(request: FitRequest, machine: InstanceType, workers: int) -> Streaming:
    return streaming(
        pod_mib=pod_memory_mib(machine.memory_gib, gpus=workers, gpus_per_node=machine.gpus),
        workers=workers,
        checkpoint=checkpoint_bytes(request.shape),
        largest=largest_tensor_bytes(request.shape),
        offload_gib=request.offload_gib,
        kept_gib=kept_gib(request),
    )


def cheapest(gpu: Gpu, workers: int, enough: Callable[[InstanceType], bool]) -> InstanceType | None:
    """The cheapest instance type for which ``enough`` holds, with so many GPUs: of this kind, else of one with its memory."""
    priced = sorted(
        (machine for machine in instance_types().values() if machine.gpu and machine.usd_per_hour),
        key=lambda machine: (machine.gpu != gpu, machine.usd_per_hour or 0, machine.name),
    )
    for machine in priced:
        if machine.gpus >= workers and machine.gpu and machine.gpu.memory_mib >= gpu.memory_mib and enough(machine):
            return machine
    return None


def _enough(request: FitRequest, gpu: Gpu, workers: int) -> str:
    def enough(machine: InstanceType) -> bool:
        found = host(request, machine)
        return found is not None and found.needed <= found.pod

    found = cheapest(gpu, workers, enough)
    return larger(request.machine, found)


def kept_of(buffers: HostBuffers) -> str:
    """The part of a message that names what options keep in main memory; empty where they keep nothing."""
    return f", {buffers.gib:.0f} of it for {' and '.join(buffers.options)}" if buffers.gib else ""


def larger(machine: InstanceType | None, found: InstanceType | None) -> str:
    """Advice to take the instance type that was found instead of ``machine``."""
    if found is None:
        return "fewer workers, less offloaded or kept in main memory, or a smaller model"
    same = machine is not None and machine.family == found.family
    return f"take a larger size of {found.family}, such as {found.name}" if same else f"take a {found.name}"
