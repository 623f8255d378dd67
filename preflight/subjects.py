"""A stack as a preflight needs it, from the program's settings or from a stack file that may still be incomplete."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from preflight.subject import ClusterPlan, DomainPlan, KarpenterPlan, PoolPlan, Subject
from settings.derived.capacity import on_pool
from settings.derived.karpenter_capacity import most_vcpus, needed_types
from settings.derived.naming import Naming
from settings.loading.parse import Parsed
from settings.loading.stack_file import StackFileError, read_platform_file
from settings.models.gateway import GatewaySettings
from settings.models.monitoring import MonitoringSettings
from settings.models.network import NetworkSettings
from settings.models.pools import KarpenterNodePool, KarpenterPool, Pool, PoolFacts
from settings.models.services.base import ServiceSettings
from settings.models.stack import TeamSettings
from settings.validation.partial import PartialSettings

_KEY = re.compile(r"[.\[]")
"""What ends the first key of a problem's path."""


def of_settings(parsed: Parsed, *, project: str) -> Subject:
    """The stack that is being previewed."""
    settings, facts, stack = parsed.settings, parsed.plan.facts, parsed.plan.stack
    common: dict[str, Any] = {
        "stack": stack,
        "project": project,
        "region": facts.region,
        "account": facts.account,
        "assume_role": facts.assume_role,
        "boundary": settings.permissions_boundary,
    }
    if isinstance(settings, TeamSettings):
        return Subject(**common)
    cluster = settings.cluster
    return Subject(
        **common,
        zones=settings.network.zones,
        cluster=ClusterPlan(
            name=_cluster_name(stack),
            version=cluster.version,
            support_type=cluster.support_type,
            admins=cluster.admins,
            volume_key=cluster.volume_key,
        ),
        spot_role=cluster.karpenter.create_spot_service_linked_role,
        nat_gateways=_nat_gateways(settings.network),
        domain=_domain(settings.gateway),
        auditors=_auditors(settings.gateway),
        chat=_chat(settings.monitoring),
        pools=pool_plans(settings.pools, facts.pools, settings.network, settings.services),
    )


def of_file(path: Path, folder: Path | None = None) -> Subject:
    """A platform stack's file.

    Args:
        path: the file.
        folder: in the project it belongs to; default where the file is.

    Mistakes in other settings are among its problems.

    Raises:
        StackFileError: it is no stack file, or a team stack's.
        SettingsError: region, network or pools have mistakes.
    """
    file = read_platform_file(path)
    partial, facts = file.partial, file.facts
    network = partial.network or NetworkSettings()
    return Subject(
        stack=partial.stack,
        project=project_name(path.parent, folder or path.parent),
        region=facts.region,
        account=facts.account,
        assume_role=facts.assume_role,
        boundary=partial.values.get("permissions_boundary"),
        zones=network.zones,
        cluster=_cluster_plan(partial),
        spot_role=bool(partial.cluster and partial.cluster.karpenter.create_spot_service_linked_role),
        nat_gateways=_nat_gateways(network),
        domain=_domain(partial.values.get("gateway")),
        auditors=_auditors(partial.gateway),
        chat=_chat(partial.values.get("monitoring")),
        pools=pool_plans(partial.pools, partial.pool_facts, network, partial.services),
        problems=tuple(one for one in sorted(set(partial.issues)) if _KEY.split(one.path)[0] not in file.encrypted),
    )


def pool_plans(
    pools: Mapping[str, Pool],
    facts: Mapping[str, PoolFacts],
    network: NetworkSettings,
    services: Mapping[str, ServiceSettings],
) -> dict[str, PoolPlan]:
    """Each pool of the settings, with what the services on it need."""
    return {
        name: PoolPlan(
            name=name,
            kind=pool.kind,
            instance_types=pool.instance_types,
            spot=pool.capacity == "spot",
            desired=min(facts[name].desired, facts[name].max),
            max=facts[name].max,
            zones=pool.zones or network.zones,
            update_strategy=facts[name].update_strategy or "minimal",
            karpenter=_karpenter(pool, on_pool(name, services)) if isinstance(pool, KarpenterPool) else None,
        )
        for name, pool in pools.items()
    }


def _karpenter(pool: KarpenterNodePool, services: Mapping[str, ServiceSettings]) -> KarpenterPlan:
    return KarpenterPlan(
        capacity_types=pool.capacity_types,
        start_vcpus=sum(machine.vcpus for machine in needed_types(pool, services)),
        most_vcpus=most_vcpus(pool),
        reservations=pool.capacity_reservations,
    )


def _nat_gateways(network: NetworkSettings) -> int:
    return 1 if network.nat == "single" else len(network.zones)


def _domain(gateway: GatewaySettings | None) -> DomainPlan | None:
    if gateway is None or gateway.domain is None:
        return None
    return DomainPlan(
        name=gateway.domain.lower(),
        zone_id=gateway.zone_id,
        certificate_arn=gateway.certificate_arn,
        private_ca_arn=gateway.private_ca_arn,
    )


def _auditors(gateway: GatewaySettings | None) -> tuple[str, ...]:
    return gateway.response_logs.auditors if gateway and gateway.response_logs else ()


def _chat(monitoring: MonitoringSettings | None) -> bool:
    return monitoring is not None and monitoring.size != "none" and bool(monitoring.notify.chat_webhook_secret_arn)


def _cluster_plan(partial: PartialSettings) -> ClusterPlan:
    """The cluster, even where its settings are not complete, as those of a stack without its operator's address."""
    raw = partial.raw.get("cluster")
    given = raw if isinstance(raw, Mapping) else {}
    admins = given.get("admins")
    return ClusterPlan(
        name=_cluster_name(partial.stack),
        version=partial.kubernetes_version or "",
        support_type=partial.support_type,
        admins=partial.cluster.admins
        if partial.cluster
        else tuple(one for one in admins if isinstance(one, str) and one.count(":") >= 5)
        if isinstance(admins, list)
        else (),
        volume_key=partial.cluster.volume_key if partial.cluster else None,
    )


def _cluster_name(stack: str) -> str:
    return Naming(project="", stack=stack, owner="").cluster


def project_name(*folders: Path) -> str:
    """Name of the project that one of the folders lies in."""
    for folder in folders:
        for one in (folder.resolve(), *folder.resolve().parents):
            if (one / "Pulumi.yaml").is_file():
                return _name_in(one / "Pulumi.yaml")
    raise StackFileError(f"there is no Pulumi.yaml above {folders[-1]}: name the project's folder with --project")


def _name_in(path: Path) -> str:
    try:
        return str(yaml.safe_load(path.read_text(encoding="utf-8"))["name"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        raise StackFileError(f"{path} has no project name: write name: NAME") from None
