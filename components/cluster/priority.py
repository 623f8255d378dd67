"""PriorityClasses: of what the platform itself runs outside kube-system, and of services."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.context import ClusterContext
from settings.derived.priorities import CLASSES, CRITICAL

VALUE = 1_000_000
"""Above every pod without a class (0), far below ``system-cluster-critical`` (2,000,000,000; Kubernetes, "Pod Priority")."""


def priority_class(context: ClusterContext) -> k8s.scheduling.v1.PriorityClass:
    """The class: on a full node, a pod with it takes the place of one without."""
    return k8s.scheduling.v1.PriorityClass(
        context.named("critical"),
        metadata=k8s.meta.v1.ObjectMetaArgs(name=CRITICAL, labels={**context.args.labels}),
        value=VALUE,
        description="What the platform itself runs, outside kube-system",
        opts=pulumi.ResourceOptions(parent=context.parent, provider=context.kubernetes),
    )


def service_classes(context: ClusterContext) -> Sequence[k8s.scheduling.v1.PriorityClass]:
    """The classes of services of low and high priority, by which pods take the place of others on full nodes."""
    return [
        k8s.scheduling.v1.PriorityClass(
            context.named(f"services-{priority}"),
            metadata=k8s.meta.v1.ObjectMetaArgs(name=one.name, labels={**context.args.labels}),
            value=one.value,
            description=one.description,
            opts=pulumi.ResourceOptions(parent=context.parent, provider=context.kubernetes),
        )
        for priority, one in CLASSES.items()
    ]
