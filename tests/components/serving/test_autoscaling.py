"""The ScaledObject of a service, and who writes its number of pods."""

from typing import Any

import jsonschema
import pytest

from components import ServiceArgs, VllmService
from components.cluster.addons.keda.definitions import manifests
from components.serving import triggers
from components.serving.autoscaling import TIME_SCALE_VARIABLE
from settings.derived.autoscaling.facts import KedaFacts
from settings.derived.deployed import Deployed as DeployedStack
from settings.derived.monitoring.names import MAX_REPLICAS_ANNOTATION
from tests.components.builders import GATEWAY, MONITORING, context, facts, on_kubernetes, service_settings
from tests.harness import Deployment, deploy

SCALED_OBJECT = "kubernetes:keda.sh/v1alpha1:ScaledObject"


def run(before: dict[str, str] | None = None, *, gateway: bool = False, **changes: Any) -> Deployment:
    service = service_settings(**changes)
    known: dict[str, Any] = {"monitoring": MONITORING, "keda": KedaFacts()} | ({"gateway": GATEWAY} if gateway else {})

    def program() -> None:
        deployed = DeployedStack(exists=True, autoscaled=before or {})
        shared = context(pools=facts(), services={"chat": service}, deployed=deployed, **known)
        VllmService("chat", ServiceArgs(service=service, context=shared), on_kubernetes())

    return deploy(program)


def scaled_object(found: Deployment) -> dict[str, Any]:
    (one,) = [each for each in found.registrations if each.type == SCALED_OBJECT]
    return dict(one.inputs)


def schema(kind: str) -> dict[str, Any]:
    (found,) = [one for one in manifests() if one["spec"]["names"]["kind"] == kind]
    version = found["spec"]["versions"][0]
    assert version["name"] == "v1alpha1"
    return closed(version["schema"]["openAPIV3Schema"]["properties"]["spec"])


def closed(value: Any) -> Any:
    """The schema as the API server reads it strictly: no field that it does not know."""
    if isinstance(value, dict):
        below = {key: closed(one) for key, one in value.items()}
        return {**below, "additionalProperties": False} if isinstance(value.get("properties"), dict) else below
    return [closed(one) for one in value] if isinstance(value, list) else value


def test_its_service_has_the_most_replicas_for_alerts_and_a_fixed_number_has_none() -> None:
    def annotations(**changes: Any) -> dict[str, str]:
        return dict(run(gateway=True, **changes).one("kubernetes:core/v1:Service").inputs["metadata"]["annotations"])

    assert annotations(autoscale={"min": 1, "max": 8})[MAX_REPLICAS_ANNOTATION] == "8"
    assert MAX_REPLICAS_ANNOTATION not in annotations(replicas=8)


ALL = {
    "min": 0,
    "max": 8,
    "queue_per_replica": 5,
    "ttft_p95_seconds": 2.5,
    "down_after": 600,
    "to_zero_after": 1800,
    "schedule": [{"start": "0 8 * * 1-5", "end": "0 19 * * 1-5", "timezone": "Europe/Berlin", "replicas": 2}],
}


@pytest.mark.parametrize("autoscale", [{"max": 4}, ALL])
def test_every_field_is_one_of_kedas(autoscale):
    spec = scaled_object(run(autoscale=autoscale, gateway=True))["spec"]
    jsonschema.validate(spec, schema("ScaledObject"))


