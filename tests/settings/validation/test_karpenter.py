"""Karpenter pools beside the network and the services."""

from typing import Any

import pytest

from settings.loading.parse import read
from settings.validation.partial import PartialSettings
from tests.settings.bad_settings import PLATFORM
from tests.settings.models.pools.karpenter_pools import CPU, GPU

SMALL = {**PLATFORM["services"]["small"], "pool": "k"}
OLLAMA = {"kind": "ollama", "model": "llama3.1:8b", "pool": "k"}


def stack(pool: dict[str, Any], **more: Any) -> PartialSettings:
    """A platform stack with the pool k beside its system pool."""
    pools = {"system": PLATFORM["pools"]["system"], "k": pool}
    return read({**PLATFORM, "services": {}, **more, "pools": pools}, stack="dev")


def issues_of(pool: dict[str, Any], **more: Any) -> list[str]:
    """Its issues."""
    return [str(issue).removeprefix("llm-platform:") for issue in stack(pool, **more).issues]


ALONE = {**GPU, "instance_types": ["g5.12xlarge"], "zones": ["a"]}


@pytest.mark.parametrize(
    "way_out",
    [
        {"instance_types": ["g5.12xlarge", "g5.24xlarge"]},
        {"capacity_types": ["spot", "on_demand"]},
        {"zones": ["a", "b"]},
        {"zones": []},
    ],
)
def test_one_type_one_capacity_type_one_zone_have_no_way_out(way_out: dict[str, Any]) -> None:
    (line,) = issues_of(ALONE)
    assert line.startswith("pools.k.instance_types: are g5.12xlarge alone, on_demand in zone a: where EC2 has none")
    assert issues_of({**ALONE, **way_out}) == []


@pytest.mark.parametrize(
    ("pool", "services", "line"),
    [
        (
            {"limits": {"gpus": 2}},
            {"small": {**SMALL, "replicas": 3}},
            "pools.k.limits.gpus: is 2, but services request small 3 x 1 = 3 GPUs: set 3 at least, or request less",
        ),
        (
            {"limits": {"gpus": 4}, "team_gpus": 4},
            {"small": SMALL},
            (
                "pools.k.limits.gpus: is 4, but services request small 1 x 1 + team_gpus 4 = 5 GPUs: set 5 at least, or "
                "request less"
            ),
        ),
        (
            {"instance_types": ["g5.12xlarge", "g5.24xlarge"]},
            {"small": {**SMALL, "replicas": 5}},
            (
                "pools.k.limits.gpus: is 4, but services request small 5 x 1 = 5 and their nodes (2 x g5.12xlarge) have 8 GPUs: "
                "set 8 at least, or request less"
            ),
        ),
        (
            {"instance_types": ["g5.12xlarge", "g5.24xlarge"], "limits": {"gpus": 3}},
            {},
            (
                "pools.k.limits.gpus: is 3, but a node of g5.12xlarge, its smallest type, has 4 GPUs: set 4 at least, or take a "
                "smaller type"
            ),
        ),
    ],
)
def test_limits_below_what_is_requested_are_refused_with_the_sum(
    pool: dict[str, Any], services: dict[str, Any], line: str
) -> None:
    assert issues_of({**GPU, **pool}, services=services) == [line]


def test_a_cpu_pool_s_limit_holds_its_replicas() -> None:
    pool = {**CPU, "instance_types": ["c6i.2xlarge", "c6i.4xlarge"], "limits": {"vcpus": 8}}
    assert issues_of(pool, services={"o": OLLAMA}) == [
        (
            "pools.k.limits.vcpus: is 8, but the replicas of its services need 2 x c6i.2xlarge = 16 vCPUs: set 16 at least, or "
            "request less"
        )
    ]
    assert issues_of({**pool, "limits": {"vcpus": 16}}, services={"o": OLLAMA}) == []


def test_a_replica_that_no_type_holds_is_refused_at_the_service() -> None:
    (line,) = [one for one in issues_of(GPU, services={"small": {**SMALL, "tensor_parallel": 8}}) if "at most" in one]
    assert line.startswith("services.small.tensor_parallel: is 8, a node of pool k has at most 4")
    (line,) = issues_of({**CPU, "instance_types": ["c6i.xlarge", "c6a.xlarge"]}, services={"o": OLLAMA})
    assert line.startswith(
        "services.o.pool: a replica requests 6 vCPUs and 12 GiB, and Karpenter gives pods of k 3.15 and 5.69"
    )


def test_a_replica_runs_where_one_type_of_many_holds_it() -> None:
    assert issues_of({**CPU, "instance_types": ["c6i.xlarge", "c6i.2xlarge"]}, services={"o": OLLAMA}) == []
    assert issues_of(GPU, services={"small": {**SMALL, "tensor_parallel": 4}}) == []


def test_a_gpu_that_the_image_has_no_kernels_for_is_refused_at_the_image() -> None:
    pool = {**GPU, "instance_types": ["p3.2xlarge", "p3.8xlarge"]}
    lines = issues_of(pool, services={"small": {**SMALL, "dtype": "float16"}})
    assert any(line.startswith("services.small.image: has no kernels for the V100") for line in lines), lines


def test_the_budget_counts_the_limit_and_one_largest_node() -> None:
    found = stack(GPU, budget={"usd_per_month": 6000})
    (line,) = [str(issue) for issue in found.issues]
    assert found.cost
    nodes = {item.key: item.amounts for item in found.cost.items}["pools.k.nodes"]
    assert nodes
    # Four GPUs of g5.12xlarge, the most expensive for each GPU, and another g5.12xlarge.
    assert nodes.maximum == pytest.approx(2 * 5.672)
    assert (nodes.minimum, nodes.deployed) == (0, 0)
    assert "Nodes of pool k 8,281" in line
    assert "lower max or limits of the pools" in line


def test_a_version_without_a_known_ami_release_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("settings.validation.stack.DEFAULT_RELEASES", {})
    (line,) = issues_of(GPU)
    assert line.startswith("cluster.node_release: is missing: no AMI release of Kubernetes 1.35 is known here")
    stated = {**PLATFORM["cluster"], "node_release": "1.35.6-20260714"}
    assert issues_of(GPU, cluster=stated) == []


def test_an_additional_pool_of_karpenter_needs_no_node_yet() -> None:
    pools = {
        "system": PLATFORM["pools"]["system"],
        "base": {"kind": "cpu", "instance_types": ["c6i.2xlarge"], "min": 1, "max": 3},
        "k": {**CPU, "instance_types": ["c6i.2xlarge", "c6a.2xlarge"]},
    }
    service = {**OLLAMA, "pool": "base", "additional_pools": ["k"]}
    assert read({**PLATFORM, "services": {"o": service}, "pools": pools}, stack="dev").issues == []
