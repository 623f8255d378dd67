"""Issues and warnings of one service of kind ollama: its model, memory, volume and pools."""

import math
from collections.abc import Iterator, Mapping

from planner.ollama import decode_tokens_per_second, nearest_ollama_models, ollama_models
from settings.derived.plan import StackPlan
from settings.derived.pool_types import types_for
from settings.derived.shutdown import NOTICE_SECONDS, ollama_seconds
from settings.issues import Issue, join
from settings.models.pools import Pool, PoolFacts
from settings.models.services.base import ServiceSettings
from settings.models.services.ollama import DEFAULT_IMAGE, VOLUME_FACTOR, OllamaSettings
from settings.validation.partial import PartialSettings
from settings.validation.pool_choice import pool_issue, room_issue

ANSWER_TOKENS = 64
SLOW_SECONDS = 120
"""An answer of 64 tokens that takes longer surprises whoever waits for it."""


def check_ollama(partial: PartialSettings, name: str, service: OllamaSettings) -> None:
    """Add every issue of a service beside its model and its pools."""
    _check_model(partial, name, service)
    _check_memory(partial, name, service)
    _check_volume(partial, name, service)
    _check_additional_pools(partial, name, service)
    _check_nodes(partial, name, service)


def ollama_warnings(_: str, service: OllamaSettings, plan: StackPlan) -> Iterator[tuple[str, str]]:
    """Key below the service and message of everything that is allowed but questionable."""
    pool = plan.pool(service.pool)
    if service.least_replicas == 1:
        yield (
            service.least_replicas_key,
            "one replica: a rollout, a drain or a spot notice leaves a gap; two replicas close it",
        )
    if service.memory is None:
        yield "model", f"{service.model} is not in the planner's table: whether memory_gib holds it is not checked"
    if service.image.partition(":")[0] == DEFAULT_IMAGE.partition(":")[0] and service.image != DEFAULT_IMAGE:
        yield "image", f"is not {DEFAULT_IMAGE}, for which probes and variables were checked"
    smallest = min(machine.vcpus for machine in types_for(pool, service.demand))
    if service.cpu_limit > smallest:
        yield "cpu_limit", f"is {service.cpu_limit:g}, and a node of {service.pool} has {smallest} vCPUs: lower it"
    gone = ollama_seconds(service.drain_seconds)
    if gone > NOTICE_SECONDS and any(plan.pool(name).capacity == "spot" for name in service.pool_names):
        yield (
            "drain_seconds",
            (
                f"is {service.drain_seconds}: a pod is gone {gone} s after the notice of a spot interruption at the latest, and "
                f"the node after {NOTICE_SECONDS}: set {service.drain_seconds - (gone - NOTICE_SECONDS)} at most"
            ),
        )
    yield from _speed(service, pool)


def volume_zone_warnings(
    services: Mapping[str, ServiceSettings],
    pools: Mapping[str, Pool],
    facts: Mapping[str, PoolFacts],
    zones: tuple[str, ...],
) -> Iterator[Issue]:
    """A warning for each node group whose next node may be in a zone where a replica's volume is not.

    Karpenter launches a node in the zone of the volume that a pod waits for.

    Args:
        services: the stack's services by name.
        pools: the stack's pools by name.
        facts: how many nodes each runs.
        zones: zones of the network.
    """
    with_volumes = {
        pool for service in services.values() if isinstance(service, OllamaSettings) for pool in service.pool_names
    }
    for name in sorted(with_volumes & pools.keys()):
        covered, nodes = pools[name].zones or zones, facts[name].desired
        if facts[name].provisioner == "node_group" and 0 < nodes < len(covered):
            yield Issue(
                join("pools", name, "zones"),
                f"are {len(covered)} for {nodes} node{'s' if nodes > 1 else ''}, and volumes are in one zone each: a node "
                f"that is replaced in another zone leaves its replica waiting; name {nodes}, or set min to {len(covered)}",
            )


def ollama_fit_line(name: str, service: OllamaSettings, plan: StackPlan) -> str | None:
    """Memory and speed of a replica, in one line; None for a model or instance type without figures."""
    bounds, memory = _bounds(service, plan.pool(service.pool)), service.memory
    if bounds is None or memory is None:
        return None
    low, high = bounds
    return (
        f"fit of {name}: a replica takes about {memory.total:.1f} of {service.memory_gib:g} GiB (model "
        f"{memory.weights:.1f}, KV cache of {service.parallel} x {service.context_length:,} tokens "
        f"{memory.kv_cache:.1f}, buffers); memory bandwidth bounds one answer to {low:.1f} to {high:.1f} tokens a second"
    )


