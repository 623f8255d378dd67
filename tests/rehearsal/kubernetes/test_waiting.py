"""Verdicts on recorded objects, with a clock that the test turns."""

import datetime as dt
import threading
from typing import Any

import pytest

from rehearsal.controlplane.errors import ApiError
from rehearsal.kubernetes.waiting import other_kinds, workloads
from rehearsal.kubernetes.waiting.pods import PodWatch
from rehearsal.kubernetes.waiting.readiness import READY, Object, selector_text
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits
from rehearsal.kubernetes.waiting.waiter import NotReadyError, time_limit, until_ready


class Cluster:
    """What a KubeClient would answer."""

    def __init__(self, **objects: list[Object]) -> None:
        self.objects = objects

    def list(self, _api_version: str, kind: str, _namespace: str | None = None, **_: Any) -> list[Object]:
        return self.objects.get(kind, [])

    def logs(self, *_: Any, **__: Any) -> str:
        raise ApiError(502, "", "no kubelet")


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def node(name: str, *, age: float = 3600, ready: bool = True, gpus: str = "1") -> Object:
    made = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)
    status = {"conditions": [{"type": "Ready", "status": str(ready)}], "allocatable": {"nvidia.com/gpu": gpus}}
    return {"metadata": {"uid": name, "name": name, "creationTimestamp": made.isoformat()}, "status": status}


def pod(**status: Any) -> Object:
    return {"kind": "Pod", "metadata": {"name": "p", "namespace": "llm", "uid": "p"}, "status": status}


WHY = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
PENDING = pod(conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": WHY}])


def test_the_schedulers_word_is_final_when_the_nodes_have_settled() -> None:
    clock, cluster = Clock(), Cluster(Node=[node("a")])
    watch = PodWatch(clock=clock)
    assert watch.trouble(cluster, [PENDING]) == (f"pod p cannot be scheduled: {WHY}", False)
    clock.time = 19
    assert not watch.trouble(cluster, [PENDING])[1]
    clock.time = 20
    assert watch.trouble(cluster, [PENDING]) == (f"pod p cannot be scheduled: {WHY}", True)


@pytest.mark.parametrize("later", [{"ready": False, "age": 25}, {"age": 5}])
def test_it_is_not_while_a_node_is_joining(later: dict[str, Any]) -> None:
    clock, cluster = Clock(), Cluster(Node=[node("a"), node("b", **later)])
    watch = PodWatch(clock=clock)
    watch.trouble(cluster, [PENDING])
    clock.time = 100
    assert not watch.trouble(cluster, [PENDING])[1]


def test_a_node_that_never_became_ready_is_not_waited_for() -> None:
    clock, cluster = Clock(), Cluster(Node=[node("a"), node("b", ready=False, age=3600)])
    watch = PodWatch(clock=clock)
    watch.trouble(cluster, [PENDING])
    clock.time = 20
    assert watch.trouble(cluster, [PENDING])[1]


def test_new_room_on_a_node_starts_the_wait_again() -> None:
    clock, cluster = Clock(), Cluster(Node=[node("a", gpus="0")])
    watch = PodWatch(clock=clock)
    watch.trouble(cluster, [PENDING])
    clock.time = 15
    cluster.objects["Node"] = [node("a", gpus="1")]
    watch.trouble(cluster, [PENDING])
    clock.time = 30
    assert not watch.trouble(cluster, [PENDING])[1]
    clock.time = 35
    assert watch.trouble(cluster, [PENDING])[1]


@pytest.mark.parametrize(("where", "final"), [("a", False), ("dead", True)])
def test_a_pod_on_its_way_out_may_make_room_unless_its_node_is_dead(where: str, *, final: bool) -> None:
    leaving = {"metadata": {"name": "old", "uid": "old", "deletionTimestamp": "now"}, "spec": {"nodeName": where}}
    clock, cluster = Clock(), Cluster(Node=[node("a"), node("dead", ready=False)], Pod=[leaving])
    watch = PodWatch(clock=clock)
    watch.trouble(cluster, [PENDING])
    clock.time = 60
    assert watch.trouble(cluster, [PENDING])[1] is final
    assert watch.trouble(cluster, [leaving]) == ("", False)


def of_daemon_set(*, ready: bool, age: float) -> Object:
    made = pod(conditions=[{"type": "Ready", "status": str(ready)}])
    created = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)).isoformat()
    made["metadata"] |= {"creationTimestamp": created, "ownerReferences": [{"kind": "DaemonSet"}]}
    return made


