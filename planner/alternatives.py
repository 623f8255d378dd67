"""The nearest choices that work, when one request does not fit."""

import math
from collections.abc import Iterator
from dataclasses import replace

from planner.catalog.gpus import gpu_of
from planner.catalog.instances import InstanceType, instance_types
from planner.defaults import apply_vllm_defaults
from planner.memory.estimate import MemoryEstimate, estimate_memory
from planner.model.quantization import UNQUANTIZED, UnknownQuantizationError
from planner.request import FitRequest
from planner.vllm_checks import divisors, refusals

ROUND_TO = 100
ROUND_SEQUENCES_TO = 8
SHORTEST = 1024
MOST = 3
FULL_MACHINE = 8


def suggest_alternatives(request: FitRequest, memory: MemoryEstimate) -> tuple[str, ...]:
    """List choices that fit, the smallest change first; the memory of each is estimated."""
    found = []
    for kind in (_more_given, _fewer, _shorter, _fp8_cache, _wider, _larger, _fp8_weights):
        fix = next(kind(request, memory), None)
        if fix:
            found.append(fix)
        if len(found) == MOST:
            break
    return tuple(found)


def fits_with_margin(request: FitRequest) -> bool:
    """Whether a request fits with some certainty and nothing else is against it."""
    try:
        deployment = apply_vllm_defaults(request)
    except UnknownQuantizationError:
        return False
    if any(True for _ in refusals(request, deployment)):
        return False
    memory = estimate_memory(deployment)
    return memory.margin(request.concurrency or 1) >= memory.stage.spread


def _more_given(request: FitRequest, memory: MemoryEstimate) -> Iterator[str]:
    """More of a size of the KV cache that was given too small."""
    needed = memory.needed(request.concurrency or 1)
    if not memory.stage.given or memory.stage.available >= needed:
        return
    layout = memory.stage.layout
    if layout.given_blocks is not None:
        blocks = layout.needed_blocks(memory.deployment.max_model_len, request.concurrency or 1)
        if fits_with_margin(replace(request, cache=replace(request.cache, num_gpu_blocks_override=blocks))):
            yield f"num-gpu-blocks-override {blocks:,}"
    elif fits_with_margin(replace(request, cache=replace(request.cache, kv_cache_memory_bytes=math.ceil(needed)))):
        yield f"kv-cache-memory-bytes {math.ceil(needed)}"


def _fewer(request: FitRequest, memory: MemoryEstimate) -> Iterator[str]:
    """Fewer requests at once, where each needs a block for its state."""
    stage, wanted = memory.stage, memory.deployment.sequences
    if not stage.layout.least_blocks:
        return
    held = stage.layout.blocks(stage.available - stage.spread)
    fewer = held // ROUND_SEQUENCES_TO * ROUND_SEQUENCES_TO
    if request.concurrency is None and 0 < fewer < wanted and fits_with_margin(replace(request, max_num_seqs=fewer)):
        yield f"max_num_seqs {fewer:,}"


def _shorter(request: FitRequest, memory: MemoryEstimate) -> Iterator[str]:
    stage = memory.stage
    most = min(memory.deployment.max_model_len, request.shape.max_positions)
    longest = stage.layout.longest_request(stage.available - (0 if stage.given else stage.spread), most)
    rounded = longest if longest == most else longest // ROUND_TO * ROUND_TO
    if rounded >= SHORTEST and fits_with_margin(replace(request, max_model_len=rounded)):
        yield f"max_model_len {rounded:,}"


def _fp8_cache(request: FitRequest, _: MemoryEstimate) -> Iterator[str]:
    if request.kv_cache_dtype == "auto" and fits_with_margin(replace(request, kv_cache_dtype="fp8")):
        yield "kv_cache_dtype fp8"


def _wider(request: FitRequest, _: MemoryEstimate) -> Iterator[str]:
    """More GPUs of the same kind: those at hand, or up to a full machine where none is named."""
    most = request.gpus if request.machine else max(request.gpus, FULL_MACHINE)
    for degree in divisors(request):
        wider = replace(request, tensor_parallel=degree, pipeline_parallel=1, gpus=max(degree, request.gpus))
        if request.tensor_parallel < degree <= most and fits_with_margin(wider):
            yield f"tensor_parallel {degree}" + (f" on {degree} GPUs" if degree > request.gpus else "")


def _larger(request: FitRequest, _: MemoryEstimate) -> Iterator[str]:
    """The cheapest instance type that fits, with the degree it needs."""
    if request.machine is None:
        return
    for machine in _by_price():
        for degree in divisors(request):
            if degree > machine.gpus:
                break
            other = replace(
                request, machine=machine, gpu=gpu_of(machine), gpus=machine.gpus, tensor_parallel=degree,
                pipeline_parallel=1,
            )  # fmt: skip
            if fits_with_margin(other):
                yield f"a {machine.name}" + (f" with tensor_parallel {degree}" if degree > 1 else "")
                return


def _fp8_weights(request: FitRequest, _: MemoryEstimate) -> Iterator[str]:
    plain = request.quantization is None and request.shape.quantization == UNQUANTIZED
    if plain and fits_with_margin(replace(request, quantization="fp8")):
        yield "quantization fp8"


def _by_price() -> list[InstanceType]:
    priced = [machine for machine in instance_types().values() if machine.gpu and machine.usd_per_hour]
    return sorted(priced, key=lambda machine: (machine.usd_per_hour or 0, machine.name))
