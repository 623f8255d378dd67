"""The dev stack, its GPUs in a node group, and a team stack through their lives in one sandbox. The tests go on from one another, in this order.

The guardrails judge every stack that is made, and each service that is added; what changes later goes without them.
"""

import json
import os
import subprocess
import sys
import threading
import time

import httpx
import pytest

from cli.operator_policy.needs import OF_THE_EMULATOR, WITHOUT_PERMISSION, needed
from rehearsal.aws.action_log import logged_actions
from rehearsal.bench import consistency
from rehearsal.commands.chat_check import ask
from rehearsal.controlplane.errors import ApiError
from rehearsal.sandboxes import CHECKOUT
from rehearsal.stacks import file_backend
from rehearsal.stacks.project import aws_environment
from tests.integration.conftest import WITHOUT_GUARDRAILS, on_node_groups

FIRST = "llama-3-8b"
SECOND = "qwen-open"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"


@pytest.fixture(scope="module")
def dev(stack):
    made = on_node_groups(stack("dev"))
    made.config["pools"]["g5"]["team_gpus"] = 1  # the team stack's one GPU
    return made


def kinds(urns: list[str]) -> list[str]:
    """Resource types of URNs, without their parents."""
    return sorted(urn.split("::")[2].rpartition("$")[2] for urn in urns)


def of_service(urn: str, name: str) -> bool:
    return urn.rsplit("::", 1)[1].startswith(name)


def is_stack(urn: str) -> bool:
    return urn.split("::")[2] == "pulumi:pulumi:Stack"


def test_up_from_nothing(dev):
    result = dev.run("up").check()
    assert set(result.changes) == {"create"}
    assert consistency.differences(dev.rehearsal.sandbox) == []


def test_the_operators_policy_allows_what_was_called(rehearsal):
    called = set(logged_actions(rehearsal.sandbox))
    assert "eks:CreateNodegroup" in called
    assert called - needed() - WITHOUT_PERMISSION - OF_THE_EMULATOR == set()


def test_a_second_up_changes_nothing_and_no_other_operation_runs_beside_it(dev, rehearsal):
    holder = rehearsal.sandbox.root / "operation-dev.lock"
    # Under the guardrails, for it must last longer than the start of the other two.
    first = dev.start("up")
    while not holder.read_text():
        assert first.process.poll() is None, first.finish()
        time.sleep(0.05)
    started = dev.start("up", WITHOUT_GUARDRAILS)
    down = [sys.executable, "-m", "rehearsal.cli", "down", "--sandbox", rehearsal.name]
    taken_away = subprocess.run(down, cwd=CHECKOUT, check=False, capture_output=True, text=True)
    second = started.finish()
    assert first.finish().check().changes == {}
    assert (second.code, taken_away.returncode) == (4, 4)
    assert f"stack dev is held by `rehearse up` (pid {first.process.pid})" in second.stderr
    assert f"`rehearse up` (pid {first.process.pid})" in taken_away.stderr


def test_a_refresh_changes_nothing(dev):
    result = dev.run("refresh").check()
    assert result.changes == {}
    drifted = [
        event["resOutputsEvent"]["metadata"]["urn"]
        for event in result.events
        if event.get("resOutputsEvent", {}).get("metadata", {}).get("op") in ("update", "delete")
    ]
    assert drifted == []
    assert dev.run("preview", WITHOUT_GUARDRAILS).check().changes == {}


def test_the_endpoint_answers_with_the_key_and_says_what_it_is(dev):
    answer = ask(dev.services()[FIRST])
    assert "the rehearsal's emulator of vLLM" in answer


def test_the_endpoint_refuses_without_the_key(dev, client):
    service = dev.services()[FIRST]
    body = {"model": FIRST, "messages": [{"role": "user", "content": "hello"}]}
    assert client(service).post("/v1/chat/completions", json=body).status_code == httpx.codes.UNAUTHORIZED


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/invocations"), ("POST", "/tokenize"), ("GET", "/metrics"), ("GET", "/docs")]
)
def test_the_allow_list_hides_what_vllm_leaves_unguarded(dev, client, method, path):
    body = {"model": FIRST, "messages": [{"role": "user", "content": "hello"}], "prompt": "hello"}
    answer = client(dev.services()[FIRST]).request(method, path, json=body if method == "POST" else None)
    assert answer.status_code == httpx.codes.NOT_FOUND


