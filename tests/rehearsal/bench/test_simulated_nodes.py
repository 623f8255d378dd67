from copy import deepcopy

import pytest

from rehearsal.bench.simulated_nodes import INSTANCE_TYPE, machines, schedulable

KUBELET = ("127.0.0.1", 10250)


def test_a_thousand_machines_are_a_thousand_nodes() -> None:
    known = machines(1000)
    assert len({machine.name for machine in known}) == len({machine.instance_id for machine in known}) == 1000
    assert {machine.instance_type for machine in known} == {INSTANCE_TYPE}
    assert {machine.gpus for machine in known} == {1}
    zones = [machine.zone for machine in known]
    assert max(zones.count(zone) for zone in set(zones)) - min(zones.count(zone) for zone in set(zones)) <= 1


def test_every_address_is_one() -> None:
    numbers = [[int(part) for part in machine.address.split(".")] for machine in machines(64_000)]
    assert all(0 < number < 255 for address in numbers for number in address[3:])
    assert max(address[2] for address in numbers) <= 255


@pytest.mark.parametrize("count", [0, 64_001])
def test_more_than_there_are_addresses_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} nodes"):
        machines(count)


def test_a_node_is_schedulable_once_all_of_its_start_is_over() -> None:
    known = machines(1)[0]
    node = known.node() | {"status": known.status(gpus=1, kubelet=KUBELET)}
    assert schedulable(node)

    without_gpus = known.node() | {"status": known.status(gpus=0, kubelet=KUBELET)}
    assert not schedulable(without_gpus)

    tainted = deepcopy(node)
    tainted["spec"]["taints"].append({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"})
    assert not schedulable(tainted)

    not_ready = deepcopy(node)
    next(one for one in not_ready["status"]["conditions"] if one["type"] == "Ready")["status"] = "Unknown"
    assert not schedulable(not_ready)
