"""Volumes of StatefulSets: provisioned in the node's zone, kept when a pod is replaced, deleted with their claims."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.payloads import ollama_model
from rehearsal.aws.records import Records
from rehearsal.nodes.block_storage import BlockStorage, gib
from tests.rehearsal.nodes.cluster import Cluster
from tests.rehearsal.nodes.manifests import TOLERATION, Object
from tests.waiting import until

LABELS = {"app": "ollama"}
MODEL = "llama3.1:8b"


def stateful_set() -> Object:
    """Two Ollama servers on two nodes, each with a volume that an init container fills."""
    init = {
        "name": "model",
        "image": "public.ecr.aws/lambda/python:3.13",
        "command": ["python3", "/etc/model/ollama_model.py"],
        "env": [{"name": "MODEL", "value": MODEL}, {"name": "TARGET", "value": "/models"}],
        "volumeMounts": [{"name": "models", "mountPath": "/models"}, {"name": "script", "mountPath": "/etc/model"}],
    }
    server = {
        "name": "ollama",
        "image": "ollama/ollama:0.32.15",
        "args": ["serve"],
        "env": [{"name": "OLLAMA_MODELS", "value": "/models"}, {"name": "HOME", "value": "/home/ollama"}],
        "ports": [{"name": "http", "containerPort": 11434}],
        "readinessProbe": {"httpGet": {"path": f"/v1/models/{MODEL}", "port": "http"}},
        "volumeMounts": [
            {"name": "models", "mountPath": "/models", "readOnly": True},
            {"name": "home", "mountPath": "/home/ollama"},
        ],
    }
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": LABELS}}
    pod = {
        "tolerations": [TOLERATION],
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}},
        "terminationGracePeriodSeconds": 1,
        "initContainers": [init],
        "containers": [server],
        "volumes": [{"name": "home", "emptyDir": {}}, {"name": "script", "configMap": {"name": "script"}}],
    }
    claim = {
        "metadata": {"name": "models"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "gp3-encrypted",
            "resources": {"requests": {"storage": "60Gi"}},
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "ollama", "namespace": "llm"},
        "spec": {
            "replicas": 2,
            "serviceName": "ollama",
            "podManagementPolicy": "Parallel",
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"},
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
            "volumeClaimTemplates": [claim],
        },
    }


@pytest.fixture
def with_driver(clean: Cluster) -> Iterator[Cluster]:
    """A cluster with the driver's add-on, a class of encrypted volumes and the script of the init container."""
    records = Records(clean.sandbox.aws / "recorded.sqlite")
    values = json.dumps({"controller": {"extraVolumeTags": {"stack": "dev"}}})
    addon = {"addonName": "aws-ebs-csi-driver", "configurationValues": values}
    records.put("aws:eks/addon:Addon", "llm:aws-ebs-csi-driver", "urn", addon, {})
    objects: list[Object] = [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "gp3-encrypted"},
            "provisioner": "ebs.csi.aws.com",
            "parameters": {"type": "gp3", "encrypted": "true", "tagSpecification_1": "owner=ml"},
            "volumeBindingMode": "WaitForFirstConsumer",
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "script", "namespace": "llm"},
            "data": {"ollama_model.py": Path(ollama_model.__file__).read_text()},
        },
    ]
    for obj in objects:
        clean.kube.create(obj)
    yield clean
    for obj in objects:
        meta = obj["metadata"]
        clean.kube.delete(obj["apiVersion"], obj["kind"], meta["name"], meta.get("namespace"))


def disks(cluster: Cluster) -> list[dict[str, Any]]:
    """The volumes that the driver made."""
    tagged = [{"Name": "tag:ebs.csi.aws.com/cluster", "Values": ["true"]}]
    found: list[dict[str, Any]] = cluster.client("ec2").describe_volumes(Filters=tagged)["Volumes"]
    return found


