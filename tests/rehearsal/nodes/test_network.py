"""Pods with namespaces of their own: real addresses, ClusterIPs, names, in-cluster configuration, aggregated APIs."""

import json
import ssl
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from rehearsal.controlplane import pki
from rehearsal.controlplane.errors import KubeError
from rehearsal.controlplane.pki import User
from rehearsal.network import probe
from rehearsal.network.kinds import Kind
from rehearsal.sandbox import ENVIRONMENT_VARIABLE
from tests.rehearsal.nodes import manifests, programs
from tests.rehearsal.nodes.cluster import Cluster
from tests.waiting import until
from workspace.processes import with_environment

pytestmark = pytest.mark.integration
PYTHON = "public.ecr.aws/lambda/python:3.13"
Object = dict[str, Any]
MYSELF = psutil.Process()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if problem := probe.attempt():
        pytest.skip(f"no namespaces here: {problem}")
    mounts, own = Path("/proc/self/mountinfo").read_text(), set[str]()
    running = Cluster(tmp_path_factory.mktemp("sandbox"), Kind.NAMESPACES)
    try:
        running.up()
        running.node_groups()
        for obj in manifests.fixtures():
            running.kube.create(obj)
        until(lambda: running.nodes("system"), "a node")
        yield running
        running.check()
        own = namespaces(with_environment(ENVIRONMENT_VARIABLE, str(running.sandbox.root))) - namespaces([MYSELF])
        assert len(own) > 2
    finally:
        running.down()
    until(lambda: not own & namespaces(psutil.process_iter()), "the sandbox's namespaces are gone", seconds=10)
    assert Path("/proc/self/mountinfo").read_text() == mounts


def namespaces(processes: Iterable[psutil.Process]) -> set[str]:
    """Network namespaces that processes are in."""
    found = set()
    for process in processes:
        try:
            found.add(str(Path(f"/proc/{process.pid}/ns/net").readlink()))
        except OSError:
            continue
    return found


def pod(name: str, program: str, *, port: int | None = 8080, secret: str = "", **spec: Any) -> Object:
    """A pod that runs a Python program."""
    container: Object = {"name": "main", "image": PYTHON, "command": ["python3", "-c", program]}
    if port:
        container["readinessProbe"] = {"tcpSocket": {"port": port}}
    if secret:
        container["volumeMounts"] = [{"name": "secret", "mountPath": "/etc/serving"}]
        spec["volumes"] = [{"name": "secret", "secret": {"secretName": secret}}]
    meta = {"name": name, "namespace": "llm", "labels": {"app": name, "group": name.rpartition("-")[0]}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 1, **spec},
    }


def service(name: str, port: int, target: int, **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "llm"},
        "spec": {"selector": {"group": name}, "ports": [{"name": "http", "port": port, "targetPort": target}], **spec},
    }


def printed(cluster: Cluster, name: str, program: str, **spec: Any) -> Any:
    """What a pod prints as JSON that runs a program to its end."""
    cluster.kube.create(pod(name, program, port=None, restartPolicy="Never", **spec))
    until(
        lambda: cluster.kube.get("v1", "Pod", name, "llm")["status"].get("phase") in {"Succeeded", "Failed"},
        f"pod {name} has ended",
    )
    said = cluster.kube.logs(name, "llm", tail=200)
    try:
        return json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        raise AssertionError(said) from None


@pytest.fixture(scope="module")
def web(cluster: Cluster) -> dict[str, str]:
    """Two pods that listen on 0.0.0.0:8080, behind a Service and a headless one; their addresses by name."""
    for name in ("web-0", "web-1"):
        cluster.kube.create(pod(name, programs.WHO, hostname=name, subdomain="peers"))
    cluster.kube.create(service("web", 80, 8080))
    cluster.kube.create(service("peers", 80, 8080, selector={"group": "web"}, clusterIP="None"))
    until(lambda: all(cluster.ready(name) for name in ("web-0", "web-1")), "both pods ready")
    return {name: cluster.ready(name)[0]["status"]["podIP"] for name in ("web-0", "web-1")}


def test_two_servers_on_one_port_answer_by_their_own_address(cluster: Cluster, web: dict[str, str]) -> None:
    for name, address in web.items():
        assert cluster.inside(programs.ASK, f"http://{address}:8080/") == name


def test_a_cluster_ip_leads_to_both(cluster: Cluster, web: dict[str, str]) -> None:
    address = cluster.kube.get("v1", "Service", "web", "llm")["spec"]["clusterIP"]
    assert address.startswith("172.20.")
    assert {cluster.inside(programs.ASK, f"http://{address}/") for _ in range(6)} == set(web)


def test_pods_find_services_and_pods_by_name(cluster: Cluster, web: dict[str, str]) -> None:
    said = printed(cluster, "client-names", programs.NAMES)
    address = cluster.kube.get("v1", "Service", "web", "llm")["spec"]["clusterIP"]
    assert said["web"] == said["web.llm"] == said["web.llm.svc.cluster.local"] == [address]
    assert said["peers"] == sorted(web.values())
    assert said["web-1.peers"] == [web["web-1"]]
    assert said["http://web/"] in web
    assert said["missing.llm.svc.cluster.local"] == said["example.org"] == []
    assert said["seconds"] < 2


