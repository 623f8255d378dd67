"""Pods and load balancers of the node agent, with the real control plane and moto."""

import ipaddress
import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from components.payloads import mirror_weights
from tests.rehearsal.nodes.asking import ASK, ask, deploy, long_answer
from tests.rehearsal.nodes.cluster import Cluster
from tests.rehearsal.nodes.manifests import ALLOW_LIST, deployment, mirror_job, vllm_pod
from tests.waiting import until

pytestmark = pytest.mark.integration


def test_service_answers(clean: Cluster) -> None:
    """Through the load balancer: with the key, not without, and nothing beside the allow list."""
    url = deploy(clean, "chat")
    said = ask(url)
    assert said.status_code == 200
    assert "emulator of vLLM" in said.json()["choices"][0]["message"]["content"]
    assert httpx.post(f"{url}/v1/chat/completions", json=ASK, timeout=60).status_code == 401
    assert {httpx.get(url + path, timeout=60).status_code for path in ("/metrics", "/docs", "/version")} == {404}
    pod = clean.ready("chat")[0]
    assert "emulator of vLLM" in clean.kube.logs(pod["metadata"]["name"], "llm")


def refuses(url: str) -> bool:
    """Whether no connection is accepted there."""
    try:
        ask(url)
    except httpx.TransportError:
        return True
    return False


def test_source_ranges(clean: Cluster) -> None:
    """A client outside loadBalancerSourceRanges gets no answer."""
    url = deploy(clean, "ranged")
    assert ask(url).status_code == 200
    clean.kube.patch("v1", "Service", "ranged", "llm", {"spec": {"loadBalancerSourceRanges": ["203.0.113.0/24"]}})
    until(lambda: refuses(url), "connection refused")
    assert clean.status()["load_balancers"][0]["refused_by_source_ranges"] >= 1


def test_a_client_of_this_machine_stands_inside_the_network(clean: Cluster) -> None:
    """An internal load balancer that admits the pods' network admits it; one that faces the internet does not."""
    url = deploy(clean, "inside")
    pods = f"{clean.ready('inside')[0]['status']['podIP']}/24"
    network = str(ipaddress.ip_network(pods, strict=False))
    clean.kube.patch("v1", "Service", "inside", "llm", {"spec": {"loadBalancerSourceRanges": [network]}})
    assert ask(url).status_code == 200
    facing = {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"}
    clean.kube.patch("v1", "Service", "inside", "llm", {"metadata": {"annotations": facing}})
    until(lambda: refuses(url), "connection refused")


def test_rolling_update_loses_nothing(clean: Cluster) -> None:
    """Under steady load, one pod at a time."""
    url = deploy(clean, "roll", replicas=2, pre_stop=2)
    codes: list[int | str] = []
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            try:
                codes.append(ask(url).status_code)
            except httpx.HTTPError as error:
                codes.append(repr(error))

    workers = [threading.Thread(target=load) for _ in range(3)]
    for worker in workers:
        worker.start()
    image = {"spec": {"template": {"spec": vllm_pod(tag="v0.32.1", pre_stop=2)}}}
    clean.kube.patch("apps/v1", "Deployment", "roll", "llm", image, kind_of_patch="strategic")

    def rolled() -> bool:
        ready = clean.ready("roll")
        new = [pod for pod in ready if pod["spec"]["containers"][0]["image"].endswith("v0.32.1")]
        return len(new) == 2 and len(clean.pods("roll")) == 2

    until(rolled, "both pods new")
    time.sleep(0.5)
    stop.set()
    for worker in workers:
        worker.join()
    assert len(codes) > 20
    assert set(codes) == {200}


def test_requests_in_flight_finish(clean: Cluster) -> None:
    """A long answer survives the deletion of its pod."""
    url = deploy(clean, "long")
    with long_answer(url) as answers:
        clean.kube.delete("v1", "Pod", clean.ready("long")[0]["metadata"]["name"], "llm")
    assert answers == [1200]


@pytest.mark.parametrize(
    ("name", "pod", "reason"),
    [
        ("big", {"gpus": 2}, "Insufficient nvidia.com/gpu"),
        ("intolerant", {"tolerate": False}, "untolerated taint"),
    ],
)
def test_unschedulable(clean: Cluster, name: str, pod: dict[str, object], reason: str) -> None:
    """The scheduler's own reason is on the pod."""
    clean.kube.create(deployment(name, vllm_pod(**pod)))  # type: ignore[arg-type]

    def why() -> str:
        conditions = [c for found in clean.pods(name) for c in found["status"].get("conditions", [])]
        return next((c.get("message", "") for c in conditions if c["type"] == "PodScheduled"), "")

    assert reason in until(why, "a reason")
    assert clean.pods(name)[0]["status"]["phase"] == "Pending"


def test_unknown_image(clean: Cluster) -> None:
    """An image without an emulator cannot be pulled, and says which are known."""
    pod = vllm_pod()
    pod["containers"][0]["image"] = "nginx:1"
    clean.kube.create(deployment("nginx", pod))

    def waiting() -> dict[str, str]:
        statuses = [s for found in clean.pods("nginx") for s in found["status"].get("containerStatuses", [])]
        return next((s["state"].get("waiting", {}) for s in statuses if "ErrImage" in str(s["state"])), {})

    assert "rehearsal/images/image_list.py" in until(waiting, "ErrImagePull")["message"]


def test_mirror_then_bucket_weights(clean: Cluster) -> None:
    """The project's own mirror script fills the prefix; vLLM starts from it, and only with a role that trusts it."""
    clean.client("s3").create_bucket(Bucket="models")
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/oidc"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"oidc:sub": "system:serviceaccount:llm:reader"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = clean.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for name in ("reader", "stranger"):
        annotations = {"eks.amazonaws.com/role-arn": role}
        meta = {"name": name, "namespace": "llm", "annotations": annotations}
        clean.kube.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    script = Path(mirror_weights.__file__).read_text()
    meta = {"name": "mirror", "namespace": "llm"}
    clean.kube.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"mirror.py": script}})
    clean.kube.create(mirror_job())
    until(lambda: clean.kube.get("batch/v1", "Job", "mirror", "llm")["status"].get("succeeded") == 1, "mirrored")
    keys = [entry["Key"] for entry in clean.client("s3").list_objects_v2(Bucket="models")["Contents"]]
    assert "weights/org/model/.mirror.json" in keys
    assert sum(key.endswith(".safetensors") for key in keys) == 2
    for name in ("reader", "stranger"):
        pod = vllm_pod()
        pod["serviceAccountName"] = name
        pod["containers"][0]["args"][0] = "s3://models/weights/org/model"
        pod["containers"][0]["args"].append("--load-format=runai_streamer")
        clean.kube.create(deployment(name, pod))
    until(lambda: clean.ready("reader"), "reads the bucket")

    def last_words() -> str:
        states = [s["lastState"] for pod in clean.pods("stranger") for s in pod["status"].get("containerStatuses", [])]
        return next((state["terminated"]["message"] for state in states if "terminated" in state), "")

    assert "does not trust system:serviceaccount:llm:stranger" in until(last_words, "refused")
    clean.kube.delete("batch/v1", "Job", "mirror", "llm")


