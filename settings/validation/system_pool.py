"""The system pool has room for what runs on it, with all its nodes and with one away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.catalog.instances import InstanceType, instance_type, instance_types
from settings.derived.system_pool.placement import UnplacedError, needed_on_each, without_a_node
from settings.derived.system_pool.room import room
from settings.derived.system_pool.workloads import (
    BENCHMARK_JOB,
    MIRROR_JOB,
    SystemWorkload,
    deployments,
    mirror_jobs,
    on_each_node,
)
from settings.issues import Issue, join
from settings.models.network import NetworkSettings
from settings.models.pools import SystemPool, has_karpenter
from settings.models.stack import PlatformSettings
from settings.validation.partial import PartialSettings

_SUGGESTED = ("m5.large", "m5.xlarge", "m5.2xlarge", "m5.4xlarge", "m5.8xlarge")
_MORE_NODES = 4


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """A system pool, as its room depends on it."""

    machines: tuple[InstanceType, ...]
    nodes: int
    zones: int

    def problem(self, daemons: Sequence[SystemWorkload], workloads: Sequence[SystemWorkload]) -> str | None:
        """What does not fit; None if all does."""
        try:
            together = needed_on_each(self.nodes, self.zones, daemons, workloads)
        except UnplacedError as error:
            return f"{error.workload.name} has {error.workload.replicas} replicas, which never share a node"
        left = self.nodes - 1
        away = needed_on_each(left, self.zones, daemons, without_a_node(left, workloads))
        there = room(self.machines)
        names = " or ".join(machine.name for machine in self.machines)
        if not there.holds(together):
            return f"the cluster's own pods need {together} on each of {self.nodes} nodes, and {names} has {there} for them"
        if not there.holds(away):
            rest = "the other needs" if left == 1 else f"each of the other {left} needs"
            return (
                f"with one of {self.nodes} nodes away {rest} {away} for the cluster's own pods, and {names} has {there}"
            )
        return None


def check_system_pool(partial: PartialSettings) -> None:
    """Add an issue if the cluster's own pods do not fit."""
    if partial.network is None:
        return
    karpenter = has_karpenter(partial.pools)
    repairs = bool(partial.cluster and partial.cluster.repairs_nodes(karpenter=karpenter))
    daemons = on_each_node(node_repair=repairs, monitoring=partial.monitoring)
    jobs = [MIRROR_JOB] if mirror_jobs(partial.services) else []
    if any(service.benchmark for service in partial.services.values()):
        jobs.append(BENCHMARK_JOB)
    keda = partial.own_facts is not None and partial.own_facts.keda is not None
    workloads = (*deployments(partial.pools, partial.gateway, partial.monitoring, keda=keda), *jobs)
    for name, pool in partial.pools.items():
        if not isinstance(pool, SystemPool):
            continue
        shape = _shape(pool, partial.network)
        if problem := shape.problem(daemons, workloads):
            partial.add_issue(f"{problem}: {_fix(shape, pool, daemons, workloads)}", "pools", name, "instance_types")


def mirror_job_warnings(settings: PlatformSettings, *, keda: bool = False) -> Iterator[Issue]:
    """A warning if not all copies of weights find room at once, as at the first ``up``: those that wait may run out of time."""
    pools, count = settings.pools, mirror_jobs(settings.services)
    repairs = settings.cluster.repairs_nodes(karpenter=has_karpenter(pools))
    daemons = on_each_node(node_repair=repairs, monitoring=settings.monitoring)
    others = deployments(pools, settings.gateway, settings.monitoring, keda=keda)
    jobs = [MIRROR_JOB] * count
    for name, pool in pools.items():
        if count < 2 or not isinstance(pool, SystemPool):
            continue
        shape = _shape(pool, settings.network)
        needed = needed_on_each(shape.nodes, shape.zones, daemons, (*others, *jobs))
        if not room(shape.machines).holds(needed):
            yield Issue(
                join("pools", name, "min"),
                f"{count} services copy their weights into the bucket, and not all copies find room at once: at a first up "
                "some wait and may miss their deadline; raise min for that time, or deploy the services one after another",
            )


def _shape(pool: SystemPool, network: NetworkSettings) -> _Shape:
    return _Shape(machines=pool.machines, nodes=pool.min, zones=len(pool.zones or network.zones))


def _fix(
    shape: _Shape, pool: SystemPool, daemons: Sequence[SystemWorkload], workloads: Sequence[SystemWorkload]
) -> str:
    """The smallest other types, and the fewest more nodes, with which all fits."""

    def fits(machines: tuple[InstanceType, ...], nodes: int) -> bool:
        return _Shape(machines=machines, nodes=nodes, zones=shape.zones).problem(daemons, workloads) is None

    ways = []
    for machine in _larger(shape.machines):
        if fits((machine,), shape.nodes):
            ways.append(f"instance_types [{machine.name}] with min {shape.nodes} works")
            break
    for nodes in range(shape.nodes + 1, shape.nodes + _MORE_NODES):
        if fits(shape.machines, nodes):
            ways.append(f"min {nodes}{f' and max {nodes}' if nodes > pool.max else ''} works")
            break
    return ", or ".join(ways) or "use larger instance types, and more of them"


def _larger(machines: Sequence[InstanceType]) -> Iterator[InstanceType]:
    """Types to try: those of the same family, then m5, by size."""
    families = {machine.family for machine in machines}
    same = sorted((one for one in instance_types().values() if one.family in families), key=lambda one: one.vcpus)
    yield from same
    yield from (instance_type(name) for name in _SUGGESTED)
