from settings.derived.system_pool.workloads import (
    KARPENTER,
    LOAD_BALANCER_CONTROLLER,
    MIRROR_JOB,
    deployments,
    mirror_jobs,
    on_each_node,
)
from settings.models.gateway import GatewaySettings
from settings.models.monitoring import MonitoringSettings
from settings.models.pools import KarpenterCpuPool, SystemPool
from settings.models.services.vllm import VllmSettings

SYSTEM = SystemPool(kind="system", instance_types=("m5.xlarge",), max=4)
ELASTIC = KarpenterCpuPool.model_validate(
    {
        "kind": "cpu",
        "provisioner": "karpenter",
        "instance_types": ["c6i.xlarge", "c6i.2xlarge"],
        "limits": {"vcpus": 32},
    }
)


def test_requests_are_written_as_kubernetes_does() -> None:
    assert MIRROR_JOB.requests == {"cpu": "500m", "memory": "1Gi"}
    assert KARPENTER.requests == {"cpu": "1", "memory": "1Gi"}
    assert LOAD_BALANCER_CONTROLLER.requests == {"cpu": "100m", "memory": "128Mi"}


def test_karpenter_runs_where_a_pool_is_its_own() -> None:
    assert KARPENTER not in deployments({"system": SYSTEM})
    assert KARPENTER in deployments({"system": SYSTEM, "elastic": ELASTIC})


def test_the_gateways_pods_and_the_one_more_of_a_rollout_are_counted() -> None:
    pods = {one.name: one for one in deployments({"system": SYSTEM}, GatewaySettings(replicas=3))}
    assert (pods["gateway"].replicas, pods["gateway"].vcpus, pods["gateway"].memory_mib) == (3, 0.5, 768)
    assert (pods["gateway-rollout"].replicas, pods["gateway-rollout"].can_wait) == (1, True)
    assert "gateway" not in {one.name for one in deployments({"system": SYSTEM})}


def test_prometheus_takes_what_its_size_has_and_can_wait_for_its_zone() -> None:
    pods = {one.name: one for one in deployments({"system": SYSTEM}, monitoring=MonitoringSettings(size="standard"))}
    assert (pods["prometheus"].vcpus, pods["prometheus"].memory_mib, pods["prometheus"].can_wait) == (1, 4096, True)
    assert not pods["alertmanager"].can_wait
    assert "grafana" not in pods
    without = {one.name for one in deployments({"system": SYSTEM}, monitoring=MonitoringSettings(size="none"))}
    assert not without & {"prometheus", "alertmanager"}


def test_the_monitoring_agent_comes_with_node_repair() -> None:
    assert len(on_each_node(node_repair=True)) == len(on_each_node(node_repair=False)) + 1


def test_copies_are_counted_by_service() -> None:
    weights = {"source": "bucket", "prefix": "weights/x", "size_gib": 7.5, "mirror": True}
    plain = {"model": "Qwen/Qwen3-4B", "pool": "g5", "max_model_len": 8192}
    copied = VllmSettings.model_validate({**plain, "weights": weights})
    filled = VllmSettings.model_validate({**plain, "weights": {**weights, "mirror": False}})
    assert mirror_jobs({"a": copied, "b": filled, "c": copied}) == 2
