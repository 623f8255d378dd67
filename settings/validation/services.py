"""Issues of a service of any kind, beside its pool and the rest of the stack."""

import math

from settings.derived.bucket_prefixes import overlap, plain
from settings.derived.capacity import fullest_node
from settings.models.services.base import ServiceSettings
from settings.models.services.vllm import VllmSettings
from settings.validation.bucket_prefixes import check_prefixes
from settings.validation.kinds import KINDS
from settings.validation.partial import PartialSettings
from settings.validation.pool_choice import pool_issue, room_issue

IMAGE_UNPACKED_GIB = 30


def check_services(partial: PartialSettings) -> None:
    """Add every issue of a service that shows only beside its pool or another service."""
    for name, service in partial.services.items():
        KINDS[service.kind].check(partial, name, service)
        _check_pool(partial, name, service)
        _check_endpoint(partial, name, service)
        _check_name(partial, name, service)
    _check_mirrors(partial)
    check_prefixes(partial)
    _check_disks(partial)


def _measured(service: ServiceSettings) -> bool:
    return service.benchmark


def _keeps_what_it_compiles(service: ServiceSettings) -> bool:
    return isinstance(service, VllmSettings) and service.has_compile_cache


_BESIDE = (("benchmark", "benchmark: true", _measured), ("compile-cache", "a compile cache", _keeps_what_it_compiles))
"""Suffix of the name of a service's Job, whose service account, network policy and Service have it too; the setting; which services
have one."""


def _check_pool(partial: PartialSettings, name: str, service: ServiceSettings) -> None:
    pool = partial.pool_facts.get(service.pool)
    if message := pool_issue(partial, service.pool, service.pool_kinds):
        partial.add_issue(message, "services", name, "pool")
    elif pool and pool.kind != "gpu" and (problem := room_issue(service.demand, service.pool, pool)):
        partial.add_issue(problem, "services", name, "pool")


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
    for suffix, setting, makes in _BESIDE:
        other, _, end = name.rpartition(f"-{suffix}")
        if not end and (found := partial.services.get(other)) and makes(found):
            message = f"is the name of the Job of service {other}, which has {setting}: choose another"
            partial.add_issue(message, "services", name)


def _check_endpoint(partial: PartialSettings, name: str, service: ServiceSettings) -> None:
    given = len(service.endpoint.eip_allocations)
    if given and partial.zones and given != len(partial.zones):
        partial.add_issue(
            f"has {given}, the load balancer is in {len(partial.zones)} zones ({', '.join(partial.zones)}): one a zone",
            *("services", name, "endpoint", "eip_allocations"),
        )
    if len(set(service.endpoint.eip_allocations)) != given:
        partial.add_issue(
            "names an allocation twice: one for each zone", "services", name, "endpoint", "eip_allocations"
        )


def _check_mirrors(partial: PartialSettings) -> None:
    filled: dict[str, str] = {}
    for name, service in partial.services.items():
        source = service.bucket_source
        if not (source and source.mirror):
            continue
        prefix = plain(source.prefix)
        for other, owner in filled.items():
            if overlap(prefix, other):
                both = f"{prefix} is" if prefix == other else f"{prefix} and {other} lie in each other, which is"
                message = f"{both} filled by {owner} too: give each its own prefix, or mirror: false here"
                partial.add_issue(message, "services", name, "weights", "prefix")
        filled.setdefault(prefix, name)


def _check_disks(partial: PartialSettings) -> None:
    for pool, facts in partial.pool_facts.items():
        own = {
            name: service
            for name, service in partial.services.items()
            if service.pool == pool and service.gpus and service.demand.disk_gib is not None
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
            fix = f", as pools.{pool}.disk_gib of the platform stack, or smaller models" if partial.platform else ""
            partial.add_issue(
                f"{what}, but {listed} on one node request {asked} GiB (downloads, caches and "
                f"scratch) beside an image of {IMAGE_UNPACKED_GIB}: {needed} at least{fix}",
                *where,
            )


def disk_for(asked: int) -> int:
    """GiB of a node's disk on which pods can request ``asked`` GiB.

    The image comes on top; and EKS lets pods have nine tenths of the disk less 1 GiB (kubelet's ``evictionHard`` of 10
    percent and ``kubeReserved``).
    """
    return max(asked + IMAGE_UNPACKED_GIB, math.ceil((asked + 1) / 0.9))
