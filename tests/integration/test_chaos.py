"""Failures of AWS under Karpenter's own controller, and its limits: all end well. The tests go on from one another.

What is waited for here is waited for on AWS too, only longer there: docs/rehearsal.md has the figures.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import httpx
import psutil
import pytest

from rehearsal.bench import consistency, kills
from rehearsal.chaos.failures import Failures
from rehearsal.chaos.fleet import Fleet
from rehearsal.chaos.watch import Watch
from rehearsal.controlplane.errors import KubeError
from rehearsal.kubernetes.waiting import lost_nodes
from rehearsal.kubernetes.waiting.readiness import is_true
from rehearsal.sandboxes import CHECKOUT
from rehearsal.stacks import file_backend
from rehearsal.stacks.events import errors
from rehearsal.supervisor import status

GPU_POOL, CPU_POOL, SCARCE_POOL = "g5-karpenter", "x86-karpenter", "scarce"
GPU_LIMIT = 4
LARGEST = 4  # GPUs of a g5.12xlarge
SERVICE = "llama-3-8b"
SEED = int(os.environ.get("LLM_SOAK_SEED", "1789"))
NOTICE = 45.0
EMPTY_SECONDS = 5
SERVICES = "llm"
INSTANCE = "app.kubernetes.io/instance"
CLAIM, POOL = ("karpenter.sh/v1", "NodeClaim"), ("karpenter.sh/v1", "NodePool")
OUT_OF_SERVICE = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
VICTIMS = ("karpenter", "apiserver", "moto")
PATIENCE = 600.0
"""Seconds for what Karpenter does after a kill; a busy machine takes several times as long."""
SOAK_KILLS = int(os.environ.get("LLM_SOAK_KILLS", "100"))
SCALED = 7
"""Kills of a soak between two destroys; an odd number, so that a destroy meets nodes."""
POOLS = {
    "system": {"kind": "system", "instance_types": ["m5.xlarge"], "min": 2, "max": 4},
    GPU_POOL: {
        "kind": "gpu",
        "provisioner": "karpenter",
        "instance_types": ["g5.xlarge", "g5.2xlarge", "g5.4xlarge", "g5.12xlarge"],
        "capacity_types": ["spot", "on_demand"],
        "limits": {"gpus": GPU_LIMIT},
        "disk_gib": 200,
        "consolidation": {"policy": "WhenEmpty", "after_seconds": EMPTY_SECONDS},
    },
    CPU_POOL: {
        "kind": "cpu",
        "provisioner": "karpenter",
        "instance_types": ["c6i.xlarge", "c6a.xlarge"],
        "capacity_types": ["spot", "on_demand"],
        "limits": {"vcpus": 32},
        "consolidation": {"policy": "WhenEmpty", "after_seconds": EMPTY_SECONDS},
    },
    # Other types than those of the pool before it: Karpenter leaves offerings that lacked capacity out for 3 minutes.
    SCARCE_POOL: {
        "kind": "cpu",
        "provisioner": "karpenter",
        "instance_types": ["m6i.xlarge", "c7i.xlarge"],
        "capacity_types": ["spot", "on_demand"],
        "limits": {"vcpus": 16},
    },
}


@pytest.fixture(scope="module")
def dev(stack):
    """The dev stack with Karpenter pools, deployed."""
    made = stack("dev")
    made.rehearsal.guardrails = False
    made.config["pools"] = POOLS
    made.config["services"] = {SERVICE: {**made.config["services"][SERVICE], "pool": GPU_POOL, "replicas": 2}}
    made.run("up").check()
    return made


@pytest.fixture
def fleet(rehearsal):
    made = Fleet(rehearsal.sandbox)
    yield made
    made.close()


@pytest.fixture
def failures(fleet, kube):
    return Failures(fleet, Watch(kube, print), wait=True)


def until(
    check: Callable[[], object], what: str, seconds: float = 90, *, now: Callable[[], object] | None = None
) -> float:
    """Wait until ``check`` is true and return how long that took; an API server that is away is waited for."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        with suppress(KubeError, httpx.TransportError):
            if check():
                return time.monotonic() - begun
        time.sleep(0.3)
    pytest.fail(f"not within {seconds:.0f} s: {what}{f'; now {now()}' if now else ''}")