def test_raising_a_pools_numbers_replaces_nothing(dev):
    dev.config["pools"]["g5"] |= {"min": 6, "max": 7}
    changes = dev.run("up", WITHOUT_GUARDRAILS).check().changes
    # With GPUs to spare the service's next rollout may surge: its Deployment is updated, in place as well.
    assert set(changes) == {"update"}
    assert set(kinds(changes["update"])) <= {NODE_GROUP, "eks:index:ManagedNodeGroup", DEPLOYMENT}


def test_an_added_service_touches_nothing_of_the_others(dev):
    first = dev.config["services"][FIRST]
    dev.config["services"][SECOND] = {
        "model": "Qwen/Qwen2.5-7B-Instruct",
        "pool": first["pool"],
        "max_model_len": 8192,
        "weights": {"source": "hub", "size_gib": 15},
        "path_allow_list": False,
    }
    changes = dev.run("up").check().changes
    assert set(changes) == {"create"}
    assert [urn for urn in changes["create"] if not of_service(urn, SECOND)] == []
    assert ask(dev.services()[SECOND])


@pytest.mark.parametrize(("method", "path"), [("POST", "/invocations"), ("POST", "/tokenize"), ("GET", "/metrics")])
def test_without_the_allow_list_vllm_answers_without_a_key(dev, client, method, path):
    body = {"model": SECOND, "messages": [{"role": "user", "content": "hello"}]}
    answer = client(dev.services()[SECOND]).request(method, path, json=body if method == "POST" else None)
    assert answer.status_code == httpx.codes.OK


def test_changed_replicas_change_that_deployment_alone(dev):
    dev.config["services"][FIRST]["replicas"] = 2
    changes = dev.run("up", WITHOUT_GUARDRAILS).check().changes
    assert set(changes) == {"update"}
    assert kinds(changes["update"]) == [DEPLOYMENT]
    assert of_service(changes["update"][0], FIRST)


def pods_of(client, name: str) -> list[dict]:
    return [
        pod
        for pod in client.list("v1", "Pod")
        if pod["metadata"]["name"].startswith(name) and "deletionTimestamp" not in pod["metadata"]
    ]


def test_a_drain_respects_the_disruption_budget(dev, kube):
    client = kube
    first, second = pods_of(client, FIRST)

    def evict(pod: dict) -> None:
        metadata = {key: pod["metadata"][key] for key in ("name", "namespace")}
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
        client.create(eviction, subresource="eviction")

    evict(first)
    with pytest.raises(ApiError, match="disruption budget"):
        evict(second)
    deadline = time.monotonic() + 120
    while sum(ready(pod) for pod in pods_of(client, FIRST)) < 2:
        assert time.monotonic() < deadline, "the evicted replica did not come back"
        time.sleep(0.5)


