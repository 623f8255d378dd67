"""The keys are those of the alarms that the program makes."""

from typing import Any

import pytest

from settings.derived.billable import platform_billable
from settings.derived.monitoring.alarms import alarm_keys, alarm_metrics, alarmed_quotas, alarmed_services
from settings.loading import parse
from settings.models.pools import GpuPool, KarpenterGpuPool, SystemPool
from tests.committed_stacks import STACKS, deployed
from tests.components.builders import service_settings
from tests.components.monitoring.cloud.builders import alarms, whole
from tests.harness import Deployment

PREFIX = "llm-dev-"


def made(deployment: Deployment) -> set[str]:
    return {one.inputs["name"].removeprefix(PREFIX) for one in deployment.of_type("MetricAlarm")}


def named(**changes: Any) -> set[str]:
    nothing: dict[str, Any] = {
        "gateway": False,
        "certificate": False,
        "response_logs": False,
        "services": (),
        "node_groups": (),
        "nat_gateways": 0,
        "interruptions": False,
        "quotas": (),
        "chat": False,
        "insights": False,
    }
    keys = alarm_keys(**{**nothing, **changes})
    assert len(set(keys)) == len(keys)
    return {key.replace("/", "-") for key in keys}


def test_a_platform_with_everything() -> None:
    assert made(whole()) == named(
        gateway=True,
        certificate=True,
        response_logs=True,
        services=["chat"],
        node_groups=["system"],
        nat_gateways=2,
        interruptions=True,
        quotas=["G/Spot", "Standard/OnDemand"],
        chat=True,
        insights=True,
    )


def test_a_platform_with_nothing() -> None:
    assert made(alarms()) == named()


def watched(deployment: Deployment) -> int:
    """Metrics that the alarms watch."""
    queries = [one.inputs.get("metricQueries", ()) for one in deployment.of_type("MetricAlarm")]
    return sum(max(1, sum("metric" in query for query in each)) for each in queries)


@pytest.mark.parametrize("stack", [stack for stack in STACKS if stack != "team-example"])
def test_the_cost_counts_the_metrics_of_the_alarms_of_the_committed_stacks(
    stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []

    def noted(*given: Any, **named: Any) -> Any:
        counted.append(platform_billable(*given, **named))
        return counted[-1]

    monkeypatch.setattr(parse, "platform_billable", noted)
    found = deployed.__wrapped__(stack)  # not the cached run
    assert found.error is None
    assert counted[-1].monitoring.alarms == watched(found)


def test_an_alarm_on_an_expression_has_the_metrics_of_it() -> None:
    assert alarm_metrics(["nat-ports/1", "node-group/system"]) == 3
    assert watched(alarms(node_groups={"system": "eks-1"}, nat_gateway_ids=["nat-1"])) == 10


def test_quotas_that_count_no_node_of_a_pool_have_no_alarm() -> None:
    system = SystemPool(kind="system", instance_types=("m5.xlarge",), max=2)
    spot = GpuPool(kind="gpu", instance_types=("g5.xlarge",), capacity="spot", max=2)
    burst = KarpenterGpuPool.model_validate(
        {
            "kind": "gpu",
            "provisioner": "karpenter",
            "instance_types": ["p5.48xlarge"],
            "capacity_types": ["spot", "on_demand"],
            "limits": {"gpus": 8},
        }
    )
    assert list(alarmed_quotas({"system": system})) == ["Standard/OnDemand"]
    assert list(alarmed_quotas({"system": system, "g5": spot})) == ["G/Spot", "Standard/OnDemand"]
    # AWS documents no class of P5's spot quota.
    assert list(alarmed_quotas({"burst": burst, "g5": spot})) == ["G/Spot", "P/OnDemand"]


def test_services_with_a_load_balancer_of_their_own_have_one() -> None:
    services = {name: service_settings() for name in ("chat", "embed")}
    services["asleep"] = service_settings(autoscale={"min": 0, "max": 2, "queue_per_replica": 5, "to_zero_after": 600})
    assert alarmed_services(services, {"chat", "asleep"}) == ("chat",)