def test_up_fast_and_down_slowly_and_never_to_zero_where_prometheus_is_away():
    spec = scaled_object(run(autoscale=ALL, gateway=True))["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "chat"}
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (0, 8)
    assert (spec["cooldownPeriod"], spec["initialCooldownPeriod"]) == (1800, 1800)
    assert spec["fallback"] == {"failureThreshold": 3, "replicas": 1, "behavior": "currentReplicasIfHigher"}
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleUp"] == {
        "stabilizationWindowSeconds": 30,
        "policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}],
    }
    assert behavior["scaleDown"] == {
        "stabilizationWindowSeconds": 600,
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
    }
    found = {trigger["name"]: trigger for trigger in spec["triggers"]}
    assert list(found) == ["queue", "saturation", "held", "first-token", "schedule-0", "activity"]
    assert {one["metadata"]["ignoreNullValues"] for one in found.values() if one["type"] == "prometheus"} == {"false"}
    assert (found["queue"]["metricType"], found["queue"]["metadata"]["threshold"]) == ("AverageValue", "5")
    assert (found["first-token"]["metricType"], found["first-token"]["metadata"]["threshold"]) == ("Value", "2.5")
    assert found["held"]["metadata"]["threshold"] == "204.8"
    assert found["schedule-0"]["metadata"] == {
        "timezone": "Europe/Berlin",
        "start": "0 8 * * 1-5",
        "end": "0 19 * * 1-5",
        "desiredReplicas": "2",
    }


def test_where_prometheus_is_away_there_are_as_many_as_the_service_has_at_least():
    spec = scaled_object(run(autoscale={"min": 3, "max": 4}))["spec"]
    assert (spec["minReplicaCount"], spec["fallback"]["replicas"]) == (3, 3)


def test_a_service_that_never_goes_to_zero_says_nothing_for_an_engine_that_is_not_read():
    spec = scaled_object(run(autoscale={"max": 4}, args={"max-num-seqs": 256}))["spec"]
    queries = [one["metadata"]["query"] for one in spec["triggers"]]
    slots = '(vllm:num_requests_running{service="dev/chat"} / 256)'
    assert queries == [
        'sum(vllm:num_requests_waiting{service="dev/chat"})',
        f'sum(avg by (pod) ((vllm:kv_cache_usage_perc{{service="dev/chat"}} > {slots}) or {slots}))',
    ]
    assert "cooldownPeriod" not in spec
    assert "vector(0)" in triggers.waiting("dev/chat", from_zero=True)


def test_durations_are_scaled_in_a_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TIME_SCALE_VARIABLE, "0.1")
    spec = scaled_object(run(autoscale=ALL, gateway=True))["spec"]
    assert (spec["pollingInterval"], spec["cooldownPeriod"]) == (2, 180)


def test_where_keda_scales_the_deployment_has_no_number_and_ignores_it():
    made = run(autoscale={"max": 4}).one("Deployment")
    assert "replicas" not in made.inputs["spec"]
    assert made.ignore_changes == ("spec.replicas",)


def test_a_service_that_was_never_scaled_is_as_it_always_was():
    made = run(replicas=4)
    assert made.one("Deployment").inputs["spec"]["replicas"] == 4
    assert made.one("Deployment").ignore_changes == ()
    assert "annotations" not in made.one("Deployment").inputs["metadata"]
    assert not [one for one in made.registrations if one.type == SCALED_OBJECT]


def test_autoscaling_that_ends_is_paused_first_and_its_object_goes_with_the_next_update():
    first = run({"chat": "on"}, replicas=4)
    paused = scaled_object(first)
    assert paused["metadata"]["annotations"] == {
        "autoscaling.keda.sh/paused-replicas": "4",
        "pulumi.com/waitFor": "jsonpath={.status.pausedReplicaCount}=4",
    }
    jsonschema.validate(paused["spec"], schema("ScaledObject"))
    assert paused["spec"]["maxReplicaCount"] == 4
    deployment = first.one("Deployment")
    assert any(SCALED_OBJECT in urn for urn in deployment.depends_on)
    assert deployment.inputs["metadata"]["annotations"] == {"pulumi.com/patchForce": "true"}
    assert deployment.ignore_changes == ()
    second = run({"chat": "off"}, replicas=4)
    assert not [one for one in second.registrations if one.type == SCALED_OBJECT]
    assert second.one("Deployment").inputs["metadata"] == deployment.inputs["metadata"]
    assert second.one("Deployment").inputs["spec"]["replicas"] == 4


def test_an_update_at_zero_replicas_waits_for_none():
    service = run(autoscale=ALL, gateway=True).one("Service")
    assert service.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"
    waits = run(autoscale={"min": 1, "max": 4}, gateway=True).one("Service")
    assert "pulumi.com/skipAwait" not in waits.inputs["metadata"]["annotations"]