def ready(pod: dict) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def test_a_changed_image_rolls_without_losing_a_request(dev):
    service = dev.services()[FIRST]
    stop, answered, failed = threading.Event(), [], []

    def keep_asking() -> None:
        while not stop.is_set():
            try:
                answered.append(ask(service))
            except httpx.HTTPError as error:
                failed.append(repr(error))
            time.sleep(0.05)

    threads = [threading.Thread(target=keep_asking) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        dev.config["services"][FIRST]["image"] = "vllm/vllm-openai:v0.32.1"
        changes = dev.run("up", WITHOUT_GUARDRAILS).check().changes
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert kinds(changes["update"]) == [DEPLOYMENT]
    assert failed == []
    assert len(answered) > 10


@pytest.mark.soak_only("minutes")
def test_a_team_stack_lives_on_the_platform(stack, rehearsal):
    team = stack("team-example")
    team.config["services"]["qwen-3-4b"]["pool"] = "g5"
    team.run("up").check()
    assert ask(team.services()["qwen-3-4b"])
    assert team.run("up", WITHOUT_GUARDRAILS).check().changes == {}
    assert consistency.differences(rehearsal.sandbox) == []
    refused = team.rehearsal.run("destroy", "dev")
    assert refused.code == 1
    assert "stack dev carries team-example; nothing was deleted" in refused.stderr
    team.run("destroy").check()
    assert file_backend.read(rehearsal.sandbox, "team-example").resources == ()
    assert consistency.differences(rehearsal.sandbox) == []


def test_a_replica_without_a_node_fails_with_the_schedulers_reason(dev, kube):
    client = kube
    nodes = [node["metadata"]["name"] for node in client.list("v1", "Node")]
    for name in nodes:
        client.patch("v1", "Node", name, None, {"spec": {"unschedulable": True}})
    dev.config["services"]["stuck"] = dev.config["services"][SECOND] | {"path_allow_list": True}
    try:
        result = dev.run("up", WITHOUT_GUARDRAILS)
    finally:
        for name in nodes:
            client.patch("v1", "Node", name, None, {"spec": {"unschedulable": None}})
    assert result.code == 1
    errors = "\n".join(
        event["diagnosticEvent"]["message"]
        for event in result.events
        if event.get("diagnosticEvent", {}).get("severity") == "error"
    )
    assert "nodes are available" in errors
    assert "unschedulable" in errors


def test_two_gpus_do_not_fit_on_nodes_of_one(kube):
    client = kube
    (template,) = [item for item in client.list("apps/v1", "Deployment") if item["metadata"]["name"].startswith(SECOND)]
    spec = template["spec"]["template"]["spec"]
    container = {"name": "vllm", "image": "vllm/vllm-openai:v0.32.0"}
    container["resources"] = {"limits": {"nvidia.com/gpu": "2"}}
    container["securityContext"] = spec["containers"][0].get("securityContext", {})
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "two-gpus", "namespace": template["metadata"]["namespace"]},
        "spec": {
            "containers": [container],
            "securityContext": spec.get("securityContext", {}),
            "tolerations": spec["tolerations"],
            "nodeSelector": spec.get("nodeSelector", {}),
        },
    }
    client.create(pod)
    try:
        reason = unschedulable_reason(client, pod)
    finally:
        client.delete("v1", "Pod", "two-gpus", pod["metadata"]["namespace"], grace_period_seconds=0)
    assert "Insufficient nvidia.com/gpu" in reason


def unschedulable_reason(client, pod: dict) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = client.get("v1", "Pod", pod["metadata"]["name"], pod["metadata"]["namespace"])
        for condition in found.get("status", {}).get("conditions", []):
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                return condition["message"]
        time.sleep(0.2)
    pytest.fail("the scheduler said nothing about the pod")


def test_removed_services_take_exactly_their_own_along(dev):
    del dev.config["services"][SECOND]
    del dev.config["services"]["stuck"]
    changes = dev.run("up", WITHOUT_GUARDRAILS).check().changes
    assert set(changes) == {"delete"}
    assert [urn for urn in changes["delete"] if not (of_service(urn, SECOND) or of_service(urn, "stuck"))] == []
    assert consistency.differences(dev.rehearsal.sandbox) == []


def residue(sandbox) -> tuple[int, list[str]]:
    """Exit code of `llm-platform residue`, and the kinds of resources that it lists."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "residue", "--stack", "dev", "--json"],
        cwd=CHECKOUT,
        env=os.environ | aws_environment(sandbox),
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)
    assert found["unchecked"] == []
    return done.returncode, [one["kind"] for one in found["resources"]]


def test_destroy_leaves_nothing(dev, rehearsal):
    sandbox = rehearsal.sandbox
    code, left = residue(sandbox)
    assert code == 1
    assert {"EKS cluster", "EKS node group", "NAT gateway", "VPC", "IAM role", "KMS key", "S3 bucket"} <= set(left)
    dev.run("destroy").check()
    assert residue(sandbox) == (0, [])
    assert file_backend.read(sandbox, "dev").resources == ()
    assert {kind: ids for kind, ids in consistency.in_moto(sandbox).items() if ids} == {}
    assert consistency.recorded(sandbox) == []
    assert consistency.in_kubernetes(sandbox) == set()


def test_git_saw_nothing_of_it(rehearsal):
    ignored = subprocess.run(["git", "check-ignore", "-q", str(rehearsal.sandbox.root)], cwd=CHECKOUT, check=False)
    assert ignored.returncode == 0
    tracked = subprocess.run(
        [
            "git",
            "diff",
            "--stat",
            "--",
            "Pulumi.yaml",
            "Pulumi.dev.yaml",
            "Pulumi.prod.yaml",
            "Pulumi.team-example.yaml",
        ],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert tracked.stdout == ""
