"""What a platform stack exports of itself as plain data, and how a team stack reads it before any resource.

Two kinds of values cross from a platform stack to its team stacks. Those that only flow through (kubeconfig, ARNs)
stay Outputs of one StackReference, see ``platform.py``. Those that decide what a team stack may ask for, its pools,
must be plain data when the settings are checked. They come by ``readStackOutputs``, the engine's own function behind
every StackReference: a synchronous call like any lookup, answered by the engine from the referenced stack's last
state, in preview as in update, so nothing is pulled out of an Output.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Generic, TypeVar

import yaml
from pydantic import Field

from settings.artifacts.sources import ImageSources
from settings.derived.address_plan import layout
from settings.derived.autoscaling.facts import KedaFacts
from settings.derived.bucket_prefixes import shared_prefixes
from settings.derived.capacity import for_team
from settings.derived.gateway.facts import GatewayFacts, gateway_facts
from settings.derived.monitoring.facts import MonitoringFacts, monitoring_facts
from settings.derived.priorities import PriorityFacts, priority_facts
from settings.derived.pull_through import image_caches
from settings.models.account import AssumeRole
from settings.models.base import Scheme, SettingsModel
from settings.models.bucket import BucketSettings
from settings.models.cluster import ClusterSettings
from settings.models.mirrors import ImageSettings
from settings.models.pools import PoolFacts

FACTS_EXPORT = "platform"
_ONE_LINE = float("inf")
OutputT = TypeVar("OutputT")


class PlatformNotReadyError(Exception):
    """The platform's stack cannot be read, or exports too little; the message has the fix."""


@dataclass(frozen=True, kw_only=True)
class PlatformOutputs(Generic[OutputT]):
    """What else a team stack reads of its platform, as outputs of a StackReference."""

    cluster_name: OutputT
    """Name of the EKS cluster."""
    kubeconfig: OutputT
    """Kubeconfig as JSON text; secret."""
    oidc_provider_arn: OutputT
    """ARN of the IAM OIDC provider for service accounts."""
    oidc_issuer: OutputT
    """The cluster's OIDC issuer."""
    bucket_name: OutputT
    """Bucket of model weights."""
    bucket_arn: OutputT
    """ARN of that bucket."""
    key_arn: OutputT
    """ARN of the KMS key it is encrypted with."""
    monitoring_scrape_token: OutputT | None = None
    """What its Prometheus sends to engines; secret, and None for a platform without monitoring."""


TEAM_OUTPUTS = tuple(output.name for output in fields(PlatformOutputs))
"""Names of these outputs."""
ALWAYS = tuple(output.name for output in fields(PlatformOutputs) if output.default is MISSING)
"""Names of those that every platform has."""


