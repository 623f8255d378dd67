"""The PriorityClass of what the platform itself runs outside kube-system."""

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.context import ClusterContext

CRITICAL = "llm-platform-critical"
"""Name of the class. EKS's add-ons and the controllers in kube-system have ``system-cluster-critical``, which comes before."""
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