@pytest.mark.parametrize(
    ("ready", "age", "final"), [(False, 60, False), (False, 3600, True), (True, 60, True)], ids=str
)
def test_a_device_plugin_that_is_starting_may_make_room(ready, age, final):
    plugin = of_daemon_set(ready=ready, age=age)
    clock, cluster = Clock(), Cluster(Node=[node("a", gpus="0")], Pod=[PENDING, plugin])
    watch = PodWatch(clock=clock)
    watch.trouble(cluster, [PENDING])
    clock.time = 60
    assert watch.trouble(cluster, [PENDING])[1] is final


def test_room_is_waited_for_after_the_device_plugin_has_started() -> None:
    clock, cluster = Clock(), Cluster(Node=[node("a", gpus="0")], Pod=[of_daemon_set(ready=False, age=60)])
    watch = PodWatch(clock=clock)
    watch.trouble(cluster, [PENDING])
    clock.time = 30
    watch.trouble(cluster, [PENDING])
    cluster.objects["Pod"] = [of_daemon_set(ready=True, age=60)]
    clock.time = 49
    assert not watch.trouble(cluster, [PENDING])[1]
    clock.time = 50
    assert watch.trouble(cluster, [PENDING])[1]


def container(restarts: int = 0, **state: Any) -> Object:
    last = {"terminated": {"exitCode": 1, "message": "Traceback\nValueError: no such model\n"}} if restarts else {}
    return pod(containerStatuses=[{"name": "vllm", "state": state, "lastState": last, "restartCount": restarts}])


def test_an_image_that_cannot_be_had_is_told_soon() -> None:
    clock = Clock()
    watch = PodWatch(clock=clock)
    bad = container(waiting={"reason": "ErrImagePull", "message": "vllm/vllm: not found"})
    text = "pod p, container vllm: ErrImagePull: vllm/vllm: not found"
    assert watch.trouble(Cluster(), [bad]) == (text, False)
    clock.time = 5
    assert watch.trouble(Cluster(), [bad]) == (text, True)


def test_an_image_whose_program_is_being_built_is_waited_for() -> None:
    why = 'Pulling image "public.ecr.aws/karpenter/controller:1.14.1": building Karpenter 1.14.1 from its Go module'
    clock = Clock()
    watch = PodWatch(clock=clock)
    building = container(waiting={"reason": "ContainerCreating", "message": why})
    for _ in range(2):
        text, final = watch.trouble(Cluster(), [building])
        assert (why in text, final, watch.pulling) == (True, False, True)
        clock.time += 3600
    assert watch.trouble(Cluster(), [container(waiting={"reason": "ContainerCreating"})]) == ("", False)
    assert not watch.pulling


def test_a_crash_loop_is_told_with_its_last_words() -> None:
    crashed = container(restarts=3, waiting={"reason": "CrashLoopBackOff"})
    text, final = PodWatch().trouble(Cluster(), [crashed])
    assert text == "pod p, container vllm: crashed with exit code 1 (3 restarts): ValueError: no such model"
    assert final
    assert not PodWatch().trouble(Cluster(), [container(restarts=1, waiting={"reason": "CrashLoopBackOff"})])[1]


def deployment(generation: int = 2, **status: Any) -> Object:
    return {
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "llm", "uid": "d", "generation": generation},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}},
        "status": {"observedGeneration": 2, **status},
    }


@pytest.mark.parametrize(
    ("status", "ready"),
    [
        ({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}, True),
        ({"replicas": 3, "updatedReplicas": 2, "availableReplicas": 2}, False),
        ({"replicas": 2, "updatedReplicas": 1, "availableReplicas": 2}, False),
        ({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 1}, False),
        ({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}, False),
        ({}, False),
    ],
)
def test_a_deployment_is_ready_when_only_new_pods_are_left_and_available(status: Object, *, ready: bool) -> None:
    assert workloads.DeploymentReadiness()(Cluster(), deployment(**status)).ready is ready