def test_a_pod_uses_its_in_cluster_configuration(cluster: Cluster) -> None:
    said = printed(cluster, "client-api", programs.IN_CLUSTER)
    assert said["host"] == "172.20.0.1"
    assert said["namespace"] == "llm"
    assert said["status"] == 403
    assert "system:serviceaccount:llm:default" in said["message"]


def test_pods_reach_aws_and_nothing_outside(cluster: Cluster) -> None:
    said = printed(cluster, "client-aws", programs.OUTSIDE)
    assert said["aws"] == 200
    assert said["8.8.8.8"] == "Network is unreachable"
    assert said["169.254.169.254"] == "Network is unreachable"


def test_an_aggregated_api_learns_who_asks(cluster: Cluster) -> None:
    keys = pki.ensure(cluster.sandbox)
    serving = keys.client_config(User(name="whoami.llm.svc"), "https://unused")
    data = {"tls.crt": serving.certificate, "tls.key": serving.key, "ca.crt": keys.ca.read_text()}
    meta = {"name": "serving", "namespace": "llm"}
    cluster.kube.create({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": data})
    cluster.kube.create(pod("whoami-0", programs.AGGREGATED, port=8443, secret="serving"))
    cluster.kube.create(service("whoami", 443, 8443))
    spec = {
        "group": "rehearsal.test",
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 10,
        "insecureSkipTLSVerify": True,
        "service": {"namespace": "llm", "name": "whoami", "port": 443},
    }
    kind = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService"}
    cluster.kube.create(kind | {"metadata": {"name": "v1.rehearsal.test"}, "spec": spec})

    def asked() -> Any:
        try:
            return cluster.kube.request("GET", "/apis/rehearsal.test/v1/whoami")
        except KubeError:
            return None

    said = until(asked, "the aggregated API answers")
    assert said["proxy"] == "front-proxy-client"
    assert said["user"] == "kubernetes-admin"
    assert "system:masters" in said["groups"]
    cluster.kube.delete("apiregistration.k8s.io/v1", "APIService", "v1.rehearsal.test")


def test_logs_come_from_the_nodes_own_address(cluster: Cluster, web: dict[str, str]) -> None:
    node = cluster.kube.get("v1", "Pod", "web-0", "llm")["spec"]["nodeName"]
    status = cluster.kube.get("v1", "Node", node)["status"]
    assert status["daemonEndpoints"]["kubeletEndpoint"]["Port"] == 10250
    assert "listening" in cluster.kube.logs("web-0", "llm")


def test_a_killed_agent_leaves_no_pod_behind_and_starts_them_again(cluster: Cluster, web: dict[str, str]) -> None:
    cluster.kill("nodes")
    cluster.start("nodes")
    again = time.monotonic()
    until(
        lambda: all(
            pod["status"]["containerStatuses"][0]["restartCount"] == 1
            for name in web
            for pod in cluster.ready(name)[:1] or [{"status": {"containerStatuses": [{"restartCount": 0}]}}]
        ),
        "both pods run again",
    )
    assert time.monotonic() - again < 60
    for name, address in web.items():
        until(lambda: cluster.inside(programs.ASK, f"http://{address}:8080/") == name, f"{name} answers again")  # noqa: B023


def test_a_killed_gate_comes_back(cluster: Cluster) -> None:
    cluster.kill("network")
    cluster.start("network")
    assert cluster.kube.list("v1", "Node")


def test_a_load_balancer_listens_on_this_machines_own_loopback(cluster: Cluster, web: dict[str, str]) -> None:
    spec = {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb", "selector": {"group": "web"}}
    cluster.kube.create(service("outer", 18080, 8080, **spec))
    assert programs.ask(cluster.url("outer")) in web


def test_containers_of_a_pod_share_its_volumes_at_their_paths_and_drain_before_they_end(
    cluster: Cluster, tmp_path: Path
) -> None:
    """A pod as the gateway's: unpacked by an init container, a socket between two, a hook that answers when it is done."""
    data = {"program.py": programs.POLICY}
    cluster.kube.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "program", "namespace": "llm"}, "data": data}
    )
    shared = [{"name": "code", "mountPath": "/opt/gateway"}, {"name": "run", "mountPath": "/run/gateway"}]
    config = {"name": "config", "mountPath": "/etc/gateway", "readOnly": True}
    logs = {"name": "logs", "mountPath": "/logs"}
    unpack = {
        "name": "fetch",
        "image": PYTHON,
        "command": ["python3", "-c", programs.UNPACK],
        "volumeMounts": [*shared, config],
    }
    policy = {
        "name": "policy", "image": PYTHON, "command": ["python3", "-m", "policy"], "volumeMounts": [*shared, logs],
        "env": [{"name": "PYTHONPATH", "value": "/opt/gateway"}],
        "lifecycle": {"preStop": {"httpGet": {"port": 9903, "path": "/drain"}}},
    }  # fmt: skip
    made = pod("gate", programs.THROUGH_A_SOCKET, initContainers=[unpack], terminationGracePeriodSeconds=20)
    made["spec"]["containers"][0]["volumeMounts"] = shared
    made["spec"]["containers"].append(policy)
    made["spec"]["volumes"] = [
        *({"name": name, "emptyDir": {}} for name in ("code", "run")),
        {"name": "logs", "hostPath": {"path": "/logs"}},
        {"name": "config", "configMap": {"name": "program"}},
    ]
    cluster.kube.create(made)
    (ready,) = until(lambda: cluster.ready("gate"), "the pod is ready")

    def answer() -> Object | None:
        # The pod has no readiness probe: the other container may not have its socket yet.
        with suppress(subprocess.CalledProcessError):
            found: Object = json.loads(cluster.inside(programs.ASK, f"http://{ready['status']['podIP']}:8080/"))
            return found
        return None

    said = until(answer, "an answer")
    assert said == {"path": [], "said": "unpacked", "project": False}
    cluster.kube.delete("v1", "Pod", "gate", "llm")
    until(
        lambda: not [one for one in cluster.kube.list("v1", "Pod", "llm") if one["metadata"]["name"] == "gate"], "gone"
    )
    (order,) = cluster.sandbox.nodes.glob("*/logs/order")
    assert order.read_text() == "drained\nSIGTERM\n"