def chaos(rehearsal, *arguments: str) -> str:
    """Run ``rehearse chaos`` and return what it printed."""
    command = [sys.executable, "-m", "rehearsal", "chaos", *arguments, "--sandbox", rehearsal.name]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def running(fleet: Fleet, pool: str) -> list[str]:
    """Ids of a pool's instances that run in EC2, whether or not they have a Node."""
    filters = {
        "Filter.1.Name": "tag:karpenter.sh/nodepool",
        "Filter.1.Value.1": pool,
        "Filter.2.Name": "instance-state-name",
        "Filter.2.Value.1": "running",
    }
    text = fleet._ec2("us-east-1", "DescribeInstances", filters)
    return sorted(part.partition("<")[0] for part in text.split("<instanceId>")[1:])


def claims(kube, pool: str) -> list[dict]:
    return [one for one in kube.list(*CLAIM) if one["metadata"]["labels"]["karpenter.sh/nodepool"] == pool]


def deployment(
    kube,
    name: str,
    pool: str,
    replicas: int,
    requests: dict[str, str],
    *,
    namespace: str = "default",
    tolerate: float | None = None,
) -> None:
    """Pods that do nothing but request something of a pool's nodes; they leave a dead node after ``tolerate`` seconds."""
    labels = {INSTANCE: name}
    dead = [
        {
            "key": f"node.kubernetes.io/{what}",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": tolerate,
        }
        for what in ("unreachable", "not-ready")
        if tolerate is not None
    ]
    container = {
        "name": "wait",
        "image": "public.ecr.aws/lambda/python:3.13",
        "command": ["python3", "-c", "import time; time.sleep(3600)"],
        "resources": {"requests": requests, "limits": requests},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "nodeSelector": {"karpenter.sh/nodepool": pool},
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}, *dead],
        "terminationGracePeriodSeconds": 1,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    kube.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": spec},
            },
        }
    )


def ready(kube, name: str, namespace: str = "default") -> list[dict]:
    pods = kube.list("v1", "Pod", namespace, label_selector=f"{INSTANCE}={name}")
    return [pod for pod in pods if is_true(pod, "Ready") and not pod["metadata"].get("deletionTimestamp")]


class Caller(threading.Thread):
    """A client that streams completions of a service one after the other, and counts those that failed."""

    def __init__(self, service) -> None:
        super().__init__(daemon=True)
        self._service = service
        self.answers = 0
        self.failures: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._service.api_key}"}
        body = {"model": SERVICE, "stream": True, "messages": [{"role": "user", "content": "Who are you?"}]}
        while not self.ended.is_set():
            # A connection of its own for each request: the Service chooses a replica for each connection.
            try:
                with (
                    httpx.Client(base_url=self._service.url, headers=headers, timeout=30, trust_env=False) as client,
                    client.stream("POST", "/v1/chat/completions", json=body) as response,
                ):
                    text = "".join(response.iter_text())
                    assert response.status_code == httpx.codes.OK, text
                    assert "[DONE]" in text, "cut off"
                self.answers += 1
            except (httpx.HTTPError, AssertionError) as error:
                self.failures.append(f"{type(error).__name__}: {error}")

    def stop(self) -> None:
        self.ended.set()
        self.join(60)


def test_nodes_come_when_pods_need_them(dev, kube, fleet):
    assert len(ready(kube, SERVICE, SERVICES)) == 2
    for claim in claims(kube, GPU_POOL):
        assert is_true(claim, "Ready")
        assert not is_true(claim, "Drifted")
    assert {node.instance for node in fleet.of_pool(GPU_POOL)} == set(running(fleet, GPU_POOL))


def test_a_spot_reclaim_fails_no_request(dev, kube, failures, fleet):
    caller = Caller(dev.services()[SERVICE])
    caller.start()
    before = set(running(fleet, GPU_POOL))
    try:
        assert failures.spot_notice(GPU_POOL, NOTICE)
    finally:
        caller.stop()
    assert caller.failures == []
    assert caller.answers > 10
    assert before - set(running(fleet, GPU_POOL))
    assert len(ready(kube, SERVICE, SERVICES)) == 2
    texts = [text for _, text in failures.watch.changes]
    assert any("taint karpenter.sh/disrupted" in text for text in texts)


def test_without_spot_capacity_the_launch_is_on_demand(rehearsal, kube, fleet):
    chaos(rehearsal, "no-capacity", "--pool", SCARCE_POOL, "--capacity-type", "spot")
    deployment(kube, "scarce", SCARCE_POOL, 1, {"cpu": "3"})
    until(lambda: ready(kube, "scarce"), "a pod on an on-demand node")
    assert [node.spot for node in fleet.of_pool(SCARCE_POOL)] == [False]


