"""The component of an Ollama service, under mocks."""

import json
from functools import cache
from typing import Any

import pytest

from components import OllamaService, OllamaServiceArgs
from settings.derived.capacity import pool_facts
from settings.models.pools import CpuPool, KarpenterCpuPool, SystemPool
from settings.models.services.ollama import OllamaSettings
from tests.components.builders import context, document, on_kubernetes, waited_for
from tests.harness import Deployment, deploy

POOLS = {
    "system": SystemPool(kind="system", instance_types=("m5.xlarge",), min=2, max=4),
    "cpu": CpuPool(kind="cpu", instance_types=("c6a.4xlarge",), max=2),
    "cpu-spot": CpuPool(kind="cpu", instance_types=("c6i.4xlarge",), capacity="spot", min=1, max=2),
    "x86": KarpenterCpuPool(
        kind="cpu", provisioner="karpenter", instance_types=("c6a.4xlarge", "c6i.4xlarge"), limits={"vcpus": 64}
    ),
}
BUCKET = {"source": "bucket", "prefix": "weights/llama3.1-8b"}


def service(**changes: Any) -> Deployment:
    """One service, called ``llama``; the same changes give the same run."""
    return _service(json.dumps(changes, sort_keys=True))


@cache
def _service(changes: str) -> Deployment:
    usual = {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", "additional_pools": ["cpu-spot"]}
    settings = OllamaSettings.model_validate({**usual, **json.loads(changes)})

    def program() -> None:
        one = {"llama": settings}
        shared = context(pools=pool_facts(POOLS, one), services=one, ready=(waited_for(),))
        OllamaService("llama", OllamaServiceArgs(service=settings, context=shared), on_kubernetes())

    return deploy(program)


def spec(run: Deployment) -> dict[str, Any]:
    """The StatefulSet's specification."""
    return dict(run.one("StatefulSet").inputs["spec"])


def pod(run: Deployment) -> dict[str, Any]:
    """Its pod."""
    return dict(spec(run)["template"]["spec"])


def test_a_service_is_these_objects() -> None:
    run = service()
    assert run.error is None
    kinds = {one.type.rpartition(":")[2] for one in run.registrations if one.parent.endswith("OllamaService::llama")}
    assert kinds == {
        "Role", "ServiceAccount", "ConfigMap", "NetworkPolicy", "StorageClass", "StatefulSet", "PodDisruptionBudget",
        "Service",
    }  # fmt: skip


def test_each_replica_has_an_encrypted_volume_that_goes_with_it() -> None:
    run = service()
    made = run.one("StorageClass").inputs
    assert (made["provisioner"], made["parameters"]) == ("ebs.csi.aws.com", {"type": "gp3", "encrypted": "true"})
    assert made["volumeBindingMode"] == "WaitForFirstConsumer"
    [claim] = spec(run)["volumeClaimTemplates"]
    assert claim["spec"]["resources"] == {"requests": {"storage": "60Gi"}}
    assert spec(run)["replicas"] == 2
    assert spec(run)["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Delete", "whenScaled": "Delete"}


def test_replicas_are_on_nodes_of_their_own_in_the_pools_that_are_named() -> None:
    affinity = pod(service())["affinity"]
    [anti] = affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert anti["topologyKey"] == "kubernetes.io/hostname"
    assert anti["labelSelector"]["matchLabels"] == spec(service())["selector"]["matchLabels"]
    [term] = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "llm-platform/pool", "operator": "In", "values": ["cpu", "cpu-spot"]}]
    spread = {one["topologyKey"]: one["whenUnsatisfiable"] for one in pod(service())["topologySpreadConstraints"]}
    assert spread == dict.fromkeys(("topology.kubernetes.io/zone", "eks.amazonaws.com/capacityType"), "ScheduleAnyway")


@pytest.mark.parametrize(
    ("pools", "capacity"), [(["x86"], "karpenter.sh/capacity-type"), (["cpu", "x86"], None)], ids=["karpenter", "both"]
)
def test_replicas_are_spread_by_labels_that_every_node_has(pools: list[str], capacity: str | None) -> None:
    """The scheduler scores no node that lacks one of the labels, so a wrong one would undo the spread over zones too."""
    made = service(pool=pools[0], additional_pools=pools[1:])
    keys = [one["topologyKey"] for one in pod(made)["topologySpreadConstraints"]]
    assert keys == ["topology.kubernetes.io/zone", *([capacity] if capacity else [])]


