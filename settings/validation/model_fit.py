"""Issues and warnings of a service's memory, from the planner's fit result."""

import re
from collections.abc import Iterator

from planner.catalog.models import known_model, misspelt_model
from planner.fit import Fit, FitStatus
from planner.model.named_size import named_sizes
from planner.size_check import differs
from planner.units import GIB
from settings.derived.model_fit import service_fit, unmodeled_option
from settings.derived.streaming import memory_problem, offload_gib
from settings.issues import Key, join
from settings.models.pools import PoolFacts
from settings.models.services.vllm import VllmSettings
from settings.validation.partial import PartialSettings

_LEAST_BYTES, _MOST_BYTES = 0.45, 4.2
"""Bytes a parameter of published weights: from 4 bits with their scales, less what is rounded, to 32 bits."""
_PATHS: dict[str, tuple[Key, ...]] = {
    "tensor_parallel": ("tensor_parallel",),
    "pipeline_parallel": ("pipeline_parallel",),
    "max_model_len": ("max_model_len",),
    "kv_cache_dtype": ("args", "kv-cache-dtype"),
    "max_num_batched_tokens": ("args", "max-num-batched-tokens"),
    "utilization": ("gpu_memory_utilization",),
    "context_parallel": ("args", "decode-context-parallel-size"),
    "expert_parallel": ("args", "enable-expert-parallel"),
    "redundant_experts": ("args", "eplb-config"),
    "speculative_config": ("args", "speculative-config"),
    "lora": ("args", "enable-lora"),
    "lora_rank": ("args", "max-lora-rank"),
    "quantization": ("quantization",),
    "dtype": ("dtype",),
    "machine": ("pool",),
    "engine": ("image",),
}
"""Where a reason of the planner belongs in a service's settings; ``gpus`` is reported with the pool already."""
_SEQUENCES = re.compile(r"(?<=: )max_num_seqs (\d{1,3}(?:,\d{3})*)")
"""The planner's fix by fewer requests at once, which a service has no setting of its own for."""


def check_fit(partial: PartialSettings, name: str, service: VllmSettings, pool: PoolFacts) -> None:
    """Estimate the fit of a service, keep it, and add why a known model cannot run, each at the setting it is about, once."""
    answer = service_fit(service, pool)
    if answer:
        partial.fits[name] = answer
    if answer is None and (problem := memory_problem(service, pool)):
        partial.add_issue(problem, "services", name, "pool")
    if answer is None or answer.status is not FitStatus.REFUSED:
        _check_weights(partial, name, service, pool, answer)
        return
    before = len(partial.issues)
    reported = {problem.path for problem in partial.issues}
    for reason in answer.problems:
        keys = _memory_path(answer) if reason.about == "memory" else _PATHS.get(reason.about)
        path = join("services", name, *keys) if keys else ""
        if keys and path not in reported:
            reported.add(path)
            partial.add_issue(_in_settings(reason.text), "services", name, *keys)
    if len(partial.issues) == before:
        _check_weights(partial, name, service, pool, answer)


def _in_settings(text: str) -> str:
    """The planner's words, with the option as a service has it."""
    return _SEQUENCES.sub(lambda found: f"args.max-num-seqs: {found[1].replace(',', '')}", text)


def only_too_close(answer: Fit) -> bool:
    """Whether a result is unknown for its closeness to the edge alone: then its figures are meant."""
    return all(reason.about == "memory" for reason in answer.problems)


def _check_weights(
    partial: PartialSettings, name: str, service: VllmSettings, pool: PoolFacts, answer: Fit | None
) -> None:
    """Refuse weights that alone are more than the GPUs, where the planner has no other reason against the service.

    A size that is stated counts, and of a model that the planner does not cover the size of its files.
    """
    covered = answer is not None and answer.status is not FitStatus.REFUSED and only_too_close(answer)
    stated = service.weights.size_gib
    size = max(stated or 0.0, 0.0 if covered else (service.computed_weights_gib or 0.0))
    machines = [machine.gpu.memory_mib for machine in pool.machines if machine.gpu]
    if not machines or service.gpus > pool.gpus_per_node or offload_gib(service):
        return
    room = min(machines) / 1024 * service.gpus * service.gpu_memory_utilization
    if size > room:
        own = stated == size
        subject = f"is {stated:g}" if own else f"has weights of {size:.0f} GiB"
        gpus = f"{service.gpus} GPUs of {service.pool} give" if service.gpus > 1 else f"a GPU of {service.pool} gives"
        partial.add_issue(
            f"{subject}, but {gpus} vLLM {room:.0f} GiB: raise tensor_parallel, take larger GPUs, or a quantized model",
            *("services", name, *(("weights", "size_gib") if own else ("model",))),
        )


def fit_warnings(service: VllmSettings, answer: Fit | None) -> Iterator[tuple[str, str]]:
    """Key below the service and message of what the planner does not know, or finds contradicted.

    Args:
        service: the service.
        answer: its fit on its pool, by :func:`service_fit`.
    """
    known = known_model(service.model)
    if known is None:
        near = misspelt_model(service.model)
        meant = f" (did you mean {near}?)" if near else ""
        yield (
            "model",
            (
                f"is not in the planner's catalogue{meant}: whether it fits was not estimated; `llm-plan fit --model {service.model}` does, "
                "or start it once and read the KV cache in vLLM's log"
            ),
        )
        yield from _name_warnings(service)
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
            if reason.about == "memory":
                yield "max_model_len", _in_settings(reason.text)
            else:
                yield (
                    "model",
                    f"{reason.text}: the update goes on; start it once and read the KV cache in vLLM's log",
                )


def _name_warnings(service: VllmSettings) -> Iterator[tuple[str, str]]:
    """A stated size that no number format makes of the parameters in the model's name."""
    stated, sizes = service.weights.size_gib, named_sizes(service.model)
    if stated is None or not sizes:
        return
    least, most = (1e9 / GIB * bound for bound in (min(size.least for size in sizes), max(size.most for size in sizes)))
    if not _LEAST_BYTES * least <= stated <= _MOST_BYTES * most:
        yield (
            "weights.size_gib",
            (
                f"is {stated:g}, and {sizes[0].text} in the name means {_LEAST_BYTES * least:.0f} GiB in 4 bits to "
                f"{2 * most:.0f} in 16: look at the files on the Hub"
            ),
        )


def _memory_path(answer: Fit) -> tuple[Key, ...]:
    left = answer.per_gpu.kv if answer.per_gpu else None
    return ("model",) if left is None or left <= 0 else ("max_model_len",)
