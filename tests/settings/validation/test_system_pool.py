"""The system pool's room in the settings, with the size that a refusal names."""

import copy
import re
from typing import Any

import pytest

from settings.issues import SettingsError
from settings.loading.parse import Parsed, parse
from tests.settings.bad_settings import PLATFORM

ELASTIC = {
    "kind": "cpu",
    "provisioner": "karpenter",
    "instance_types": ["c6i.xlarge", "c6i.2xlarge"],
    "capacity_types": ["spot", "on_demand"],
    "limits": {"vcpus": 32},
}
PATH = "pools.system.instance_types"


def settings(types: list[str], nodes: int = 2, *, karpenter: bool = True, **changes: Any) -> dict[str, Any]:
    """Settings whose system pool has these types."""
    result = copy.deepcopy(PLATFORM) | changes
    result["pools"]["system"] |= {"instance_types": types, "min": nodes, "max": max(nodes, 4)}
    if karpenter:
        result["pools"]["elastic"] = ELASTIC
    return result


def issues(raw: dict[str, Any]) -> list[str]:
    """Messages about the system pool."""
    try:
        parse(raw, stack="dev")
    except SettingsError as error:
        return [one.message for one in error.issues if one.path == PATH]
    return []


@pytest.mark.parametrize("types", [["t3.medium"], ["m5.large"], ["c5.large"], ["m5.xlarge", "m5.large"]])
def test_two_small_nodes_are_refused_with_karpenter(types: list[str]) -> None:
    (message,) = issues(settings(types))
    assert message.startswith("the cluster's own pods need 2.09 vCPUs, 2.9 GiB and 12 pods on each of 2 nodes")
    assert re.search(r"instance_types \[\w+\.xlarge\] with min 2 works, or min 4 works$", message)


def test_the_cloudwatch_add_on_takes_room_on_each_node() -> None:
    off = {"cloudwatch": {"container_insights": False}}
    (counted,), (without,) = issues(settings(["m5.large"], 3)), issues(settings(["m5.large"], monitoring=off))
    assert counted.startswith("with one of 3 nodes away each of the other 2 needs 1.94 vCPUs, 2.1 GiB and 11 pods")
    assert without.startswith("with one of 2 nodes away the other needs 1.95 vCPUs, 2.5 GiB and 13 pods")
    assert issues(settings(["m5.large"], 3, monitoring=off)) == []


@pytest.mark.parametrize("types", [["t3.medium"], ["m5.large"], ["c5.large"]])
def test_what_a_refusal_names_is_accepted(types: list[str]) -> None:
    (message,) = issues(settings(types))
    other = re.search(r"instance_types \[([\w.]+)\] with min (\d+)", message)
    more = re.search(r"or min (\d+)", message)
    assert other
    assert more
    assert issues(settings([other[1]], int(other[2]))) == []
    assert issues(settings(types, int(more[1]))) == []


def test_the_monitoring_agent_counts_with_node_repair_of_karpenter_too() -> None:
    cluster = {**PLATFORM["cluster"], "karpenter": {"node_repair": True}}
    (without,), (counted,) = issues(settings(["m5.large"])), issues(settings(["m5.large"], cluster=cluster))
    assert ("and 12 pods on" in without, "and 13 pods on" in counted) == (True, True)


def test_max_is_named_where_more_nodes_need_it() -> None:
    raw = settings(["m5.large"])
    raw["pools"]["system"]["max"] = 2
    assert issues(raw)[0].endswith("or min 4 and max 4 works")


@pytest.mark.parametrize("types", [["t3.medium"], ["m5.large"], ["m5.xlarge"]])
def test_small_nodes_are_enough_without_karpenter(types: list[str]) -> None:
    assert issues(settings(types, karpenter=False)) == []


def test_the_usual_pool_is_enough_with_karpenter() -> None:
    assert issues(settings(["m5.xlarge"])) == []


def test_a_copy_of_weights_counts() -> None:
    # Nodes have 1.74 vCPUs each; four are enough, even with one away.
    raw = settings(["m5.large"], 4)
    assert issues(raw) == []
    raw["services"]["small"]["weights"] = {"source": "bucket", "prefix": "weights/x", "mirror": True, "size_gib": 7.5}
    assert issues(raw) == []
    raw = settings(["t3.medium"])
    raw["services"]["small"]["weights"] = {"source": "bucket", "prefix": "weights/x", "mirror": True, "size_gib": 7.5}
    assert "the cluster's own pods need 2.34 vCPUs" in issues(raw)[0]


def test_a_benchmark_counts() -> None:
    raw = settings(["t3.medium"])
    before = issues(raw)
    raw["services"]["small"]["benchmark"] = True
    assert issues(raw) != before
    assert "the cluster's own pods need 2.34 vCPUs" in issues(raw)[0]


def test_an_issue_of_the_network_hides_the_check_only() -> None:
    raw = settings(["t3.medium"])
    raw["network"] = {"zones": ["a"]}
    with pytest.raises(SettingsError) as caught:
        parse(raw, stack="dev")
    assert "network.zones" in str(caught.value)
    assert PATH not in str(caught.value)


def warnings(copies: int) -> list[str]:
    """Warnings of a platform with that many services that copy their weights."""
    raw = settings(["m5.xlarge"], karpenter=False)
    raw["pools"]["g5"]["max"] = 40
    small = raw["services"]["small"]
    raw["services"] = {
        f"s{number}": {
            **small,
            "weights": {"source": "bucket", "prefix": f"weights/s{number}", "mirror": True, "size_gib": 7.5},
        }
        for number in range(copies)
    }
    parsed: Parsed = parse(raw, stack="dev")
    return [one.message for one in parsed.warnings if one.path == "pools.system.min"]


def test_many_copies_at_once_are_warned_of() -> None:
    assert warnings(2) == []
    (message,) = warnings(20)
    assert message.startswith("20 services copy their weights")


def test_the_gateway_takes_room_too() -> None:
    assert issues(settings(["m5.xlarge"], gateway={"replicas": 2})) == []
    assert issues(settings(["m5.large"], karpenter=False)) == []
    (message,) = issues(settings(["m5.large"], karpenter=False, gateway={"replicas": 6}))
    assert message.startswith("the cluster's own pods need")