class PlatformFacts(SettingsModel):
    """What a platform stack exports of itself; plain data."""

    region: str
    """AWS region."""
    account: str | None = None
    """AWS account; None where the platform's settings do not name it."""
    assume_role: AssumeRole | None = None
    """Role that AWS and the cluster are called with; None for the credentials as they are."""
    zones: tuple[str, ...]
    """Zone letters of its network."""
    namespace: str
    """Kubernetes namespace of its own services."""
    load_balancer_cidrs: dict[Scheme, tuple[str, ...]]
    """Scheme of a load balancer to the networks it has addresses in."""
    pools: dict[str, PoolFacts]
    """Its pools by name."""
    shared_prefixes: tuple[str, ...] = ()
    """Prefixes of its bucket that its teams may read; none where an earlier version of the program deployed it."""
    team_options: tuple[str, ...] = ()
    """Options of `vllm serve` that it allows its teams; none where an earlier version of the program deployed it."""
    network_cidr: str | None = None
    """Address range of its VPC; none where the platform was deployed before it exported it."""
    image_mirror: str | None = None
    """Registry and path that images are pulled from; None for each image's own registry."""
    image_caches: dict[str, str] = Field(default_factory=dict)
    """Registry, such as docker.io, to registry and prefix of its pull-through cache; none without `images.pull_through`."""
    gateway: GatewayFacts | None = None
    """Its gateway; None for a platform without one."""
    monitoring: MonitoringFacts | None = None
    """Its monitoring; None for a platform without it."""
    keda: KedaFacts | None = None
    """Its KEDA, which scales services; None for a platform without it."""
    priorities: PriorityFacts | None = None
    """Its PriorityClasses of services; None for a platform without them."""
    volume_key: str | None = None
    """ARN of the KMS key of its volumes; None for EBS's default key of the account."""

    @property
    def system_labels(self) -> dict[str, str]:
        """Labels of the nodes for the cluster's own workloads."""
        return next((pool.labels for pool in self.pools.values() if pool.kind == "system"), {})

    def scrapers(self, namespace: str) -> list[str]:
        """Namespaces whose pods may read metrics: the one that settings name, and that of the platform's monitoring."""
        return list(dict.fromkeys([namespace, *([self.monitoring.namespace] if self.monitoring else [])]))

    @property
    def _left_out(self) -> set[str]:
        """Facts that only platforms which have them export: the text of others stays as it was."""
        return {name for name in ("keda", "image_caches", "priorities", "volume_key") if not getattr(self, name)}

    @property
    def image_sources(self) -> ImageSources:
        """From where images are pulled."""
        return ImageSources(mirror=self.image_mirror, caches=self.image_caches)

    @property
    def for_teams(self) -> "PlatformFacts":
        """The same as team stacks see it: no spare GPUs of the platform's own."""
        return self.model_copy(update={"pools": {name: for_team(pool) for name, pool in self.pools.items()}})

    def as_text(self) -> str:
        """The facts as one line of YAML, as the stack exports them.

        Not JSON on purpose: Pulumi's display unfolds an output that is an object, or text that is JSON or YAML of
        several lines, over dozens of lines at the end of every ``up`` (pkg/backend/display/object_diff.go, decodeValue).
        """
        text: str = yaml.safe_dump(
            self.model_dump(mode="json", exclude=self._left_out),
            default_flow_style=True,
            sort_keys=False,
            width=_ONE_LINE,
        )
        return text.strip()

    @classmethod
    def of_export(cls, exported: object) -> "PlatformFacts":
        """The facts as a stack exports them: the text of ``as_text``, or the object that earlier versions exported.

        Raises:
            ValidationError: they are those of a version that said too little, or something else.
        """
        if isinstance(exported, str):
            with contextlib.suppress(yaml.YAMLError):  # then the text itself is refused, as no object
                exported = yaml.safe_load(exported)
        return cls.model_validate(exported)


def platform_facts(
    values: Mapping[str, Any], pools: Mapping[str, PoolFacts], stack: str, *, keda: bool = False
) -> PlatformFacts | None:
    """What a platform stack exports of itself; None without a region and a network.

    Args:
        values: its validated top-level settings by key; those that are missing count as not set.
        pools: facts of its pools.
        stack: its name.
        keda: whether it has KEDA.
    """
    region, network = values.get("region"), values.get("network")
    if region is None or network is None:
        return None
    cluster: ClusterSettings | None = values.get("cluster")
    addresses, images = layout(network), values.get("images", ImageSettings())
    return PlatformFacts(
        region=region,
        account=values.get("account"),
        assume_role=values.get("assume_role"),
        zones=network.zones,
        namespace=values.get("namespace", ""),
        load_balancer_cidrs={
            "internal": tuple(addresses.control.values()),
            "internet-facing": tuple(addresses.public.values()),
        },
        pools=dict(pools),
        shared_prefixes=shared_prefixes(values.get("bucket", BucketSettings()), values.get("services", {})),
        team_options=values.get("team_options", ()),
        network_cidr=network.cidr,
        image_mirror=images.mirror,
        image_caches=dict(image_caches(images.pull_through, stack, account=values.get("account"), region=region)),
        gateway=gateway_facts(values.get("gateway"), stack),
        monitoring=monitoring_facts(values.get("monitoring")),
        keda=KedaFacts() if keda else None,
        priorities=priority_facts(values.get("priorities")),
        volume_key=cluster.volume_key if cluster else None,
    )