def test_a_pod_with_a_readiness_gate_waits_for_its_condition(cluster: Cluster) -> None:
    gate = "target-health.elbv2.k8s.aws/k8s-llm-gated"
    cluster.kube.create(pod("gated", programs.WHO, readinessGates=[{"conditionType": gate}]))

    def conditions() -> dict[str, Object]:
        found = cluster.kube.get("v1", "Pod", "gated", "llm")["status"].get("conditions", [])
        return {one["type"]: one for one in found}

    until(lambda: conditions().get("ContainersReady", {}).get("status") == "True", "its containers are ready")
    ready = conditions()["Ready"]
    assert (ready["status"], ready["reason"]) == ("False", "ReadinessGatesNotReady")
    patch = {"status": {"conditions": [{"type": gate, "status": "True"}]}}
    cluster.kube.patch("v1", "Pod", "gated", "llm", patch, kind_of_patch="strategic", subresource="status")
    until(lambda: cluster.ready("gated"), "the pod is ready")


def test_an_ingress_of_class_alb_leads_to_ready_pods_over_tls_without_losing_a_request(cluster: Cluster) -> None:
    arn = cluster.client("acm").request_certificate(DomainName="llm.example.com")["CertificateArn"]
    annotations = {
        "target-type": "ip", "certificate-arn": arn, "listen-ports": '[{"HTTPS": 18443}]', "healthcheck-path": "/",
    }  # fmt: skip
    gate = "target-health.elbv2.k8s.aws/k8s-llm-shown"
    for name in ("shown-0", "shown-1"):
        made = pod(name, programs.WHO, readinessGates=[{"conditionType": gate}], terminationGracePeriodSeconds=10)
        # Requests come for another second after a pod is deregistered.
        made["spec"]["containers"][0]["lifecycle"] = {"preStop": {"sleep": {"seconds": 3}}}
        cluster.kube.create(made)
    cluster.kube.create(service("shown", 80, 8080))
    backend = {"service": {"name": "shown", "port": {"name": "http"}}}
    cluster.kube.create(
        {
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {
                "name": "shown", "namespace": "llm",
                "annotations": {f"alb.ingress.kubernetes.io/{key}": value for key, value in annotations.items()},
            },
            "spec": {"ingressClassName": "alb", "defaultBackend": backend},
        }
    )  # fmt: skip

    def address() -> str:
        found = cluster.kube.get("networking.k8s.io/v1", "Ingress", "shown", "llm")["status"]["loadBalancer"]
        return str(found.get("ingress", [{}])[0].get("ip", ""))

    until(address, "an address")
    for name in ("shown-0", "shown-1"):
        until(lambda: cluster.ready(name), f"{name} is ready, by the load balancer's condition")  # noqa: B023
    trust = ssl.create_default_context(cafile=cluster.sandbox.nodes / "load-balancer-ca.pem")
    seen: list[str] = []
    with httpx.Client(verify=trust, timeout=60, trust_env=False, headers={"Host": "llm.example.com"}) as client:
        named = {"sni_hostname": "llm.example.com"}

        def ask() -> str:
            answer = client.get(f"https://{address()}:18443/", extensions=named)
            seen.append(str(answer.status_code))
            return answer.text

        assert until(lambda: {ask() for _ in range(8)} == {"shown-0", "shown-1"}, "both answer")
        cluster.kube.delete("v1", "Pod", "shown-1", "llm")
        until(lambda: {ask() for _ in range(8)} == {"shown-0"}, "one answers")
    assert set(seen) == {"200"}
    cluster.kube.delete("networking.k8s.io/v1", "Ingress", "shown", "llm")
    until(lambda: not [one for one in cluster.status()["load_balancers"] if one["name"] == "shown"], "it is gone")