def _speed(service: OllamaSettings, pool: PoolFacts) -> Iterator[tuple[str, str]]:
    bounds = _bounds(service, pool)
    if bounds and ANSWER_TOKENS / bounds[0] * service.parallel > SLOW_SECONDS:
        seconds = math.ceil(ANSWER_TOKENS / bounds[0] * service.parallel)
        yield (
            "parallel",
            (
                f"{service.parallel} answers of {ANSWER_TOKENS} tokens at once can take {seconds} s: give clients a time-out "
                "above it, or more vCPUs, a smaller model, fewer slots"
            ),
        )


def _bounds(service: OllamaSettings, pool: PoolFacts) -> tuple[float, float] | None:
    known = service.known_model
    found = (
        [decode_tokens_per_second(known, machine, service.cpu_limit) for machine in types_for(pool, service.demand)]
        if known
        else []
    )
    figures = [each for each in found if each]
    return (min(low for low, _ in figures), max(high for _, high in figures)) if figures else None


def _check_model(partial: PartialSettings, name: str, service: OllamaSettings) -> None:
    known = service.known_model
    if service.model_gib is None:
        near = nearest_ollama_models(service.model) or list(ollama_models())
        partial.add_issue(
            f"is missing: size of the model in GiB; {service.model} is not in the planner's table (nearest: "
            f"{', '.join(near)})",
            *("services", name, "size_gib"),
        )
    if known and service.context_length > known.context_length:
        partial.add_issue(
            f"is {service.context_length}, and {service.model} was trained for {known.context_length} tokens: set that at most",
            *("services", name, "context_length"),
        )


def _check_memory(partial: PartialSettings, name: str, service: OllamaSettings) -> None:
    memory = service.memory
    if memory and memory.total > service.memory_gib:
        partial.add_issue(
            f"is {service.memory_gib:g}, but {service.model} takes about {memory.total:.1f} GiB: model {memory.weights:.1f}, "
            f"KV cache of {service.parallel} x {service.context_length} tokens {memory.kv_cache:.1f}, buffers; set "
            f"{math.ceil(memory.total)}, or a smaller parallel or context_length",
            *("services", name, "memory_gib"),
        )


def _check_volume(partial: PartialSettings, name: str, service: OllamaSettings) -> None:
    needed = math.ceil((service.model_gib or 0) * VOLUME_FACTOR)
    if service.volume_gib < needed:
        partial.add_issue(
            f"is {service.volume_gib}, and the model alone is {service.model_gib:.1f} GiB: set {needed} at least",
            *("services", name, "volume_gib"),
        )


def _check_nodes(partial: PartialSettings, name: str, service: OllamaSettings) -> None:
    """Refuse a team stack more replicas than its platform's pools run nodes; a platform's own pools grow with them."""
    facts = [partial.pool_facts[pool] for pool in service.pool_names if pool in partial.pool_facts]
    nodes = sum(each.desired if each.provisioner == "node_group" else each.max for each in facts)
    if partial.platform and facts and nodes < service.most_replicas:
        own = partial.pool_facts.get(service.pool)
        more = "limits" if own and own.provisioner == "karpenter" else "min"
        partial.add_issue(
            f"is {service.most_replicas}, each on a node of its own, and {', '.join(service.pool_names)} run {nodes}: set fewer, "
            f"or raise pools.{service.pool}.{more} on the platform stack",
            *("services", name, service.most_replicas_key),
        )


def _check_additional_pools(partial: PartialSettings, name: str, service: OllamaSettings) -> None:
    for place, pool in enumerate(service.additional_pools):
        where = ("services", name, "additional_pools", place)
        facts = partial.pool_facts.get(pool)
        if message := pool_issue(partial, pool, service.pool_kinds):
            partial.add_issue(message, *where)
        elif facts and not facts.desired and facts.provisioner == "node_group":
            partial.add_issue(
                f"{pool} runs no node, and nothing adds one for it: its nodes follow the services whose pool it is; set "
                f"pools.{pool}.min to 1 or more{' on the platform stack' if partial.platform else ''}, or omit it here",
                *where,
            )
        elif facts and (problem := room_issue(service.demand, pool, facts)):
            partial.add_issue(problem, *where)
