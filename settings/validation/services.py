"""What is wrong between a service, its pool and the rest of the stack."""

import math
from collections.abc import Iterable

from planner.instances import Gpu
from planner.options.validate import option_problems
from planner.options.values import whole
from settings.derived.capacity import fullest_node
from settings.derived.weight_format import FP4_METHODS, uses_fp8
from settings.models.pools import PoolFacts
from settings.models.services import BucketWeights, ServiceSettings, image_version
from settings.validation.bucket_prefixes import check_prefixes, overlap, plain
from settings.validation.model_fit import check_fit
from settings.validation.option_review import team_problems
from settings.validation.partial import PartialSettings

IMAGE_UNPACKED_GIB = 30
BFLOAT16 = "bfloat16"
NEWEST_FOR_VOLTA = (0, 10)


def check_services(partial: PartialSettings) -> None:
    """Note every mistake of a service that shows only beside its pool."""
    for name, service in partial.services.items():
        for option, message in option_problems(service.args):
            partial.add_issue(message, "services", name, "args", option)
        if partial.platform:
            for option, message in team_problems(service.args, service.model, partial.platform.team_options):
                partial.add_issue(message, "services", name, "args", option)
        _check_prefill(partial, name, service)
        _check_token(partial, name, service)
        _check_endpoint(partial, name, service)
        _check_name(partial, name, service)
        _check_size(partial, name, service)
        pool = partial.facts.get(service.pool)
        if pool:
            _check_pool(partial, name, service, pool)
        elif partial.facts and service.pool not in partial.names("pools"):
            gpu_pools = ", ".join(pool for pool, facts in partial.facts.items() if facts.kind == "gpu")
            message = f"{service.pool!r} is no pool here: choose from {gpu_pools or '(there is no gpu pool, add one)'}"
            partial.add_issue(message, "services", name, "pool")
    _check_mirrors(partial)
    check_prefixes(partial)
    _check_disks(partial)


def _check_name(partial: PartialSettings, name: str, service: ServiceSettings) -> None:
    if service.monitoring_namespace == partial.values.get("namespace"):
        message = "is the services' own namespace, where every pod would be let in: name the monitoring system's"
        partial.add_issue(message, "services", name, "monitoring_namespace")
    if name == "default-deny" or (
        name.endswith("-mirror") and name.removesuffix("-mirror") in partial.names("services")
    ):
        partial.add_issue(
            "is the name of an object that the platform makes beside it: choose another", "services", name
        )


def _check_prefill(partial: PartialSettings, name: str, service: ServiceSettings) -> None:
    batched = whole("max-num-batched-tokens", service.args.get("max-num-batched-tokens"))
    if service.args.get("enable-chunked-prefill") is False and batched and batched < service.max_model_len:
        partial.add_issue(
            f"is {batched}, and without chunked prefill a whole prompt of max_model_len {service.max_model_len} must "
            "go in at once: raise it, or leave enable-chunked-prefill out",
            *("services", name, "args", "max-num-batched-tokens"),
        )


def _check_token(partial: PartialSettings, name: str, service: ServiceSettings) -> None:
    if service.needs_hub_token and not partial.values.get("hf_api_token") and "hf_api_token" not in partial.raw:
        partial.add_issue(
            f"{service.model} is gated and needs a Hugging Face token: accept its licence on the Hub, then "
            "`pulumi config set --secret llm-platform:hf_api_token` (or say weights.gated: false)",
            *("services", name, "model"),
        )


def _check_size(partial: PartialSettings, name: str, service: ServiceSettings) -> None:
    if service.known_weights_gib is None:
        partial.add_issue(
            f"is missing: Size of the weights in GiB, which the planner computes for its catalogue only; {service.model} is not in it",
            *("services", name, "weights", "size_gib"),
        )


def _check_endpoint(partial: PartialSettings, name: str, service: ServiceSettings) -> None:
    given = len(service.endpoint.eip_allocations)
    if given and partial.zones and given != len(partial.zones):
        partial.add_issue(
            f"has {given}, the load balancer stands in {len(partial.zones)} zones ({', '.join(partial.zones)}): one a zone",
            *("services", name, "endpoint", "eip_allocations"),
        )
    if len(set(service.endpoint.eip_allocations)) != given:
        partial.add_issue(
            "names an allocation twice: one for each zone", "services", name, "endpoint", "eip_allocations"
        )


def _check_mirrors(partial: PartialSettings) -> None:
    filled: dict[str, str] = {}
    for name, service in partial.services.items():
        if isinstance(service.weights, BucketWeights) and service.weights.mirror:
            prefix = plain(service.weights.prefix)
            for other, owner in filled.items():
                if overlap(prefix, other):
                    both = f"{prefix} is" if prefix == other else f"{prefix} and {other} lie in each other, which is"
                    message = f"{both} filled by {owner} too: give each its own prefix, or mirror: false here"
                    partial.add_issue(message, "services", name, "weights", "prefix")
            filled.setdefault(prefix, name)