def test_unready_volume_is_told(clean: Cluster) -> None:
    """A missing ConfigMap keeps the pod from starting; it starts once it is there."""
    pod = vllm_pod()
    pod["volumes"][0]["configMap"]["name"] = "late"
    clean.kube.create(deployment("late", pod))

    def told() -> list[str]:
        events = clean.kube.list("v1", "Event", "llm")
        return [e["message"] for e in events if e["reason"] == "FailedMount" and "late" in e["message"]]

    assert 'configmap "late" not found' in until(told, "an event")[0]
    meta = {"name": "late", "namespace": "llm"}
    clean.kube.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"allow.py": ALLOW_LIST}})
    until(lambda: clean.ready("late"), "started after all")


def test_root_is_refused(clean: Cluster) -> None:
    """RunAsNonRoot with an image that starts as root."""
    pod = vllm_pod()
    pod["securityContext"] = {"runAsNonRoot": True}
    clean.kube.create(deployment("root", pod))

    def waiting() -> str:
        statuses = [s for found in clean.pods("root") for s in found["status"].get("containerStatuses", [])]
        return next((s["state"]["waiting"].get("message", "") for s in statuses if "waiting" in s["state"]), "")

    assert "image will run as root" in until(waiting, "CreateContainerConfigError")


def test_crash_loop(clean: Cluster) -> None:
    """A container that cannot start tells why, and is tried again with a back-off."""
    pod = vllm_pod()
    pod["containers"][0]["args"].append("--no-such-option")
    clean.kube.create(deployment("crash", pod))

    def looping() -> dict[str, Any] | None:
        statuses = [s for found in clean.pods("crash") for s in found["status"].get("containerStatuses", [])]
        return next((s for s in statuses if s["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff"), None)

    ended = until(looping, "CrashLoopBackOff")["lastState"]["terminated"]
    assert ended["exitCode"] == 2
    assert "unrecognized arguments: --no-such-option" in ended["message"]
