"""What the stack's own last update exported: whether the platform exists, in which zones, and which services it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from settings.derived.autoscaling.names import AUTOSCALED_OUTPUT
from settings.derived.gateway.names import TABLE_OUTPUT, URL_OUTPUT
from settings.derived.monitoring.names import QUERY_OUTPUT, VOLUME_OUTPUT
from settings.derived.platform_facts import FACTS_EXPORT, PlatformFacts

_URL, _KEY = "_url", "_api_key"
"""What follows a service's name in the outputs that every kind has, and in those of kinds with an API key."""


_CLUSTER_DOMAIN = ".svc.cluster.local"


def cluster_url(service: str, namespace: str) -> str:
    """URL of a service without a load balancer: the one that other pods of the cluster reach it by."""
    return f"http://{service}.{namespace}{_CLUSTER_DOMAIN}"


def in_cluster(url: str) -> bool:
    """Whether only pods of the cluster reach a service by this URL, its output ``url``."""
    return (urlsplit(url).hostname or "").endswith(_CLUSTER_DOMAIN)


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack as it was last updated."""

    exists: bool
    """Whether a whole update has ended; the first one exports nothing before its end."""
    zones: tuple[str, ...] = ()
    """Zone letters of its network; empty if they are unknown."""
    region: str | None = None
    """AWS region it was made in; None if it is unknown."""
    network_cidr: str | None = None
    """Address range of its VPC; None if it is unknown."""
    services: Mapping[str, bool] = field(default_factory=dict)
    """Its services by name, and whether each has an API key, by which the kinds differ."""
    balanced: frozenset[str] = frozenset()
    """Names of the services with a load balancer of their own."""
    autoscaled: Mapping[str, str] = field(default_factory=dict)
    """Services that KEDA scales (``on``) or has scaled (``off``), by name."""
    volume_key: str | None = None
    """ARN of the KMS key of its volumes; None for EBS's default key of the account."""
    keda: bool = False
    """Whether the platform has KEDA, which services of team stacks use, too."""
    prometheus_gib: int | None = None
    """GiB of Prometheus' volume; None without monitoring, and where an earlier version of the program deployed it."""


def of_outputs(outputs: Mapping[str, Any]) -> Deployed:
    """The platform in a stack's outputs; one that does not exist for a stack that was never updated."""
    of_others = {QUERY_OUTPUT, *([URL_OUTPUT] if TABLE_OUTPUT in outputs else [])}
    urls = {
        name.removesuffix(_URL): url for name, url in outputs.items() if name.endswith(_URL) and name not in of_others
    }
    services = {name: name + _KEY in outputs for name in urls}
    balanced = frozenset(name for name, url in urls.items() if not in_cluster(str(url)))
    given = outputs.get(AUTOSCALED_OUTPUT)
    autoscaled = {str(name): str(state) for name, state in given.items()} if isinstance(given, Mapping) else {}
    known = Deployed(exists=FACTS_EXPORT in outputs, services=services, balanced=balanced, autoscaled=autoscaled)
    if not known.exists:
        return known
    volume = outputs.get(VOLUME_OUTPUT)
    known = replace(known, prometheus_gib=int(volume) if isinstance(volume, int | float) else None)
    try:
        facts = PlatformFacts.of_export(outputs[FACTS_EXPORT])
    except ValidationError:  # of a version of this program that exported less
        return known
    return replace(
        known,
        zones=facts.zones,
        region=facts.region,
        network_cidr=facts.network_cidr,
        volume_key=facts.volume_key,
        keda=facts.keda is not None,
    )
