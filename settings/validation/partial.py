"""Settings half read: what is right in them, what is wrong, so that all issues are reported together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from planner.cost import BillableStack, Estimate
from planner.fit import Fit
from settings.derived.deployed import Deployed
from settings.derived.platform_facts import PlatformFacts
from settings.issues import Issue, Key, join, validate
from settings.models.account import AssumeRole
from settings.models.budget import BudgetSettings
from settings.models.cluster import ClusterSettings
from settings.models.gateway import GatewaySettings
from settings.models.monitoring import MonitoringSettings
from settings.models.network import NetworkSettings
from settings.models.pools import Pool, PoolFacts
from settings.models.services.base import ServiceSettings


@dataclass(kw_only=True)
class PartialSettings:
    """What could be read of the settings."""

    stack: str
    """Name of the Pulumi stack."""
    team: bool
    """Whether it is a team stack."""
    raw: Mapping[str, object]
    """What the configuration holds."""
    foreign: Mapping[str, object] = field(default_factory=dict)
    """What it holds for others, by full key such as ``aws:region``; None for a secret."""
    values: dict[str, Any] = field(default_factory=dict)
    """Validated top-level fields; pools and services hold their valid entries only."""
    issues: list[Issue] = field(default_factory=list)
    """Every issue so far."""
    malformed: tuple[Issue, ...] = ()
    """Issues of single settings, found before any check between settings."""
    pool_facts: Mapping[str, PoolFacts] = field(default_factory=dict)
    """Every pool a service can run on."""
    zones: tuple[str, ...] = ()
    """Zone letters of the network."""
    platform: PlatformFacts | None = None
    """On a team stack, what its platform exports."""
    own_facts: PlatformFacts | None = None
    """What the stack's services run on: the facts of its own platform or, on a team stack, of its platform stack; None if
    they are unknown."""
    fits: dict[str, Fit] = field(default_factory=dict)
    """The memory planner's result by service, where it has one."""
    balanced: frozenset[str] = frozenset()
    """Names of the services with a load balancer of their own."""
    billable: BillableStack | None = None
    """What costs money; None if region or network are unknown."""
    cost: Estimate | None = None
    """What that costs."""
    today: date | None = None
    """The day it is; None: nothing is refused for its date."""
    deployed: Deployed | None = None
    """Its own last update; None if that is not known."""

    @property
    def region(self) -> str | None:
        """The region, if it is right."""
        return self.values.get("region")

    @property
    def account(self) -> str | None:
        """The AWS account, if it is set and right; on a team stack the platform's where it has none of its own."""
        own: str | None = self.values.get("account")
        return own or (self.platform.account if self.platform else None)

    @property
    def assume_role(self) -> AssumeRole | None:
        """The role that AWS is called with, if there is one and it is right; a team stack has its platform's."""
        own: AssumeRole | None = self.values.get("assume_role")
        return own or (self.platform.assume_role if self.platform else None)

    @property
    def network(self) -> NetworkSettings | None:
        """The network, if it is right."""
        return self.values.get("network")

    @property
    def cluster(self) -> ClusterSettings | None:
        """The cluster, if it is right."""
        return self.values.get("cluster")

    @property
    def kubernetes_version(self) -> str | None:
        """The cluster's Kubernetes version, even where other settings of the cluster are wrong; None if itself is."""
        if self.cluster:
            return self.cluster.version
        info = ClusterSettings.model_fields["version"]
        version, issues = validate(
            info.annotation, self._raw_cluster.get("version", info.default), ["cluster", "version"]
        )
        return None if issues else str(version)

    @property
    def support_type(self) -> str:
        """STANDARD or EXTENDED, even where other settings of the cluster are wrong."""
        return self.cluster.support_type if self.cluster else str(self._raw_cluster.get("support_type", "STANDARD"))

    @property
    def _raw_cluster(self) -> Mapping[str, object]:
        given = self.raw.get("cluster")
        return given if isinstance(given, Mapping) else {}

    @property
    def budget(self) -> BudgetSettings | None:
        """The budget, if there is one and it is right."""
        return self.values.get("budget")

    @property
    def gateway(self) -> GatewaySettings | None:
        """The gateway of a platform stack, if there is one and it is right."""
        return self.values.get("gateway")

    @property
    def monitoring(self) -> MonitoringSettings | None:
        """The monitoring of a platform stack, if it is right."""
        return self.values.get("monitoring")

    @property
    def has_gateway(self) -> bool:
        """Whether there is a gateway in front of the stack's services: its own, even where that has issues, or its platform's."""
        return self.platform.gateway is not None if self.platform else "gateway" in self.raw

    @property
    def pools(self) -> Mapping[str, Pool]:
        """The pools that are right."""
        pools: Mapping[str, Pool] = self.values.get("pools", {})
        return pools

    @property
    def services(self) -> Mapping[str, ServiceSettings]:
        """The services that are right."""
        services: Mapping[str, ServiceSettings] = self.values.get("services", {})
        return services

    def names(self, key: str) -> frozenset[str]:
        """Names in a map of the file, of right entries and wrong ones."""
        entries = self.raw.get(key)
        return frozenset(map(str, entries)) if isinstance(entries, Mapping) else frozenset()

    def use_platform(self, platform: PlatformFacts) -> None:
        """Take what a team stack's services run on from its platform; account and role are its own where it sets them."""
        self.pool_facts, self.zones, self.platform = platform.pools, platform.zones, platform
        self.own_facts = platform.model_copy(update={"account": self.account, "assume_role": self.assume_role})

    def add_issue(self, message: str, *keys: Key) -> None:
        """Add one issue at a key."""
        self.issues.append(Issue(join(*keys), message))
