import pytest

from tests.monitoring.promtool import Fires, check, flat, rising

pytestmark = pytest.mark.thorough

USAGE = 'karpenter_nodepools_usage{nodepool="gpu", resource_type="nvidia.com/gpu"}'
WAITING = 'karpenter_scheduler_unschedulable_pods_count{controller="provisioner"}'
SCHEDULINGS = 'karpenter_scheduler_scheduling_duration_seconds_count{controller="provisioner"}'
KARPENTER = 'up{job="karpenter", pod="k-0"}'
SPOT = 'karpenter_interruption_received_messages_total{message_type="spot_interrupted"}'
NO_CAPACITY = 'karpenter_cloudprovider_errors_total{method="Create", error="InsufficientCapacityError"}'


def test_a_pool_at_its_limit_fires_when_pods_wait(promtool, tmp_path):
    summary = "Node pool gpu has 100% of its limit of nvidia.com/gpu, and pods wait"
    labels = {"nodepool": "gpu", "resource_type": "nvidia.com/gpu"}
    near = Fires(name="NodePoolNearLimit", severity="warning", summary=summary, labels=labels)
    waits = {WAITING: flat(2, 30), SCHEDULINGS: rising(6, 30)}
    check(promtool, tmp_path, waits, near, at=15)
    check(promtool, tmp_path, {**waits, USAGE: flat(4, 30)}, at=15)


def test_a_figure_of_waiting_pods_that_karpenter_left_does_not_fire(promtool, tmp_path):
    left = {WAITING: flat(2, 60), SCHEDULINGS: "1+6x10 61+0x50"}
    check(promtool, tmp_path, left, at=30)
    other = {SCHEDULINGS: flat(61, 60), SCHEDULINGS.replace("provisioner", "disruption"): rising(6, 60)}
    check(promtool, tmp_path, {**left, **other}, at=30)


def test_the_first_interruption_fires_for_a_quarter_of_an_hour(promtool, tmp_path):
    summary = "2 nodes were announced to end within 15 minutes: spot_interrupted"
    taken = Fires(
        name="NodesInterrupted", severity="info", summary=summary, labels={"message_type": "spot_interrupted"}
    )
    first = {SPOT: f"_x20 {flat(2, 60)}"}
    check(promtool, tmp_path, first, taken, at=22, minutes=60)
    check(promtool, tmp_path, first, at=40, minutes=60)


@pytest.mark.parametrize("up", [f"1+0x9 _x20 {flat(1, 30)}", f"1+0x9 0+0x19 {flat(1, 30)}", f"_x30 {flat(1, 30)}"])
def test_what_prometheus_did_not_read_for_a_while_is_not_new(promtool, tmp_path, up):
    values = up.replace("0+0x19", "_x20").replace("1+", "37+")
    changes = {KARPENTER: up, SPOT: values, NO_CAPACITY: values}
    for minute in (31, 45):
        check(promtool, tmp_path, changes, at=minute, minutes=60)


def test_an_interruption_after_a_restart_of_karpenter_fires(promtool, tmp_path):
    summary = "1 nodes were announced to end within 15 minutes: spot_interrupted"
    taken = Fires(
        name="NodesInterrupted", severity="info", summary=summary, labels={"message_type": "spot_interrupted"}
    )
    check(promtool, tmp_path, {SPOT: f"37+0x29 {flat(1, 30)}"}, taken, at=32, minutes=60)


def test_a_further_interruption_fires_and_a_restart_of_karpenter_does_not(promtool, tmp_path):
    summary = "1 nodes were announced to end within 15 minutes: spot_interrupted"
    taken = Fires(
        name="NodesInterrupted", severity="info", summary=summary, labels={"message_type": "spot_interrupted"}
    )
    check(promtool, tmp_path, {SPOT: f"4+0x29 {flat(5, 30)}"}, taken, at=32, minutes=60)
    check(promtool, tmp_path, {SPOT: f"4+0x29 {flat(0, 30)}"}, at=32, minutes=60)


def test_nodes_that_cannot_be_made_fire_once_it_lasts(promtool, tmp_path):
    summary = "Karpenter could not make nodes: 15 failures in 15 minutes InsufficientCapacityError"
    fails = Fires(
        name="NodeClaimsFail", severity="warning", summary=summary, labels={"error": "InsufficientCapacityError"}
    )
    check(promtool, tmp_path, {NO_CAPACITY: "_x10 1+1x60"}, fails, at=40, minutes=60)
    check(promtool, tmp_path, {NO_CAPACITY: f"_x10 {flat(1, 60)}"}, at=30, minutes=60)
