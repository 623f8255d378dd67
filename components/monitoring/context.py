"""What the parts of monitoring have in common: the platform that is watched, its settings, its names."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import pulumi

from components.iam import Statement
from components.kubernetes.scope import Scope
from components.monitoring.cloud.cloud_alarms import CloudAlarms
from components.platform import Platform
from monitoring.rules import ServiceSettings as RuleService
from settings.derived.alert_settings import parallel_requests, replica_usd_per_hour
from settings.derived.billable import gpu_usd_per_hour, stack_prices
from settings.derived.gateway.names import public_name
from settings.derived.monitoring.sizes import MonitoringSize, monitoring_size
from settings.derived.naming import Naming, label_value, selector_labels
from settings.derived.plan import StackPlan
from settings.derived.platform_facts import PlatformFacts
from settings.models.monitoring import MonitoringSettings
from settings.models.pools import has_karpenter
from settings.models.stack import PlatformSettings

TIME_SCALE_VARIABLE = "LLM_PLATFORM_MONITORING_TIME_SCALE"
"""Environment variable of the program in a rehearsal: the factor of every duration of rules and configuration."""


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """Arguments of :class:`components.monitoring.monitoring.Monitoring`."""

    settings: MonitoringSettings
    """Its settings."""
    size: MonitoringSize
    """What Prometheus gets."""
    volume_gib: int
    """Size of its volume in GiB: that of its size, or more where it was larger before."""
    topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that alerts go to."""
    publish: Sequence[Statement]
    """What a role needs to publish to it, its key included."""
    facts: PlatformFacts
    """Region, networks, pools and mirror of the platform."""
    platform: Platform
    """The cluster."""
    naming: Naming
    """AWS tags and Kubernetes labels of the stack."""
    services: tuple[RuleService, ...] = ()
    """The stack's own services, as rules know them."""
    gpu_usd_per_hour: Mapping[str, float] = field(default_factory=dict)
    """US dollars an hour of one GPU on demand, by pool, where it is known."""
    karpenter: bool = False
    """Whether Karpenter launches nodes."""
    permissions_boundary: str | None = None
    """ARN of the IAM policy that bounds its roles."""
    time_scale: float = 1
    """Factor of every duration of rules and configuration; less than 1 in a rehearsal only."""

    @classmethod
    def of(
        cls, settings: PlatformSettings, plan: StackPlan, naming: Naming, platform: Platform, alarms: CloudAlarms
    ) -> Self:
        """Arguments of the monitoring of a platform stack.

        Raises:
            ValueError: the stack's settings make none.
        """
        size = monitoring_size(settings.monitoring)
        if size is None or plan.prometheus_gib is None:
            raise ValueError(f"stack {plan.stack} has no monitoring")
        stack = label_value(naming.stack)
        return cls(
            settings=settings.monitoring,
            size=size,
            volume_gib=plan.prometheus_gib,
            topic_arn=alarms.topic_arn,
            publish=alarms.grant_publish(),
            facts=plan.facts,
            platform=platform,
            naming=naming,
            services=tuple(
                RuleService(
                    name=public_name(stack, name),
                    thresholds=service.alerts.given,
                    replicas=service.least_replicas,
                    max_replicas=service.most_replicas if service.autoscale else None,
                    parallel=parallel_requests(service),
                    replica_usd_per_hour=replica_usd_per_hour(name, service, plan),
                    start_seconds=plan.timings[name].expected,
                )
                for name, service in settings.services.items()
            ),
            gpu_usd_per_hour=gpu_usd_per_hour(plan.billable, stack_prices(settings.budget)),
            karpenter=has_karpenter(settings.pools),
            permissions_boundary=settings.permissions_boundary,
            time_scale=float(os.environ.get(TIME_SCALE_VARIABLE, "1")),
        )

    @property
    def gpus(self) -> bool:
        """Whether there are nodes with GPUs."""
        return any(pool.kind == "gpu" for pool in self.facts.pools.values())

    def image(self, reference: str) -> str:
        """The name that a pod has for an image: from the platform's mirror, if it has one."""
        return self.facts.image_sources.pulled(reference)

    def scope(self, name: str, namespace: pulumi.Input[str], parent: pulumi.Resource) -> Scope:
        """The scope of the workload ``name``."""
        return Scope(
            name=name,
            namespace=namespace,
            parent=parent,
            labels=self.naming.labels,
            selector=selector_labels(name, name),
            pod_labels={"app.kubernetes.io/component": "monitoring", "app.kubernetes.io/managed-by": "pulumi"},
        )
