"""Monitoring under mocks."""

from typing import Any

import yaml

from components.iam import Statement
from components.monitoring.context import MonitoringArgs
from components.monitoring.monitoring import Monitoring
from monitoring.rules import ServiceSettings
from settings.derived.monitoring.facts import monitoring_facts
from settings.derived.monitoring.sizes import monitoring_size
from settings.models.monitoring import MonitoringSettings
from tests.components.builders import (
    BOUNDARY,
    GATEWAY,
    facts,
    naming,
    on_kubernetes,
    platform,
    platform_facts,
    waited_for,
)
from tests.harness import Deployment, deploy

TOPIC = "arn:aws:sns:us-east-1:123456789012:llm-dev-alerts"
WORKSPACE = "arn:aws:aps:us-west-2:123456789012:workspace/ws-12345678-1234-1234-1234-123456789012"


def arguments(
    *, gateway: bool = True, gpu: bool = True, karpenter: bool = True, mirror: str | None = None, **settings: Any
) -> MonitoringArgs:
    """Arguments of the monitoring of stack dev; ``settings`` are its own."""
    chosen = MonitoringSettings.model_validate(settings)
    size = monitoring_size(chosen)
    assert size
    pools = {name: pool for name, pool in facts({}).items() if gpu or pool.kind != "gpu"}
    return MonitoringArgs(
        settings=chosen,
        size=size,
        volume_gib=size.disk_gib,
        topic_arn=TOPIC,
        publish=[Statement(sid="PublishAlerts", actions=["sns:Publish"], resources=[TOPIC])],
        facts=platform_facts(
            pools=pools,
            image_mirror=mirror,
            gateway=GATEWAY if gateway else None,
            monitoring=monitoring_facts(chosen),
            load_balancer_cidrs={"internal": ["10.0.0.0/26"], "internet-facing": ["10.0.1.0/24"]},
        ),
        platform=platform([waited_for()]),
        naming=naming(),
        services=(
            ServiceSettings(name="dev/chat", thresholds={"ttft_p95_seconds": 7}, replicas=2, replica_usd_per_hour=1.5),
        ),
        karpenter=karpenter,
        permissions_boundary=BOUNDARY,
    )


def monitoring(**settings: Any) -> Deployment:
    """One Monitoring."""
    made = deploy(lambda: Monitoring("monitoring", arguments(**settings), on_kubernetes()).export())
    assert made.error is None, made.error
    return made


def pod(run: Deployment, name: str, kind: str = "Deployment") -> dict[str, Any]:
    """The pod's specification of one workload."""
    return dict(run.one(kind, name).inputs["spec"]["template"]["spec"])


def container(run: Deployment, name: str, kind: str = "Deployment") -> dict[str, Any]:
    """Its container."""
    (found,) = pod(run, name, kind)["containers"]
    return dict(found)


def config(run: Deployment, name: str, file: str) -> Any:
    """A file of a workload's ConfigMap, read."""
    return yaml.safe_load(run.one("ConfigMap", f"{name}-config").inputs["data"][file])
