"""Issues and warnings of a service's memory, from the planner's fit result."""

from collections.abc import Iterator

from planner.catalog.models import known_model
from planner.fit import Fit, FitStatus
from planner.size_check import differs
from settings.derived.model_fit import service_fit, unmodeled_option
from settings.derived.streaming import memory_problem
from settings.issues import Key, join
from settings.models.pools import PoolFacts
from settings.models.services.vllm import VllmSettings
from settings.validation.partial import PartialSettings

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
"""Where a reason of the planner belongs in a service's settings; ``gpus`` is reported with the pool already."""


def check_fit(partial: PartialSettings, name: str, service: VllmSettings, pool: PoolFacts) -> None:
    """Estimate the fit of a service, keep it, and add why a known model cannot run, each at the setting it is about, once."""
    answer = service_fit(service, pool)
    if answer:
        partial.fits[name] = answer
    if answer is None and (problem := memory_problem(service, pool)):
        partial.add_issue(problem, "services", name, "pool")
    if answer is None or answer.status is not FitStatus.REFUSED:
        return
    reported = {problem.path for problem in partial.issues}
    for reason in answer.problems:
        keys = _memory_path(answer) if reason.about == "memory" else _PATHS.get(reason.about)
        path = join("services", name, *keys) if keys else ""
        if keys and path not in reported:
            reported.add(path)
            partial.add_issue(reason.text, "services", name, *keys)


def fit_warnings(service: VllmSettings, answer: Fit | None) -> Iterator[tuple[str, str]]:
    """Key below the service and message of what the planner does not know, or finds contradicted.

    Args:
        service: the service.
        answer: its fit on its pool, by :func:`service_fit`.
    """
    known = known_model(service.model)
    if known is None:
        yield (
            "model",
            "is not in the planner's catalogue: its fit was not estimated (`llm-platform plan fit` reads any)",
        )
        return
    stated, computed = service.weights.size_gib, service.computed_weights_gib
    if stated and computed and differs(stated, computed):
        yield "weights.size_gib", f"is {stated:g}, the weights of {service.model} are {computed:.1f}: omit it"
    unmodeled = unmodeled_option(service)
    if unmodeled:
        yield f"args.{unmodeled}", "changes the memory in ways the planner does not model: the fit is not checked"
        return
    if answer is None:
        yield "quantization", "is not one the planner models: the fit is not checked"
    elif answer.status is FitStatus.UNKNOWN:
        for reason in answer.problems:
            yield "max_model_len" if reason.about == "memory" else "model", reason.text


def _memory_path(answer: Fit) -> tuple[Key, ...]:
    return ("model",) if answer.per_gpu.kv <= 0 else ("max_model_len",)
