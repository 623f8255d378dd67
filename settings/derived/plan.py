"""Everything that follows from a stack's settings, computed once when they are parsed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from planner.cost import BillableStack, Estimate
from planner.fit import Fit
from settings.derived.address_plan import NetworkLayout
from settings.derived.autoscaling.decisions import Decision
from settings.derived.platform_facts import PlatformFacts
from settings.derived.timeouts import Timing
from settings.models.pools import PoolFacts


@dataclass(frozen=True, kw_only=True)
class StackPlan:
    """The derived facts of a stack whose settings have no issues."""

    stack: str
    """Name of the Pulumi stack."""
    facts: PlatformFacts
    """Region, account, pools and networks that its services run on: its own, or those of its platform."""
    addresses: NetworkLayout | None
    """CIDR blocks of its subnets; None for a team stack."""
    node_zones: tuple[str, ...]
    """Letters of the zones in which any of its pools has nodes; none for a team stack."""
    fits: Mapping[str, Fit]
    """The memory planner's result for each service by name, where its model and options are known."""
    timings: Mapping[str, Timing]
    """How long each service may take to start, by name."""
    balanced: frozenset[str]
    """Names of its services with a load balancer of their own."""
    billable: BillableStack
    """What of it costs money."""
    cost: Estimate
    """What it costs at list prices and its own."""
    autoscaling: Mapping[str, Decision] = field(default_factory=dict)
    """Thresholds of its autoscaled services, by name."""
    autoscaled: Mapping[str, str] = field(default_factory=dict)
    """Services that KEDA scales (``on``) or has scaled (``off``), by name."""
    handed_back: frozenset[str] = frozenset()
    """Names of the services whose autoscaling ends with this update."""
    keda_goes: bool = False
    """Whether the platform had KEDA until now, and this update removes it."""
    prometheus_gib: int | None = None
    """GiB of Prometheus' volume; None without monitoring."""

    def pool(self, name: str) -> PoolFacts:
        """The pool of that name; services of a stack without issues name no other."""
        return self.facts.pools[name]
