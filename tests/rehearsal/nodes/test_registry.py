"""The registry alone, over an API server that is a dictionary and can be made to wait."""

import asyncio
from dataclasses import replace
from pathlib import Path

from rehearsal.controlplane.errors import NotFoundError
from rehearsal.nodes.addresses import SubnetPool
from rehearsal.nodes.api import Object
from rehearsal.nodes.aws import NodeGroup, Subnet
from rehearsal.nodes.departure import Departure
from rehearsal.nodes.machines import Machine
from rehearsal.nodes.node_groups import NodeGroups, machine
from rehearsal.nodes.registration import Registration
from rehearsal.nodes.registry import Registry
from rehearsal.nodes.sources import Wanted

_SUBNET = Subnet(id="subnet-1", cidr="10.0.2.0/24", zone="us-east-1a")
_NODES = "/api/v1/nodes"


def _group(desired: int, *, degraded: bool = False) -> NodeGroup:
    return NodeGroup(
        arn="arn:aws:eks:us-east-1:123456789012:nodegroup/llm/g5/1",
        cluster="llm",
        name="g5",
        region="us-east-1",
        version="1.35",
        desired=desired,
        instance_type="g5.2xlarge",
        capacity_type="SPOT",
        subnets=(_SUBNET,),
        disk_gib=100,
        degraded=degraded,
    )


class _Cloud:
    desired = 1
    degraded = False
    reads = 0

    async def node_groups(self) -> list[NodeGroup]:
        self.reads += 1
        return [_group(self.desired, degraded=self.degraded)]


