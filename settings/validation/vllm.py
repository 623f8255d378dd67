"""Issues and warnings of one service of kind vllm: its options, token, memory, number formats and image."""

from collections.abc import Iterable, Iterator

from planner.catalog.instances import Gpu
from planner.fit import FitStatus
from planner.image_kernels import of_image, releases_for
from planner.memory.host_buffers import FIRST_LMCACHE_SERVER
from planner.model.weight_format import FP4_METHODS
from planner.vllm_options.names import method_problem
from planner.vllm_options.releases import judged_by, known_release
from planner.vllm_options.validate import option_problems
from planner.vllm_options.values import parse_int
from settings.derived.capacity import surges
from settings.derived.plan import StackPlan
from settings.derived.streaming import streaming_warnings
from settings.models.pools import PoolFacts
from settings.models.services.vllm import (
    FIRST_TO_DRAIN,
    BucketWeights,
    VllmSettings,
    image_at_least,
)
from settings.validation.model_fit import check_fit, fit_warnings, only_too_close
from settings.validation.option_review import team_problems
from settings.validation.partial import PartialSettings

BFLOAT16 = "bfloat16"
_ROOM = {"node_group": "spare GPU in", "karpenter": "room that is sure to be left in the limits of"}
_MORE = {"node_group": "a spare GPU", "karpenter": "room in the limits"}


def check_vllm(partial: PartialSettings, name: str, service: VllmSettings) -> None:
    """Add every issue of a service, beside its pool where that is known and has GPUs."""
    wrong = set()
    for option, message in option_problems(service.args, judged_by(service.image)):
        wrong.add(option)
        partial.add_issue(message, "services", name, "args", option)
    if partial.platform:
        for option, message in team_problems(service.args, service.model, partial.platform.team_options):
            partial.add_issue(message, "services", name, "args", option)
    _check_quantization(partial, name, service)
    # An option that is refused says nothing of memory, so what follows is judged without it.
    service = service.model_copy(update={"args": {key: each for key, each in service.args.items() if key not in wrong}})
    _check_prefill(partial, name, service)
    _check_token(partial, name, service)
    _check_size(partial, name, service)
    pool = partial.pool_facts.get(service.pool)
    if pool and pool.kind in service.pool_kinds:
        _check_pool(partial, name, service, pool)


def vllm_warnings(name: str, service: VllmSettings, plan: StackPlan) -> Iterator[tuple[str, str]]:
    """Key below the service and message of everything that is allowed but questionable."""
    pool = plan.pool(service.pool)
    if service.least_replicas <= 1 and not surges(service, pool):
        yield (
            service.least_replicas_key,
            (
                f"one replica and no {_ROOM[pool.provisioner]} pool {service.pool}: a rollout stops it before the new one is "
                f"ready, so there is a gap; two replicas or {_MORE[pool.provisioner]} close it"
            ),
        )
    yield from fit_warnings(service, plan.fits.get(name))
    yield from streaming_warnings(service, pool)
    asked, allowed = service.startup_seconds, plan.timings[name].startup
    if asked and asked < allowed:
        yield "startup_seconds", f"is {asked}, a start is allowed {allowed} anyway: omit it, or set more"
    if known_release(service.image) is None:
        release = judged_by(service.image)
        yield "image", f"names no vLLM release whose options are known: args were checked against those of {release}"
    if not image_at_least(service.image, FIRST_TO_DRAIN):
        yield "image", "is older than vLLM 0.18: requests that run when a pod stops are cut off"
    if service.args.get("kv-offloading-backend") == "lmcache" and image_at_least(
        service.image, (0, FIRST_LMCACHE_SERVER)
    ):
        yield (
            "args.kv-offloading-backend",
            (
                f"is lmcache: since vLLM 0.{FIRST_LMCACHE_SERVER} its cache is in a server at localhost:5555, which a pod here does not "
                "have; native keeps it in /dev/shm"
            ),
        )
    for gpu in {machine.gpu for machine in pool.machines if machine.gpu}:
        if service.uses_fp8 and gpu.fp8_weights and not gpu.fp8:
            yield "model", f"the {gpu.name} does not compute in FP8: weights stay small, computing is in 16 bits"
        if not gpu.bfloat16 and service.dtype is None:
            yield (
                "dtype",
                f"the {gpu.name} has no bfloat16: vLLM falls back to float16, Gemma 2, Gemma 3 and GLM 4 to float32",
            )
    yield from _cache_warnings(service, pool)
    if not service.path_allow_list:
        yield "path_allow_list", "is off: vLLM answers /invocations, /tokenize and /metrics without any key"


def _cache_warnings(service: VllmSettings, pool: PoolFacts) -> Iterator[tuple[str, str]]:
    if not service.compile_cache:
        return
    if not service.has_compile_cache:
        yield (
            "compile_cache",
            (
                f"has no effect: {service.image} is an image by tag, and what another image compiled must not be run; name its "
                "digest too, as in vllm/vllm-openai:v0.32.0@sha256:..."
            ),
        )
    elif not surges(service, pool):
        yield (
            "compile_cache",
            (
                f"no {_ROOM[pool.provisioner]} pool {service.pool}: the Job that fills the cache may find no GPU, and fails then; the "
                f"next update starts it again, and {_MORE[pool.provisioner]} is enough for it"
            ),
        )


