"""The two Helm releases of Karpenter: its CRDs, and its controller.

The CRDs have a release of their own, since Helm never upgrades those inside a chart (Karpenter's documentation, "CRD
Upgrades"); it is upgraded first and deleted last.
"""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.addons.addon import SYSTEM_NAMESPACE
from components.cluster.context import ClusterContext
from components.kubernetes.chart import release
from components.roles import BoundRole
from settings.artifacts.charts import KARPENTER, KARPENTER_CRD, Chart
from settings.artifacts.images import KARPENTER as IMAGE
from settings.derived.system_pool.workloads import KARPENTER as WORKLOAD

SERVICE_ACCOUNT = "karpenter"


def releases(
    context: ClusterContext, controller: BoundRole, queue_name: pulumi.Input[str], after: Sequence[pulumi.Resource]
) -> list[pulumi.Resource]:
    """The releases ``karpenter-crd`` and ``karpenter``.

    Args:
        context: The cluster.
        controller: Role of the controller; it outlives the release, which terminates instances until it is gone.
        queue_name: Name of the interruption queue.
        after: What the controller's pods need to start.
    """
    crds = _release(KARPENTER_CRD, "crd", {}, context, after)
    values = controller_values(context, controller.role.arn, queue_name)
    return [crds, _release(KARPENTER, "controller", values, context, [crds, *controller.permissions])]


def controller_values(
    context: ClusterContext, role_arn: pulumi.Input[str], queue_name: pulumi.Input[str]
) -> dict[str, object]:
    """Values of the chart ``karpenter``; what is not here has the chart's default, such as priority and anti-affinity."""
    args, features = context.args, context.args.cluster.karpenter
    mirrored = args.images.chart_repository(IMAGE)
    return {
        # One works and one waits for its lease; the chart puts them on different nodes.
        "replicas": WORKLOAD.replicas,
        "logLevel": "info",
        "serviceAccount": {
            "create": True,
            "name": SERVICE_ACCOUNT,
            "annotations": {"eks.amazonaws.com/role-arn": role_arn},
        },
        "settings": {
            "clusterName": args.cluster_name,
            "interruptionQueue": queue_name,
            "isolatedVPC": features.isolated_vpc,
            "featureGates": {
                "nodeRepair": features.node_repair,
                "spotToSpotConsolidation": features.spot_to_spot_consolidation,
            },
        },
        "controller": {
            # The region is given: a pod cannot reach the metadata service, where it would look.
            "env": [{"name": "AWS_REGION", "value": args.region}],
            "resources": {"requests": WORKLOAD.requests, "limits": {"memory": WORKLOAD.requests["memory"]}},
            **({"image": {"repository": mirrored}} if mirrored else {}),
        },
        **_on_system_nodes(context),
    }


def _on_system_nodes(context: ClusterContext) -> Mapping[str, object]:
    """Where the controller runs: on the system pool, never on a node that it may remove itself.

    The chart spreads its pods over zones and counts those of all nodes they may run on: with the system pool alone, a zone
    that only other pools are in does not keep the second pod waiting.
    """
    labels = context.args.system_facts.labels
    chosen = [{"key": key, "operator": "In", "values": [value]} for key, value in labels.items()]
    not_its_own = {"key": "karpenter.sh/nodepool", "operator": "DoesNotExist"}
    terms = [{"matchExpressions": [not_its_own, *chosen]}]
    return {
        "affinity": {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}},
        }
    }


def _release(
    chart: Chart,
    suffix: str,
    values: Mapping[str, object],
    context: ClusterContext,
    after: Sequence[pulumi.Resource],
) -> k8s.helm.v3.Release:
    return release(
        context.named(suffix),
        chart,
        mirror=context.args.chart_mirror,
        namespace=SYSTEM_NAMESPACE,
        values=values,
        opts=pulumi.ResourceOptions(parent=context.parent, provider=context.kubernetes, depends_on=list(after)),
    )
