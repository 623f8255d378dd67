"""NetworkPolicies: Prometheus reaches what it reads, and few reach monitoring."""

from typing import Any

from tests.components.monitoring.builders import monitoring
from tests.harness import Deployment

MADE = monitoring()
NAMESPACE = "kubernetes.io/metadata.name"


def policy(name: str, run: Deployment = MADE) -> dict[str, Any]:
    return dict(run.one("NetworkPolicy", name).inputs["spec"])


def reached(run: Deployment, name: str) -> list[tuple[Any, int]]:
    return [(rule["to"][0], rule["ports"][0]["port"]) for rule in policy(name, run)["egress"]]


def test_prometheus_is_asked_by_grafana_and_through_the_kubernetes_api() -> None:
    pods, api = policy("prometheus")["ingress"]
    assert pods["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "grafana"
    assert api["from"] == [{"ipBlock": {"cidr": "10.0.0.0/26"}}]
    assert {pods["ports"][0]["port"], api["ports"][0]["port"]} == {9090}


def test_prometheus_reaches_all_that_it_reads() -> None:
    found = reached(MADE, "prometheus")
    stacks = {"namespaceSelector": {"matchExpressions": [{"key": "llm-platform/stack", "operator": "Exists"}]}}
    assert (stacks, 8000) in found
    assert ({"ipBlock": {"cidr": "10.0.0.0/16"}}, 10250) in found
    for namespace, port in (("kube-system", 8080), ("llm-gateway", 9902), ("llm-monitoring-gpu", 9400)):
        assert ({"namespaceSelector": {"matchLabels": {NAMESPACE: namespace}}}, port) in found


def test_what_a_platform_has_not_is_not_reached() -> None:
    ports = {port for _, port in reached(monitoring(gateway=False, gpu=False), "prometheus")}
    assert not ports & {9902, 9400}


def test_alertmanager_is_reached_by_prometheus_alone() -> None:
    (rule,) = policy("alertmanager")["ingress"]
    assert rule["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "prometheus"
    assert rule["ports"][0]["port"] == 9093


def test_the_exporter_answers_prometheus_and_reaches_nothing() -> None:
    spec = policy("dcgm-exporter")
    (rule,) = spec["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {NAMESPACE: "llm-monitoring"}}}]
    assert not spec.get("egress")
    assert spec["policyTypes"] == ["Ingress", "Egress"]