@pytest.mark.integration
def test_a_stateful_set_has_volumes(with_driver: Cluster) -> None:
    cluster = with_driver
    cluster.kube.create(stateful_set())
    until(lambda: len(cluster.ready("ollama")) == 2, "two pods ready")
    pods = {pod["metadata"]["name"]: pod for pod in cluster.ready("ollama")}
    assert len({pod["spec"]["nodeName"] for pod in pods.values()}) == 2

    made = disks(cluster)
    assert [(disk["Size"], disk["VolumeType"], disk["Encrypted"]) for disk in made] == [(60, "gp3", True)] * 2
    tags = [{tag["Key"]: tag["Value"] for tag in disk["Tags"]} for disk in made]
    assert all((one["owner"], one["stack"]) == ("ml", "dev") for one in tags)
    [cluster_name] = {one["KubernetesCluster"] for one in tags}
    assert all(one[f"kubernetes.io/cluster/{cluster_name}"] == "owned" for one in tags)
    zones = {
        node["metadata"]["name"]: node["metadata"]["labels"]["topology.kubernetes.io/zone"]
        for node in cluster.kube.list("v1", "Node")
    }
    assert sorted(disk["AvailabilityZone"] for disk in made) == sorted(
        zones[pod["spec"]["nodeName"]] for pod in pods.values()
    )

    first = pods["ollama-0"]
    cluster.kube.delete("v1", "Pod", "ollama-0", "llm", grace_period_seconds=1)

    def replaced() -> Any:
        now = {pod["metadata"]["name"]: pod for pod in cluster.ready("ollama")}.get("ollama-0")
        return now if now and now["metadata"]["uid"] != first["metadata"]["uid"] else None

    again = until(replaced, "ollama-0 replaced")
    assert zones[again["spec"]["nodeName"]] == zones[first["spec"]["nodeName"]]
    assert "already" in cluster.kube.logs("ollama-0", "llm", container="model")
    assert len(disks(cluster)) == 2

    cluster.kube.delete("apps/v1", "StatefulSet", "ollama", "llm")
    until(lambda: not cluster.pods("ollama"), "pods gone")
    until(lambda: not disks(cluster), "volumes deleted with their claims")
    until(lambda: not cluster.kube.list("v1", "PersistentVolume"), "PersistentVolumes gone")


@pytest.mark.integration
def test_without_the_driver_a_claim_stays_pending(clean: Cluster) -> None:
    Records(clean.sandbox.aws / "recorded.sqlite").remove("aws:eks/addon:Addon", "llm:aws-ebs-csi-driver")
    kind: Object = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "immediate"},
        "provisioner": "ebs.csi.aws.com",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    claim: Object = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "alone", "namespace": "llm"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "immediate",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "alone", "namespace": "llm", "labels": {"app": "alone"}},
        "spec": {
            "containers": [{"name": "c", "image": "ollama/ollama:0.32.15", "args": ["serve"]}],
            "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "alone"}}],
        },
    }
    kube = clean.kube
    for obj in (kind, claim, pod):
        kube.create(obj)
    try:
        until(
            lambda: (
                "volume.kubernetes.io/selected-node"
                in (kube.get("v1", "PersistentVolumeClaim", "alone", "llm")["metadata"].get("annotations") or {})
            ),
            "the scheduler chose a node",
        )
        assert kube.get("v1", "PersistentVolumeClaim", "alone", "llm")["status"]["phase"] == "Pending"
        assert disks(clean) == []
    finally:
        for obj in (pod, claim, kind):
            meta = obj["metadata"]
            kube.delete(obj["apiVersion"], obj["kind"], meta["name"], meta.get("namespace"))


@pytest.mark.parametrize(
    ("quantity", "size"),
    [("60Gi", 60), ("1G", 1), ("1536Mi", 2), ("1Ti", 1024), ("1Pi", 1024**2), ("2e9", 2), (str(2**30), 1)],
)
def test_sizes(quantity: str, size: int) -> None:
    assert gib(quantity) == size


def test_a_size_that_is_none() -> None:
    with pytest.raises(ValueError, match="not a size"):
        gib("much")


def test_records_without_their_table_have_no_add_on(tmp_path: Path) -> None:
    """The AWS provider makes the file a moment before the table."""
    records = tmp_path / "recorded.sqlite"
    records.touch()
    nothing: Any = []
    storage = BlockStorage(
        api=nothing,
        cloud=nothing,
        claims=nothing,
        volumes=nothing,
        place=lambda _: None,
        nodes=tmp_path,
        records=records,
    )
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(storage.run(), 0.5))
