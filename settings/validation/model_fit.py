"""Whether a service's model runs on its pool, by the planner; only for models its catalogue knows, so without network."""

from collections.abc import Iterator

from planner.catalog.gpus import gpu_of
from planner.catalog.instances import InstanceType
from planner.catalog.models import KnownModel, known_model
from planner.fit import Fit, FitRequest, FitStatus, UnknownQuantizationError, fit
from planner.memory.kv_cache import KNOWN_CACHE_DTYPES
from planner.memory.vllm_version import MODELED_VERSION, VllmVersion
from planner.vllm_options.values import parse_int
from settings.derived.streaming import memory_problem, offload_gib
from settings.issues import Key, join
from settings.models.pools import PoolFacts
from settings.models.services.vllm import BucketWeights, VllmSettings, image_version
from settings.validation.partial import PartialSettings

CONTRADICTION = 0.15
"""A stated size of the weights that is off the computed one by more than this share is reported."""
_UNRECKONED = frozenset(
    {
        "compilation-config",
        "data-parallel-size",
        "disable-hybrid-kv-cache-manager",
        "enable-expert-parallel",
        "enable-lora",
        "hf-overrides",
        "kv-cache-memory-bytes",
        "language-model-only",
        "num-gpu-blocks-override",
        "speculative-config",
    }
)
"""Options of vLLM that change the memory in ways the planner does not reckon."""
_PATHS: dict[str, tuple[Key, ...]] = {
    "tensor_parallel": ("tensor_parallel",),
    "pipeline_parallel": ("pipeline_parallel",),
    "max_model_len": ("max_model_len",),
    "kv_cache_dtype": ("args", "kv-cache-dtype"),
    "max_num_batched_tokens": ("args", "max-num-batched-tokens"),
    "utilization": ("gpu_memory_utilization",),
    "quantization": ("quantization",),
    "dtype": ("dtype",),
    "machine": ("pool",),
    "engine": ("image",),
}
"""Where a reason of the planner belongs in a service's settings; ``gpus`` is told with the pool already."""


def check_fit(partial: PartialSettings, name: str, service: VllmSettings, pool: PoolFacts) -> None:
    """Note why a known model cannot run, each at the setting it is about, once."""
    answer = service_fit(service, pool)
    if answer is None and (problem := memory_problem(service, pool)):
        partial.add_issue(problem, "services", name, "pool")
    if answer is None or answer.status is not FitStatus.REFUSED:
        return
    told = {problem.path for problem in partial.issues}
    for reason in answer.problems:
        keys = _memory_path(answer) if reason.about == "memory" else _PATHS.get(reason.about)
        path = join("services", name, *keys) if keys else ""
        if keys and path not in told:
            told.add(path)
            partial.add_issue(reason.text, "services", name, *keys)


def fit_advice(service: VllmSettings, pool: PoolFacts) -> Iterator[tuple[str, str]]:
    """What the planner cannot tell, or finds contradicted."""
    known = known_model(service.model)
    if known is None:
        yield "model", "is not in the planner's catalogue: whether it fits was not reckoned (`llm-plan fit` reads any)"
        return
    stated, computed = service.weights.size_gib, service.computed_weights_gib
    if stated and computed and abs(stated / computed - 1) > CONTRADICTION:
        yield "weights.size_gib", f"is {stated:g}, the weights of {service.model} are {computed:.1f}: leave it out"
    unreckoned = sorted(_UNRECKONED.intersection(service.args))
    if unreckoned:
        yield f"args.{unreckoned[0]}", "changes the memory in ways the planner does not reckon: the fit is not checked"
        return
    answer = service_fit(service, pool)
    if answer is None:
        yield "quantization", "is not one the planner can reckon with: the fit is not checked"
    elif answer.status is FitStatus.UNKNOWN:
        for reason in answer.problems:
            yield "max_model_len" if reason.about == "memory" else "model", reason.text


def service_fit(service: VllmSettings, pool: PoolFacts) -> Fit | None:
    """What the planner says of a service on the weakest type of its pool; None where it cannot be asked."""
    known = known_model(service.model)
    machines = [machine for machine in pool.machines if machine.gpu]
    cache_dtype = str(service.args.get("kv-cache-dtype", "auto"))
    if known is None or not machines or _UNRECKONED.intersection(service.args) or cache_dtype not in KNOWN_CACHE_DTYPES:
        return None
    # Types that differ in vCPUs alone fit alike.
    kinds = {(machine.gpu, machine.gpus, machine.memory_gib): machine for machine in machines}
    try:
        answers = [fit(_request(service, known, machine, cache_dtype)) for machine in kinds.values()]
    except UnknownQuantizationError:
        return None
    return min(answers, key=_merit)


def _request(service: VllmSettings, known: KnownModel, machine: InstanceType, cache_dtype: str) -> FitRequest:
    version = image_version(service.image) or MODELED_VERSION
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
        from_bucket=isinstance(service.weights, BucketWeights),
    )


def _merit(answer: Fit) -> tuple[int, float]:
    return (FitStatus.REFUSED, FitStatus.UNKNOWN, FitStatus.FITS).index(answer.status), answer.per_gpu.kv


def _memory_path(answer: Fit) -> tuple[Key, ...]:
    return ("model",) if answer.per_gpu.kv <= 0 else ("max_model_len",)