class _Api:
    """Nodes and leases by path; the renewal of a lease waits while ``slow`` is not set."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.renewing = asyncio.Event()
        self.slow = asyncio.Event()
        self.slow.set()

    async def create(self, path: str, obj: Object) -> Object:
        self.objects[f"{path}/{obj['metadata']['name']}"] = obj
        return obj

    async def patch(self, path: str, patch: Object, _kind: str = "") -> Object:
        if "leases" in path:
            self.renewing.set()
            await self.slow.wait()
        found = self.objects.get(path.removesuffix("/status"))
        if found is None:
            raise NotFoundError(404, "NotFound", f"{path} not found")
        return found | patch

    async def delete(self, path: str, _options: Object | None = None) -> Object:
        if path not in self.objects:
            raise NotFoundError(404, "NotFound", f"{path} not found")
        return self.objects.pop(path)


class _Nodes:
    """The store of Nodes, always up to date."""

    def __init__(self, api: _Api) -> None:
        self._api = api
        self.synced = asyncio.Event()
        self.synced.set()

    def get(self, _namespace: str, name: str) -> Object | None:
        return self._api.objects.get(f"{_NODES}/{name}")


def _registry(api: _Api, sources: list, folder: Path) -> Registry:
    return Registry(
        sources=sources,
        registration=Registration(api, _Nodes(api), ("127.0.0.1", 1)),
        departure=Departure(api, [], folder),
        subnets=SubnetPool(),
        file=folder / "m.json",
    )


async def _until(check) -> None:
    async with asyncio.timeout(60):
        while not check():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _leave_during_a_heartbeat(folder: Path) -> list[str]:
    api, cloud = _Api(), _Cloud()
    registry = _registry(api, [NodeGroups(cloud)], folder)
    following = asyncio.create_task(registry.follow())
    await _until(lambda: any(path.startswith(_NODES) for path in api.objects))
    api.renewing.clear()
    api.slow.clear()
    heartbeat = asyncio.create_task(registry.heartbeat())
    await api.renewing.wait()
    cloud.desired = 0
    await _until(lambda: registry._leaving)
    api.slow.set()
    await _until(lambda: not registry.machines)
    await asyncio.sleep(0.1)
    for task in (following, heartbeat):
        task.cancel()
    await asyncio.gather(following, heartbeat, return_exceptions=True)
    return [path for path in api.objects if path.startswith(_NODES)]


def test_a_heartbeat_brings_no_node_back_that_just_left(tmp_path: Path) -> None:
    assert asyncio.run(_leave_during_a_heartbeat(tmp_path)) == []


async def _grow_without_capacity(folder: Path) -> list[int]:
    """Machines at first, while the group is degraded, when it is not any more."""
    api, cloud = _Api(), _Cloud()
    registry = _registry(api, [NodeGroups(cloud)], folder)
    following = asyncio.create_task(registry.follow())
    await _until(lambda: registry.machines)
    counts = [len(registry.machines)]
    cloud.desired, cloud.degraded = 3, True
    before = cloud.reads
    await _until(lambda: cloud.reads == before + 3)
    counts.append(len(registry.machines))
    cloud.degraded = False
    await _until(lambda: len(registry.machines) == 3)
    counts.append(len(registry.machines))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return counts


def test_a_degraded_group_keeps_the_nodes_it_has(tmp_path: Path) -> None:
    assert asyncio.run(_grow_without_capacity(tmp_path)) == [1, 1, 3]


class _Instances:
    """One launched instance, while it runs."""

    runs = True

    async def wanted(self, _present) -> list[Wanted]:
        def build(address: str) -> Machine:
            group = machine(_group(1), 0, address)
            return replace(group, key="i-1", group="", pool="g5", instance="i-1")

        return [Wanted(key="i-1", cidr=_SUBNET.cidr, address="10.0.2.254", build=build)] if self.runs else []


async def _terminate(folder: Path, *, fail: bool) -> tuple[list[str], list[str]]:
    """What was stopped, and which Nodes are left, after an instance failed or was terminated."""
    api, source, stopped = _Api(), _Instances(), []
    registry = _registry(api, [source], folder)

    async def lose(name: str) -> None:
        stopped.append(name)

    registry.on_loss(lose)
    following = asyncio.create_task(registry.follow())
    await _until(lambda: registry.machines)
    if fail:
        assert await registry.fail("ip-10-0-2-254.ec2.internal")
        assert not registry.works("ip-10-0-2-254.ec2.internal")
        assert not await registry.fail("another")
        restarted = _registry(api, [source], folder)
        assert not restarted.works("ip-10-0-2-254.ec2.internal")
    else:
        source.runs = False
        await _until(lambda: not registry.machines)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return stopped, [path for path in api.objects if path.startswith(_NODES)]


def test_a_terminated_instance_stops_at_once_and_its_node_goes(tmp_path: Path) -> None:
    assert asyncio.run(_terminate(tmp_path, fail=False)) == (["ip-10-0-2-254.ec2.internal"], [])


def test_a_failed_node_stops_for_good_and_its_node_stays(tmp_path: Path) -> None:
    stopped, nodes = asyncio.run(_terminate(tmp_path, fail=True))
    assert stopped == ["ip-10-0-2-254.ec2.internal"]
    assert nodes == [f"{_NODES}/ip-10-0-2-254.ec2.internal"]


async def _take_back(folder: Path, capacity: str) -> tuple[list[str], list[str], list[str]]:
    """What was stopped, and the instances before and after a machine of a node group was taken back."""
    api, stopped = _Api(), []
    registry = _registry(api, [_Groups(capacity)], folder)

    async def lose(name: str) -> None:
        stopped.append(name)

    registry.on_loss(lose)
    following = asyncio.create_task(registry.follow())
    await _until(lambda: registry.machines)
    (first,) = registry.machines.values()
    assert not registry.reclaim("another", 5)
    if registry.reclaim(first.name, 5):
        assert not registry.reclaim(first.name, 5), "it goes already"
        await _until(lambda: registry.machines and first.name not in registry.machines)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return stopped, [first.instance_id], [one.instance_id for one in registry.machines.values()]


class _Groups(NodeGroups):
    def __init__(self, capacity: str) -> None:
        self._capacity = capacity

    async def wanted(self, _present) -> list[Wanted]:
        group = replace(_group(1), capacity_type=self._capacity)
        return [
            Wanted(key="g5#0", cidr=_SUBNET.cidr, build=lambda address: replace(machine(group, 0, address), key="g5#0"))
        ]


def test_a_spot_machine_of_a_group_is_taken_back_and_another_comes(tmp_path: Path) -> None:
    stopped, before, after = asyncio.run(_take_back(tmp_path, "SPOT"))
    assert stopped == ["ip-10-0-2-4.ec2.internal"]
    assert len(after) == 1
    assert before != after


def test_a_machine_on_demand_is_not_taken_back(tmp_path: Path) -> None:
    stopped, before, after = asyncio.run(_take_back(tmp_path, "ON_DEMAND"))
    assert (stopped, before) == ([], after)
