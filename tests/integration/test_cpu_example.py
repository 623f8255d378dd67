"""The CPU example: a platform without GPUs whose one service is Ollama, with its volumes, its load and the loss of a pod."""

import time
from typing import Any

import httpx
import pytest

from cli.load_test import run_load
from rehearsal.bench.consistency import Clients
from rehearsal.bench.driver import Rehearsal
from rehearsal.controlplane.client import KubeClient
from tests.integration.conftest import Stack

NAME, MODEL = "llama", "llama3.1:8b"

pytestmark = pytest.mark.soak_only("minutes")


@pytest.fixture(scope="module")
def deployed(stack) -> Stack:
    made = stack("cpu-example")
    made.config["services"][NAME]["drain_seconds"] = 5  # nothing else of the committed example is changed
    made.run("up").check()
    made.rehearsal.guardrails = False
    return made


@pytest.fixture
def url(deployed: Stack) -> str:
    return str(deployed.outputs()[f"{NAME}_url"])


def pods(kube: KubeClient) -> dict[str, dict[str, Any]]:
    """The service's ready pods by name."""
    found = kube.list("v1", "Pod", "llm", label_selector=f"app.kubernetes.io/instance={NAME}")
    return {
        pod["metadata"]["name"]: pod
        for pod in found
        if not pod["metadata"].get("deletionTimestamp")
        and any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
    }


def test_both_apis_answer(deployed: Stack, url: str) -> None:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        chat = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
        openai = client.post("/v1/chat/completions", json=chat).raise_for_status().json()
        native = client.post("/api/chat", json=chat | {"stream": False}).raise_for_status().json()
        refused = client.request("DELETE", "/api/delete", json={"model": MODEL})
        running = client.get("/api/ps").json()["models"]
    assert "emulator of Ollama" in openai["choices"][0]["message"]["content"]
    assert native["done"] is True
    assert (refused.status_code, "read-only" in refused.text) == (500, True)
    assert running[0]["context_length"] == deployed.config["services"][NAME]["context_length"]


def test_replicas_have_nodes_zones_and_encrypted_volumes(deployed: Stack, kube, rehearsal: Rehearsal) -> None:
    clients = Clients(rehearsal.sandbox)
    tagged = [{"Name": "tag:ebs.csi.aws.com/cluster", "Values": ["true"]}]
    volumes = clients["ec2"].describe_volumes(Filters=tagged)["Volumes"]
    clients.close()
    found = pods(kube)
    assert sorted(found) == [f"{NAME}-0", f"{NAME}-1"]
    assert len({pod["spec"]["nodeName"] for pod in found.values()}) == 2
    assert [(volume["Size"], volume["VolumeType"], volume["Encrypted"]) for volume in volumes] == [
        (60, "gp3", True)
    ] * 2
    assert len({volume["AvailabilityZone"] for volume in volumes}) == 2


def test_a_hundred_requests_ten_at_a_time_all_succeed(url: str) -> None:
    result = run_load(url, MODEL, requests=100, concurrency=10, timeout=300, max_tokens=32)
    assert (result.succeeded, result.errors) == (100, {})


def test_the_other_replica_serves_while_one_is_lost(url: str, kube) -> None:
    before = pods(kube)[f"{NAME}-0"]["metadata"]["uid"]
    kube.delete("v1", "Pod", f"{NAME}-0", "llm", grace_period_seconds=1)
    result = run_load(url, MODEL, requests=30, concurrency=3, timeout=60, max_tokens=16)
    # What the lost pod was answering may be cut; the other replica and its successor answer the rest.
    assert result.succeeded >= 27, result.errors
    end = time.monotonic() + 120
    while pods(kube).get(f"{NAME}-0", {}).get("metadata", {}).get("uid") in {None, before}:
        assert time.monotonic() < end, "llama-0 did not come back"
        time.sleep(0.2)
    assert "already" in kube.logs(f"{NAME}-0", "llm", container="model")


def test_nothing_is_left_to_change(deployed: Stack) -> None:
    assert deployed.run("preview").check().changes == {}


def test_a_model_from_the_bucket_is_mirrored_first(deployed: Stack, url: str, rehearsal: Rehearsal) -> None:
    prefix = "weights/llama3.1-8b"
    deployed.config["services"][NAME]["weights"] = {"source": "bucket", "prefix": prefix, "mirror": True}
    deployed.run("up").check()
    clients = Clients(rehearsal.sandbox)
    bucket = str(deployed.outputs()["bucket_name"])
    keys = [item["Key"] for item in clients["s3"].list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
    clients.close()
    assert f"{prefix}/manifests/registry.ollama.ai/library/llama3.1/8b" in keys
    assert run_load(url, MODEL, requests=4, concurrency=2, timeout=60).succeeded == 4
