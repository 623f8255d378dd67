"""KEDA: its definitions, what it may do, where it runs."""

from functools import cache
from typing import Any

import pytest

from components.cluster.addons.keda.definitions import FILE, manifests
from settings.artifacts.images import KEDA
from tests.components.builders import cluster
from tests.harness import Deployment

OPERATOR, ADAPTER = "keda-operator", "keda-metrics-apiserver"


@cache
def run() -> Deployment:
    return cluster(keda=True)


def of_type(name: str) -> list[Any]:
    return [one for one in run().registrations if one.type.rpartition(":")[2] == name and "Keda" in one.parent]


def named(name: str, type_: str) -> Any:
    (one,) = [each for each in of_type(type_) if each.name == name]
    return one


def test_a_cluster_without_autoscaling_has_nothing_of_it():
    assert not [one for one in cluster().registrations if "keda" in one.name.lower() or "Keda" in one.type]


def test_every_definition_is_an_object_of_its_own_of_the_release_of_the_images():
    made = {one.inputs["metadata"]["name"] for one in of_type("CustomResourceDefinition")}
    assert made == {one["metadata"]["name"] for one in manifests()}
    assert "scaledobjects.keda.sh" in made
    assert f"keda v{KEDA.reference.rpartition(':')[2]}," in FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [OPERATOR, ADAPTER])
def test_its_pods_are_restricted_and_on_the_system_pool(name):
    pod = named(name, "Deployment").inputs["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["priorityClassName"] == "llm-platform-critical"
    assert pod["nodeSelector"] == {"llm-platform/pool": "system"}
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["image"].startswith("ghcr.io/kedacore/keda")


def test_it_writes_the_scale_of_deployments_and_stateful_sets_alone_and_reads_no_secret_of_others():
    rules = named(OPERATOR, "ClusterRole").inputs["rules"]
    assert not [rule for rule in rules if "*" in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]]
    assert not [rule for rule in rules if "secrets" in rule["resources"]]
    scales = {one for rule in rules for one in rule["resources"] if one.endswith("/scale")}
    assert scales == {"deployments/scale", "statefulsets/scale"}
    environment = named(OPERATOR, "Deployment").inputs["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "KEDA_RESTRICT_SECRET_ACCESS", "value": "true"} in environment


def test_the_adapter_reads_and_its_api_is_registered_without_an_authority_of_ours():
    (rule,) = named(ADAPTER, "ClusterRole").inputs["rules"]
    assert set(rule["verbs"]) == {"get", "list", "watch"}
    service = named("v1beta1.external.metrics.k8s.io", "APIService").inputs["spec"]
    assert "caBundle" not in service
    assert service["service"] == {"name": ADAPTER, "namespace": "keda"}


def test_only_the_adapter_and_prometheus_reach_the_operator():
    policy = named(OPERATOR, "NetworkPolicy").inputs["spec"]
    assert [[port["port"] for port in rule["ports"]] for rule in policy["ingress"]] == [[9666], [8080]]
    assert any(rule["ports"][0]["port"] == 9090 for rule in policy["egress"])