def test_a_missed_progress_deadline_is_final() -> None:
    condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too slow."}
    readiness = workloads.DeploymentReadiness()(Cluster(), deployment(conditions=[condition]))
    assert (readiness.failed, readiness.why) == (True, "too slow.")


def test_only_pods_of_the_newest_replica_set_are_judged() -> None:
    def replica_set(revision: str) -> Object:
        metadata = {
            "uid": f"rs{revision}",
            "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": [{"uid": "d"}],
        }
        return {"metadata": metadata}

    def crashing(owner: str) -> Object:
        made = container(restarts=9, waiting={"reason": "CrashLoopBackOff"})
        made["metadata"]["ownerReferences"] = [{"uid": owner}]
        return made

    sets = [replica_set("9"), replica_set("10")]
    of_old, of_new = (Cluster(ReplicaSet=sets, Pod=[crashing(owner)]) for owner in ("rs9", "rs10"))
    assert not workloads.DeploymentReadiness()(of_old, deployment()).failed
    assert workloads.DeploymentReadiness()(of_new, deployment()).failed


def test_a_failed_job_says_why() -> None:
    job = {
        "metadata": {"name": "j", "namespace": "llm", "uid": "j"},
        "spec": {"selector": {"matchLabels": {"job": "j"}}},
        "status": {
            "conditions": [
                {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "limit reached"}
            ]
        },
    }
    ended = {"exitCode": 3, "reason": "Error", "message": "s3: access denied"}
    dead = pod(containerStatuses=[{"name": "mirror", "state": {"terminated": ended}}])
    dead["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    readiness = workloads.JobReadiness()(Cluster(Pod=[dead]), job)
    assert readiness.final
    assert readiness.why == "BackoffLimitExceeded: limit reached; pod p exited with code 3: s3: access denied"


def test_refused_pods_are_told_by_the_event() -> None:
    refused = {"reason": "FailedCreate", "message": 'violates PodSecurity "restricted:latest"', "lastTimestamp": "2026"}
    older = {"reason": "FailedCreate", "message": "no account yet", "lastTimestamp": "2025"}
    why = workloads.DeploymentReadiness()(Cluster(Event=[refused, older]), deployment()).why
    assert why == 'its pods are refused: deployment d: FailedCreate: violates PodSecurity "restricted:latest"'


def test_a_failing_probe_is_told_while_waiting() -> None:
    probe = {"reason": "Unhealthy", "message": "Startup probe failed: HTTP 503", "lastTimestamp": "2026"}
    starting = {"metadata": {"uid": "rs", "ownerReferences": [{"uid": "d"}]}}
    running = pod(phase="Running")
    running["metadata"]["ownerReferences"] = [{"uid": "rs"}]
    readiness = workloads.DeploymentReadiness()(
        Cluster(ReplicaSet=[starting], Pod=[running], Event=[probe]), deployment()
    )
    assert readiness.why.endswith("; pod p: Unhealthy: Startup probe failed: HTTP 503")
    assert not readiness.failed


def service(**spec: Any) -> Object:
    return {"metadata": {"name": "s", "namespace": "llm"}, "spec": spec, "status": {"loadBalancer": {}}}


def endpoints(*ready: int) -> Cluster:
    made = [{"addresses": [f"10.0.0.{number}"], "conditions": {"ready": bool(one)}} for number, one in enumerate(ready)]
    return Cluster(EndpointSlice=[{"endpoints": made}])


def test_a_service_needs_no_unready_endpoint_and_the_address_it_asks_for() -> None:
    look, ready = other_kinds.ServiceReadiness(WaitLimits()), endpoints(1)
    plain = service(type="ClusterIP", selector={"a": "b"})
    assert look(ready, plain) == READY
    assert look(endpoints(1, 0), plain).why == "not every pod that its selector a=b matches is ready"
    balanced = service(type="LoadBalancer", selector={"a": "b"})
    balanced["metadata"]["uid"] = "s"
    assert look(ready, balanced).why == "its load balancer has no address yet"
    balanced["status"]["loadBalancer"]["ingress"] = [{"ip": "127.0.0.2"}]
    assert look(ready, balanced) == READY


def test_a_load_balancer_that_nothing_makes_fails_with_the_warning() -> None:
    clock = Clock()
    warning = {"reason": "NoLoadBalancerController", "message": "nothing serves x", "lastTimestamp": "2026"}
    balanced = service(type="LoadBalancer") | {"kind": "Service"}
    balanced["metadata"]["uid"] = "s"
    look, cluster = other_kinds.ServiceReadiness(WaitLimits(), clock), Cluster(Event=[warning])
    assert not look(cluster, balanced).failed
    clock.time = 20
    readiness = look(cluster, balanced)
    assert readiness.failed
    assert readiness.why.endswith("no address yet; service s: NoLoadBalancerController: nothing serves x")
    assert not look(Cluster(), balanced).failed


@pytest.mark.parametrize(
    ("limits", "seconds"), [(WaitLimits(), 1.0), (WaitLimits.of({"REHEARSE_WAITS": "real"}), 10.0)]
)
def test_a_service_that_selects_no_pod_is_ready_after_a_while(limits: WaitLimits, seconds: float) -> None:
    clock, plain = Clock(), service(type="ClusterIP", selector={"a": "b"})
    look = other_kinds.ServiceReadiness(limits, clock)
    assert not look(endpoints(), plain).ready
    clock.time = seconds - 0.1
    assert not look(endpoints(), plain).ready
    clock.time = seconds
    assert look(endpoints(), plain) == READY


def test_with_real_waits_endpoints_must_have_settled() -> None:
    clock, plain = Clock(), service(type="ClusterIP", selector={"a": "b"})
    look = other_kinds.ServiceReadiness(WaitLimits.of({"REHEARSE_WAITS": "real"}), clock)
    for moment, seen, ready in ((0, [1], False), (8, [1, 1], False), (17, [1, 1], False)):
        clock.time = moment
        assert look(endpoints(*seen), plain).ready is ready
    clock.time = 18
    assert look(endpoints(1, 1), plain) == READY


class Asked(Cluster):
    """A cluster whose one object never becomes ready; the test's clock runs with each look at it."""

    def get(self, *_: Any, **__: Any) -> Object:
        return pod(phase="Failed") | {"apiVersion": "v1"}


def test_what_cannot_succeed_fails_at_once_or_with_real_waits_at_the_limit() -> None:
    stuck = Asked().get()
    with pytest.raises(NotReadyError, match=r"pod p failed \(outside a rehearsal Pulumi waits \d+ s more\)"):
        until_ready(Asked(), stuck, timeout=60, cancelled=threading.Event())  # type: ignore[arg-type]
    real = WaitLimits.of({"REHEARSE_WAITS": "real"})
    with pytest.raises(NotReadyError, match="timed out waiting to be Ready, not ready after 1 s: pod p failed"):
        until_ready(Asked(), stuck, timeout=1.2, cancelled=threading.Event(), limits=real)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "ExternalName"},
        {"type": "ClusterIP"},
        {"type": "ClusterIP", "clusterIP": "None", "selector": {"a": "b"}},
    ],
)
def test_a_service_without_pods_of_its_own_is_not_waited_for(spec: Object) -> None:
    assert other_kinds.ServiceReadiness(WaitLimits())(Cluster(), service(**spec)) == READY


def test_selectors_as_the_api_reads_them() -> None:
    rules = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "x", "operator": "Exists"},
        {"key": "y", "operator": "DoesNotExist"},
    ]
    assert selector_text({"matchLabels": {"app": "v"}, "matchExpressions": rules}) == "app=v,tier in (a,b),x,!y"


def test_time_limits() -> None:
    annotated = {"metadata": {"annotations": {"pulumi.com/timeoutSeconds": "30"}}}
    assert time_limit(annotated, 0) == 30
    assert time_limit(annotated, 90) == 90
    assert time_limit({"metadata": {}}, 0) == 600


def test_how_long_an_api_server_may_be_away_can_be_set() -> None:
    assert WaitLimits.of({}).api_seconds == 45
    assert WaitLimits.of({"REHEARSE_API_SECONDS": "2.5", "REHEARSE_WAITS": "real"}).api_seconds == 2.5
