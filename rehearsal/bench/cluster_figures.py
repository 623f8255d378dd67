"""The figures of a control plane with many nodes, and their table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.units import MIB
from rehearsal.bench import report
from rehearsal.bench.control_plane import Used


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list of all objects of a kind, as JSON: median seconds of some requests, bytes of one answer."""

    seconds: float
    size: int


@dataclass(frozen=True, kw_only=True)
class Rest:
    """Processes while nothing but heartbeats happens: bytes of memory, and cores, by role."""

    memory: dict[str, int]
    cores: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One size, measured.

    Attributes:
        nodes: How many nodes, and as many pods of one GPU each.
        empty: Bytes of memory of the API server before the first node.
        registered: Seconds until all Nodes were written.
        schedulable: Seconds until pods could be bound to all of them.
        rest: With the nodes, before the pods.
        nodes_listed: All Nodes.
        pods_listed: All Pods, bound.
        bound: Seconds from the first binding to the last.
        decision: Seconds in which the scheduler chose a node for one pod: the mean.
        scheduler: What the scheduler had used when all were bound.
        full: Bytes of memory of the API server with nodes and pods.
        objects: Objects in the API server in the end.
        database: Bytes of etcd's database in the end.
    """

    nodes: int
    empty: int
    registered: float
    schedulable: float
    rest: Rest
    nodes_listed: Listing
    pods_listed: Listing
    bound: float
    decision: float
    scheduler: Used
    full: int
    objects: int
    database: int


def table(found: Sequence[Figures]) -> str:
    """A column for each size."""
    rows = [[what, *(show(one) for one in found)] for what, show in _ROWS]
    return report.table(["", *(f"{one.nodes:,} nodes" for one in found)], rows)


def _mib(size: int) -> str:
    return f"{size / MIB:,.0f} MiB"


def _listed(listing: Listing) -> str:
    return f"{1000 * listing.seconds:,.0f} ms, {listing.size / MIB:.1f} MiB"


_ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("Nodes written", lambda one: f"{one.registered:.1f} s"),
    ("all Ready, GPUs allocatable, taints of the start gone", lambda one: f"{one.schedulable:.1f} s"),
    ("API server with etcd: memory before the first node", lambda one: _mib(one.empty)),
    ("API server with etcd: memory with all nodes", lambda one: _mib(one.rest.memory["apiserver"])),
    ("API server with etcd: memory with as many pods", lambda one: _mib(one.full)),
    ("API server with etcd: cores, heartbeats only", lambda one: f"{one.rest.cores['apiserver']:.2f}"),
    ("controllers: memory with all nodes", lambda one: _mib(one.rest.memory["controllers"])),
    ("controllers: cores, heartbeats only", lambda one: f"{one.rest.cores['controllers']:.2f}"),
    ("list of all Nodes, JSON", lambda one: _listed(one.nodes_listed)),
    ("list of all Pods, JSON", lambda one: _listed(one.pods_listed)),
    ("as many pending pods of one GPU, first to last bound", lambda one: f"{one.bound:.1f} s"),
    ("scheduler: mean time to choose a node", lambda one: f"{1000 * one.decision:.1f} ms"),
    ("scheduler: CPU for all pods, its start included", lambda one: f"{one.scheduler.cpu:.1f} s"),
    ("scheduler: memory", lambda one: _mib(one.scheduler.memory)),
    ("objects in the API server", lambda one: f"{one.objects:,}"),
    ("etcd's database", lambda one: _mib(one.database)),
)