def test_requests_limits_and_the_variables_of_ollama() -> None:
    [server] = pod(service(parallel=3, context_length=4096))["containers"]
    assert server["resources"]["requests"] == {"cpu": "6", "memory": "12Gi", "ephemeral-storage": "1Gi"}
    assert server["resources"]["limits"] == {"cpu": "8", "memory": "16Gi"}
    variables = {one["name"]: one["value"] for one in server["env"]}
    assert (variables["OLLAMA_NUM_PARALLEL"], variables["OLLAMA_CONTEXT_LENGTH"]) == ("3", "4096")
    assert (variables["OLLAMA_KEEP_ALIVE"], variables["OLLAMA_NOPRUNE"]) == ("-1", "1")
    assert variables["LLAMA_ARG_THREADS"] == "8"


def test_a_pod_is_ready_when_it_has_the_model() -> None:
    run = service()
    [server] = pod(run)["containers"]
    for probe in ("startupProbe", "readinessProbe"):
        assert server[probe]["httpGet"] == {"path": "/v1/models/llama3.1:8b", "port": "http"}


def test_another_model_changes_nothing_of_the_load_balancer() -> None:
    """Its check is updated after the pods: new pods that fail the old check would never be ready."""
    before, after = (service(model=model).one("Service").inputs for model in ("llama3.1:8b", "llama3.2:3b"))
    assert before == after
    path = "service.beta.kubernetes.io/aws-load-balancer-healthcheck-path"
    assert before["metadata"]["annotations"][path] == "/api/version"


def test_the_pod_is_closed() -> None:
    made = pod(service())
    assert made["securityContext"]["runAsNonRoot"] is True
    assert made["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in (*made["initContainers"], *made["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        assert container["resources"]["limits"]["memory"]
    mounts = {one["name"]: one for one in made["containers"][0]["volumeMounts"]}
    assert mounts["models"]["readOnly"] is True
    assert "readOnly" not in {one["name"]: one for one in made["initContainers"][0]["volumeMounts"]}["models"]


def test_only_the_load_balancer_comes_in() -> None:
    [rule] = service().one("NetworkPolicy").inputs["spec"]["ingress"]
    assert [peer["ipBlock"]["cidr"] for peer in rule["from"]] == ["10.0.0.0/26", "10.0.0.64/26"]
    assert rule["ports"] == [{"port": 11434, "protocol": "TCP"}]


def test_the_end_of_a_pod_leaves_time_for_answers() -> None:
    made = pod(service(drain_seconds=100))
    assert made["containers"][0]["lifecycle"]["preStop"] == {"sleep": {"seconds": 100}}
    assert made["terminationGracePeriodSeconds"] > 100


def test_the_command_sends_no_key() -> None:
    run = service()
    outputs = run.outputs[run.one("OllamaService").urn]
    assert "LLM_API_KEY" not in outputs["command"]
    assert "llama3.1:8b" in outputs["command"]


def test_a_model_from_the_registry_needs_nothing_in_aws() -> None:
    run = service()
    [init] = pod(run)["initContainers"]
    variables = {one["name"]: one["value"] for one in init["env"]}
    assert (variables["SOURCE"], variables["TARGET"], variables["MODEL"]) == ("registry", "/models", "llama3.1:8b")
    assert not [one for one in run.registrations if one.type.endswith(":RolePolicy")]


def test_a_model_from_the_bucket_is_read_with_a_role_of_its_own() -> None:
    run = service(weights=BUCKET)
    [init] = pod(run)["initContainers"]
    variables = {one["name"]: one["value"] for one in init["env"]}
    assert variables["SOURCE"] == "s3://models-1/weights/llama3.1-8b"
    [policy] = [one for one in run.registrations if one.type.endswith(":RolePolicy")]
    assert set(document(policy)) == {"ListPrefix", "ReadPrefix", "DecryptObjects"}
    assert not [one for one in run.registrations if one.type.endswith(":Job")]


def test_a_mirror_fills_the_prefix_first() -> None:
    run = service(weights={**BUCKET, "mirror": True})
    job = run.one("Job")
    [container] = job.inputs["spec"]["template"]["spec"]["containers"]
    variables = {one["name"]: one["value"] for one in container["env"]}
    assert (variables["SOURCE"], variables["TARGET"]) == ("registry", "s3://models-1/weights/llama3.1-8b")
    assert job.urn in run.one("StatefulSet").depends_on


def test_pods_of_a_priority_have_its_class() -> None:
    assert pod(service(priority="low"))["priorityClassName"] == "llm-platform-low"
    assert "priorityClassName" not in pod(service())