def vllm_fit_line(name: str, _: VllmSettings, plan: StackPlan) -> str | None:
    """What the GPU memory of a replica holds, in one line; None for a model or option that the planner does not model."""
    fit = plan.fits.get(name)
    if fit is None:
        return None
    if fit.status is FitStatus.UNKNOWN and not only_too_close(fit):
        return f"fit of {name}: unknown; {fit.problems[0]}"
    memory = fit.per_gpu
    if memory is None:
        return f"fit of {name}: {fit.status.value}; {fit.problems[0]}"
    held = ""
    if fit.kv_tokens is not None and fit.kv_tokens_range and fit.concurrent_requests is not None:
        low, high = fit.kv_tokens_range
        held = (
            f", KV cache {memory.kv or 0:.1f}: {fit.kv_tokens:,} tokens ({low:,} to {high:,}), "
            f"{fit.concurrent_requests:.1f} requests of {fit.max_model_len:,} at once"
        )
    activation = "" if memory.activation is None else f", activations {memory.activation:.1f}"
    return (
        f"fit of {name}: {fit.status.value}; a GPU of {memory.visible:.1f} GiB holds weights {memory.weights:.1f}"
        f"{activation}{held} (vLLM {fit.engine})"
    )


def _check_quantization(partial: PartialSettings, name: str, service: VllmSettings) -> None:
    problem = method_problem(service.quantization, service.image) if service.quantization else None
    if problem is None and service.quantization == "bitsandbytes" and isinstance(service.weights, BucketWeights):
        message = "reads weights from a local folder and cannot stream them from the bucket: fp8, or weights of the Hub"
        problem = f"bitsandbytes {message}"
    if problem:
        partial.add_issue(problem, "services", name, "quantization")


def _check_prefill(partial: PartialSettings, name: str, service: VllmSettings) -> None:
    batched = parse_int("max-num-batched-tokens", service.args.get("max-num-batched-tokens"))
    if service.args.get("enable-chunked-prefill") is False and batched and batched < service.max_model_len:
        partial.add_issue(
            f"is {batched}, and without chunked prefill a whole prompt of max_model_len {service.max_model_len} must "
            "go in at once: raise it, or leave enable-chunked-prefill out",
            *("services", name, "args", "max-num-batched-tokens"),
        )


def _check_token(partial: PartialSettings, name: str, service: VllmSettings) -> None:
    if service.needs_hub_token and not partial.values.get("hf_api_token") and "hf_api_token" not in partial.raw:
        partial.add_issue(
            f"{service.model} is gated and needs a Hugging Face token: accept its licence on the Hub, then "
            "`pulumi config set --secret llm-platform:hf_api_token` (or set weights.gated: false)",
            *("services", name, "model"),
        )


def _check_size(partial: PartialSettings, name: str, service: VllmSettings) -> None:
    if service.known_weights_gib is None:
        partial.add_issue(
            f"is missing: Size of the weights in GiB, which the planner knows of its catalogue only; {service.model} is not in it: "
            "state what its *.safetensors files add up to on the Hub (`llm-plan fit` reads it too)",
            *("services", name, "weights", "size_gib"),
        )


def _check_pool(partial: PartialSettings, name: str, service: VllmSettings, pool: PoolFacts) -> None:
    if service.gpus > pool.gpus_per_node:
        product = f"{service.tensor_parallel} x pipeline_parallel {service.pipeline_parallel} = {service.gpus} GPUs"
        most = f"{'at most ' if pool.provisioner == 'karpenter' else ''}{pool.gpus_per_node}"
        partial.add_issue(
            f"is {product if service.pipeline_parallel > 1 else service.tensor_parallel}, a node of pool "
            f"{service.pool} has {most}: request fewer, or take a larger instance type",
            *("services", name, "tensor_parallel"),
        )
    gpus = {machine.gpu for machine in pool.machines if machine.gpu}
    _check_compute(partial, name, service, gpus)
    check_fit(partial, name, service, pool)


def _check_compute(partial: PartialSettings, name: str, service: VllmSettings, gpus: Iterable[Gpu]) -> None:
    for gpu in gpus:
        if service.dtype == BFLOAT16 and not gpu.bfloat16:
            partial.add_issue(f"the {gpu.name} has no bfloat16: set float16", "services", name, "dtype")
        if service.uses_fp8 and not gpu.fp8_weights:
            key = "quantization" if service.quantization else "model"
            message = f"the {gpu.name} cannot load FP8 weights: take a g5, g6 or g6e pool, or a model in 16 bits or AWQ"
            partial.add_issue(message, "services", name, key)
        if service.quantization in FP4_METHODS and not gpu.fp8_weights:
            message = f"the {gpu.name} cannot load FP4 weights: take a g6e, p5 or newer pool"
            partial.add_issue(message, "services", name, "quantization")
        served = of_image(service.image)
        if not served.include(gpu.compute_capability):
            newest = releases_for(gpu.compute_capability)
            message = f"has no kernels for the {gpu.name} (compute capability {gpu.compute_capability}): an image of vLLM {newest}"
            partial.add_issue(message, "services", name, "image")
