"""The memory planner's result for a service of kind vllm on its pool; only for models of its catalogue, so without network."""

from planner.catalog.gpus import gpu_of
from planner.catalog.instances import InstanceType
from planner.catalog.models import KnownModel, known_model
from planner.fit import Fit, FitRequest, FitStatus, UnknownQuantizationError, fit
from planner.image_tags import vllm_release
from planner.memory.cache_bytes import KNOWN_CACHE_DTYPES
from planner.memory.vllm_version import MODELED_VERSION, VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.serve_arguments import ArgumentError, memory_fields
from planner.vllm_options.values import parse_int
from settings.derived.pool_types import types_for
from settings.derived.streaming import buffers, offload_gib
from settings.models.pools import PoolFacts
from settings.models.services.vllm import BucketWeights, VllmSettings

_UNMODELED = frozenset({"compilation-config", "hf-overrides", "language-model-only"})
"""Options of vLLM that change the memory in ways the planner does not model."""


def unmodeled_option(service: VllmSettings) -> str | None:
    """The first option of a service for which its memory is not known: the planner does not model it, or its value is none."""
    for name in sorted(_UNMODELED.intersection(service.args)):
        return name
    try:
        memory_fields(service.args, find=_shape_of, target=service.model)
    except ArgumentError as error:
        return error.option
    return None


def service_fit(service: VllmSettings, pool: PoolFacts) -> Fit | None:
    """The fit of a service on the weakest type of its pool; None for a model or option that the planner does not model."""
    known = known_model(service.model)
    machines = [machine for machine in types_for(pool, service.demand) if machine.gpu]
    cache_dtype = str(service.args.get("kv-cache-dtype", "auto"))
    if known is None or not machines or unmodeled_option(service) or cache_dtype not in KNOWN_CACHE_DTYPES:
        return None
    # Of types with the same GPUs, as those of every pool in the settings, the one with least main memory is the weakest.
    by_memory = sorted(machines, key=lambda machine: -machine.memory_gib)
    weakest = {(machine.gpu, machine.gpus): machine for machine in by_memory}
    try:
        answers = [fit(_request(service, known, machine, cache_dtype)) for machine in weakest.values()]
    except UnknownQuantizationError:
        return None
    return min(answers, key=_merit)


def _request(service: VllmSettings, known: KnownModel, machine: InstanceType, cache_dtype: str) -> FitRequest:
    version = vllm_release(service.image) or MODELED_VERSION
    return FitRequest(
        shape=known.shape,
        gpu=gpu_of(machine),
        gpus=machine.gpus,
        machine=machine,
        tensor_parallel=service.tensor_parallel,
        pipeline_parallel=service.pipeline_parallel,
        dtype=service.dtype or "auto",
        quantization=service.quantization,
        kv_cache_dtype=cache_dtype,
        utilization=service.gpu_memory_utilization,
        max_model_len=service.max_model_len,
        max_num_seqs=parse_int("max-num-seqs", service.args.get("max-num-seqs")),
        max_num_batched_tokens=parse_int("max-num-batched-tokens", service.args.get("max-num-batched-tokens")),
        enforce_eager=service.args.get("enforce-eager") is True,
        engine=VllmVersion(*version),
        offload_gib=offload_gib(service),
        buffers=buffers(service),
        from_bucket=isinstance(service.weights, BucketWeights),
        **memory_fields(service.args, find=_shape_of, target=service.model),
    )


def _shape_of(name: str) -> ModelArchitecture | None:
    known = known_model(name)
    return known.shape if known else None


def _merit(answer: Fit) -> tuple[int, float]:
    return (FitStatus.REFUSED, FitStatus.UNKNOWN, FitStatus.FITS).index(answer.status), _left(answer)


def _left(answer: Fit) -> float:
    """GiB left for the KV cache; 0 where it is not computed."""
    return (answer.per_gpu.kv if answer.per_gpu else None) or 0.0