def test_without_any_capacity_the_reason_is_shown(rehearsal, kube):
    chaos(rehearsal, "no-capacity", "--pool", SCARCE_POOL)
    deployment(kube, "more", SCARCE_POOL, 1, {"cpu": "3"})
    refused = {"field_selector": "reason=InsufficientCapacityError"}
    until(lambda: kube.list("v1", "Event", **refused), "an event of the refusal")
    shown = subprocess.run(
        [sys.executable, "-m", "rehearsal", "status", "--sandbox", rehearsal.name],
        cwd=CHECKOUT,
        env=os.environ | {"COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "launch without capacity" in shown
    assert not ready(kube, "more")
    kube.delete("apps/v1", "Deployment", "more", "default")
    assert "capacity is there again" in chaos(rehearsal, "no-capacity", "--clear")


def test_twenty_services_at_once_exceed_the_limit_by_one_batch_at_most(kube, fleet):
    names = [f"burst-{number}" for number in range(20)]
    for name in names:
        deployment(kube, name, GPU_POOL, 1, {"nvidia.com/gpu": "1"})
    until(lambda: sum(bool(ready(kube, name)) for name in names) >= GPU_LIMIT - 2, "pods up to the limit")
    most, end = 0, time.monotonic() + 10
    while time.monotonic() < end:
        gpus = [
            int(one.get("status", {}).get("capacity", {}).get("nvidia.com/gpu", "0")) for one in claims(kube, GPU_POOL)
        ]
        most = max(most, sum(gpus))
        time.sleep(0.5)
    print(f"{most} GPUs at most, the limit is {GPU_LIMIT}")
    assert GPU_LIMIT <= most <= GPU_LIMIT + LARGEST
    for name in names:
        kube.delete("apps/v1", "Deployment", name, "default")


def daemon(sandbox, name: str) -> list[int]:
    """Process id of a daemon, while it runs."""
    return [one.process.pid for one in status.read(sandbox).daemons if one.name == name and one.process]


def kill(dev, victim: str, chance: random.Random) -> int:
    """Kill one process; the supervisor or the node agent starts it again. Returns how many were killed.

    Pulumi's engine is not started again: one that has ended already is none.
    """
    sandbox = dev.rehearsal.sandbox
    if victim == "karpenter":
        (agent,) = daemon(sandbox, "nodes")
        found = sorted(child.pid for child in psutil.Process(agent).children(recursive=True) if _is_karpenter(child))
    elif victim == kills.ENGINE:
        found = kills.candidates(sandbox, dev.name, victim)
    else:
        found = daemon(sandbox, victim)
    if not found:
        return 0
    with suppress(ProcessLookupError):
        os.kill(chance.choice(found), signal.SIGKILL)
    return 1


def _is_karpenter(process: psutil.Process) -> bool:
    try:
        return "/karpenter-" in process.exe()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def sides(kube, fleet) -> list[tuple[set[str], set[str], set[str]]]:
    """Of each pool the instances in EC2, those of NodeClaims and those of nodes."""
    return [
        (
            set(running(fleet, pool)),
            {one.get("status", {}).get("providerID", "").rpartition("/")[2] for one in claims(kube, pool)},
            {node.instance for node in fleet.nodes() if node.pool == pool},
        )
        for pool in (GPU_POOL, CPU_POOL)
    ]


def whole(kube, fleet) -> bool:
    """Whether every instance in EC2 has its NodeClaim and its node, and the other way round."""
    return all(instances == claimed == nodes for instances, claimed, nodes in sides(kube, fleet))


def scale_and_kill(dev, kube, fleet, chance: random.Random, victim: str, number: int) -> None:
    """Kill while a pool grows from nothing or shrinks to it, then wait until all sides agree."""
    replicas = 0 if number % 2 else 3
    until(lambda: kube.patch("apps/v1", "Deployment", "grow", "default", {"spec": {"replicas": replicas}}), "scaled")
    time.sleep(chance.uniform(0.0, 4.0))
    assert kill(dev, victim, chance), victim
    until(
        lambda: len(ready(kube, "grow")) == replicas and whole(kube, fleet),
        f"all sides agree after {victim}",
        PATIENCE,
        now=lambda: (len(ready(kube, "grow")), replicas, sides(kube, fleet)),
    )
    if not replicas:
        until(lambda: not running(fleet, CPU_POOL), "the pool is scaled to zero", PATIENCE)


def destroy_and_kill(dev, kube, fleet, chance: random.Random, victims: Sequence[str]) -> int:
    """Kill one after the other while Karpenter removes its nodes; nothing is left in AWS. Returns how many were killed."""
    destroy, killed = dev.start("destroy"), 0
    going = lambda: any(one["metadata"].get("deletionTimestamp") for one in kube.list(*POOL))  # noqa: E731
    try:
        until(lambda: going() or destroy.process.poll() is not None, "NodePools go", PATIENCE)
        for victim in victims:
            time.sleep(chance.uniform(0.5, 2.0))
            if destroy.process.poll() is None:
                killed += kill(dev, victim, chance)
    finally:
        ended = destroy.finish()
    if ended.code:
        dev.run("destroy").check()
    sandbox = dev.rehearsal.sandbox
    assert file_backend.read(sandbox, dev.name).resources == ()
    assert [running(fleet, pool) for pool in POOLS] == [[]] * len(POOLS)
    assert {kind: ids for kind, ids in consistency.in_moto(sandbox).items() if ids} == {}
    assert consistency.recorded(sandbox) == []
    assert consistency.in_kubernetes(sandbox) == set()
    return killed


def test_kills_while_a_pool_grows_and_shrinks_orphan_no_instance(dev, kube, fleet):
    chance = random.Random(SEED)
    deployment(kube, "grow", CPU_POOL, 0, {"cpu": "3"})
    for number, victim in enumerate(("karpenter", "apiserver")):
        scale_and_kill(dev, kube, fleet, chance, victim, number)
    kube.delete("apps/v1", "Deployment", "grow", "default")


@pytest.mark.soak_only("minutes")
def test_pods_of_a_lost_zone_move_and_a_destroy_says_what_holds_it(rehearsal, dev, kube, fleet):
    """Pods that tolerate a dead node for a while stay on it; only its end, or a taint, lets a destroy go on."""
    deployment(kube, "zonal", CPU_POOL, 1, {"cpu": "3"}, namespace=SERVICES, tolerate=2)
    until(lambda: ready(kube, "zonal", SERVICES), "a pod on a node")
    (lost,) = fleet.of_pool(CPU_POOL)
    chaos(rehearsal, "zone-loss", "--zone", lost.zone)
    assert {node.name for node in fleet.nodes() if node.failed} == {
        node.name for node in fleet.nodes() if node.zone == lost.zone
    }
    other = lambda: [pod for pod in ready(kube, "zonal", SERVICES) if pod["spec"]["nodeName"] != lost.name]  # noqa: E731
    until(other, "a pod in the other zone", PATIENCE)
    assert {node.zone for node in fleet.of_pool(CPU_POOL) if not node.failed} == {
        node.zone for node in fleet.nodes() if node.zone != lost.zone
    }
    reasons = errors(dev.run("destroy").events)
    assert any("cannot end, for its node" in reason and lost_nodes.TAINT in reason for reason in reasons), reasons
    for node in kube.list("v1", "Node"):
        if not is_true(node, "Ready"):
            taints = [*node["spec"].get("taints", []), OUT_OF_SERVICE]
            kube.patch("v1", "Node", node["metadata"]["name"], None, {"spec": {"taints": taints}})


def test_kills_during_a_destroy_leave_nothing(dev, kube, fleet):
    """Karpenter dies while it drains its nodes, moto while instances are terminated, then Pulumi's own engine.

    Pods outside of the stack keep a node until then: without any, NodePools are gone at once.
    """
    deployment(kube, "grow", CPU_POOL, 1, {"cpu": "3"})
    until(lambda: ready(kube, "grow"), "a pod on a node", PATIENCE)
    victims = ("karpenter", "moto", kills.ENGINE)
    assert destroy_and_kill(dev, kube, fleet, random.Random(SEED), victims) == len(victims)


@pytest.mark.soak_only("hours")
@pytest.mark.timeout(20_000)
def test_a_hundred_kills_orphan_no_instance(dev, kube, fleet):
    """Every tenth time the stack is destroyed under three kills, and deployed again."""
    chance = random.Random(SEED)
    killed = 0
    while killed < SOAK_KILLS:
        dev.run("up").check()
        deployment(kube, "grow", CPU_POOL, 0, {"cpu": "3"})
        for number, victim in enumerate(chance.choices(VICTIMS, k=SCALED)):
            scale_and_kill(dev, kube, fleet, chance, victim, number)
        killed += SCALED
        killed += destroy_and_kill(dev, kube, fleet, chance, chance.choices((*VICTIMS, kills.ENGINE), k=3))
        kube.delete("apps/v1", "Deployment", "grow", "default")  # not of the stack: it outlives it
        print(f"{killed} kills")