def _check_pool(partial: PartialSettings, name: str, service: ServiceSettings, pool: PoolFacts) -> None:
    if pool.kind != "gpu":
        partial.add_issue(
            f"{service.pool!r} is of kind {pool.kind}: choose a pool of kind gpu", "services", name, "pool"
        )
        return
    if service.gpus > pool.gpus_per_node:
        product = f"{service.tensor_parallel} x pipeline_parallel {service.pipeline_parallel} = {service.gpus} GPUs"
        partial.add_issue(
            f"is {product if service.pipeline_parallel > 1 else service.tensor_parallel}, a node of pool "
            f"{service.pool} has {pool.gpus_per_node}: ask for fewer, or take a larger instance type",
            *("services", name, "tensor_parallel"),
        )
    else:
        _check_memory(partial, name, service, pool)
    gpus = {machine.gpu for machine in pool.machines if machine.gpu}
    _check_compute(partial, name, service, gpus)
    check_fit(partial, name, service, pool)


def _check_memory(partial: PartialSettings, name: str, service: ServiceSettings, pool: PoolFacts) -> None:
    smallest = min(machine.gpu.memory_mib for machine in pool.machines if machine.gpu) / 1024
    room = smallest * service.gpus * service.gpu_memory_utilization
    stated = service.weights.size_gib  # what the planner computes, it judges itself, see check_fit
    if stated and stated > room and not service.args.get("cpu-offload-gb"):
        partial.add_issue(
            f"is {stated:g}, but {service.gpus} GPUs of {service.pool} give vLLM {room:.0f} GiB: "
            "raise tensor_parallel, take larger GPUs, or a quantized model",
            *("services", name, "weights", "size_gib"),
        )


def _check_compute(partial: PartialSettings, name: str, service: ServiceSettings, gpus: Iterable[Gpu]) -> None:
    if service.quantization == "bitsandbytes" and isinstance(service.weights, BucketWeights):
        message = "reads weights from a local folder and cannot stream them from the bucket: fp8, or weights of the Hub"
        partial.add_issue(f"bitsandbytes {message}", "services", name, "quantization")
    for gpu in gpus:
        if service.dtype == BFLOAT16 and not gpu.bfloat16:
            partial.add_issue(f"the {gpu.name} has no bfloat16: set float16", "services", name, "dtype")
        if uses_fp8(service) and not gpu.fp8_weights:
            key = "quantization" if service.quantization else "model"
            message = f"the {gpu.name} cannot load FP8 weights: take a g5, g6 or g6e pool, or a model in 16 bits or AWQ"
            partial.add_issue(message, "services", name, key)
        if service.quantization in FP4_METHODS and not gpu.fp8_weights:
            message = f"the {gpu.name} cannot load FP4 weights: take a g6e, p5 or newer pool"
            partial.add_issue(message, "services", name, "quantization")
        version = image_version(service.image)
        if not gpu.in_current_images and (version is None or version > NEWEST_FOR_VOLTA):
            message = f"has no kernels for the {gpu.name}: set an older image, vllm/vllm-openai:v0.10.1 at the newest"
            partial.add_issue(message, "services", name, "image")


def _check_disks(partial: PartialSettings) -> None:
    for pool, facts in partial.facts.items():
        own = {
            name: service
            for name, service in partial.services.items()
            if service.pool == pool and service.known_weights_gib is not None
        }
        if facts.kind != "gpu" or facts.disk_gib is None or not own:
            continue
        held, asked = fullest_node(facts.gpus_per_node, own)
        needed = disk_for(asked)
        if facts.disk_gib < needed:
            listed = " + ".join(name if count == 1 else f"{count} x {name}" for name, count in held.items())
            where = ("services",) if partial.platform else ("pools", pool, "disk_gib")
            what = (
                f"nodes of pool {pool} have disks of {facts.disk_gib} GiB"
                if partial.platform
                else f"is {facts.disk_gib}"
            )
            cure = f", as pools.{pool}.disk_gib of the platform stack, or smaller models" if partial.platform else ""
            partial.add_issue(
                f"{what}, but {listed} on one node ask for {asked} GiB (downloads, caches and "
                f"scratch) beside an image of {IMAGE_UNPACKED_GIB}: {needed} at least{cure}",
                *where,
            )


def disk_for(asked: int) -> int:
    """GiB of a node's disk on which pods may ask for ``asked`` GiB.

    The image comes on top; and EKS lets pods have nine tenths of the disk less 1 GiB (kubelet's ``evictionHard`` of 10
    percent and ``kubeReserved``).
    """
    return max(asked + IMAGE_UNPACKED_GIB, math.ceil((asked + 1) / 0.9))
