"""Machines of EKS's managed node groups."""

from collections.abc import Collection

from rehearsal.nodes.aws import Cloud, NodeGroup
from rehearsal.nodes.machines import Machine, type_facts
from rehearsal.nodes.sources import Wanted

_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


class NodeGroups:
    """A machine for each index below a node group's desired size; subnets are used in turn."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def wanted(self, present: Collection[Machine]) -> list[Wanted]:
        """Return the machines of all groups."""
        groups = await self._cloud.node_groups()
        return [_wanted(group, index) for group in groups for index in range(_size(group, present))]


def machine(group: NodeGroup, index: int, address: str) -> Machine:
    """The machine of a group's index.

    Args:
        group: Its node group.
        index: 0 for the first.
        address: Its private address.
    """
    subnet = group.subnets[index % len(group.subnets)]
    return Machine(
        key=key(group, index),
        group=group.name,
        cluster=group.cluster,
        address=address,
        region=group.region,
        zone=subnet.zone,
        cidr=subnet.cidr,
        instance_type=group.instance_type,
        capacity_type=group.capacity_type,
        disk_gib=group.disk_gib,
        version=group.version,
        labels=group.labels,
        taints=[_taint(taint) for taint in group.taints],
        tags=group.instance_tags,
        **type_facts(group.instance_type, group.described),
    )


def key(group: NodeGroup, index: int) -> str:
    """What a machine is known by."""
    return f"{group.arn}#{index}"


def _wanted(group: NodeGroup, index: int) -> Wanted:
    return Wanted(
        key=key(group, index),
        cidr=group.subnets[index % len(group.subnets)].cidr,
        build=lambda address: machine(group, index, address),
    )


def _size(group: NodeGroup, present: Collection[Machine]) -> int:
    """Nodes a group is to have: one that cannot launch more keeps those it has."""
    if not group.degraded:
        return group.desired
    return min(group.desired, sum(known.key.startswith(f"{group.arn}#") for known in present))


def _taint(taint: dict[str, str]) -> dict[str, str]:
    value = {"value": taint["value"]} if taint.get("value") else {}
    return {"key": taint["key"], "effect": _EFFECTS.get(taint["effect"], taint["effect"])} | value
