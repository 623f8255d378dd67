"""The AWS Load Balancer Controller: network load balancers for Services."""

from collections.abc import Sequence

import pulumi

from components.cluster.addons.addon import NEEDED_BY_RELEASES, SYSTEM_NAMESPACE, AddOn
from components.cluster.addons.load_balancer_policy import load_balancer_policy
from components.cluster.addons.placement import node_selector
from components.cluster.context import ClusterContext
from components.kubernetes.chart import release
from components.roles import service_account_role
from settings.artifacts.charts import LOAD_BALANCER_CONTROLLER as CHART
from settings.artifacts.images import LOAD_BALANCER_CONTROLLER as IMAGE
from settings.derived.system_pool.workloads import LOAD_BALANCER_CONTROLLER as WORKLOAD

CONTROLLER = "aws-load-balancer-controller"
WITHOUT_INTERNET = {"enableShield": False, "enableWaf": False, "enableWafv2": False}
"""What an isolated cluster needs (docs/deploy/installation.md of the controller, "Additional requirements for isolated cluster"): Shield has
no endpoint in a VPC, and the controller would wait minutes for it before it makes an application load balancer (its issue #2070)."""


def load_balancer_controller(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """The release of the chart, with an IAM role of its own."""
    bound = service_account_role(
        context.named("load-balancer-controller"),
        context.trust,
        namespace=SYSTEM_NAMESPACE,
        service_account=CONTROLLER,
        description="AWS Load Balancer Controller: makes load balancers for Services",
        boundary=context.args.permissions_boundary,
        parent=context.parent,
        document=load_balancer_policy(context.partition),
    )
    repository = context.args.images.chart_repository(IMAGE)
    return release(
        context.named("load-balancer-controller"),
        CHART,
        mirror=context.args.chart_mirror,
        namespace=SYSTEM_NAMESPACE,
        values={
            "clusterName": context.args.cluster_name,
            # Region and VPC are given: a pod cannot reach the metadata service, where it would look.
            "region": context.args.region,
            "vpcId": context.args.vpc_id,
            "replicaCount": WORKLOAD.replicas,
            # The chart requests nothing: under pressure the kubelet would evict the controller first.
            "resources": {"requests": WORKLOAD.requests},
            "priorityClassName": "system-cluster-critical",
            # Every Service here names its load balancer class itself; the webhook would only refuse other Services of
            # the cluster while the controller is away.
            "enableServiceMutatorWebhook": False,
            **(WITHOUT_INTERNET if context.args.cluster.karpenter.isolated_vpc else {}),
            "serviceAccount": {
                "create": True,
                "name": CONTROLLER,
                "annotations": {"eks.amazonaws.com/role-arn": bound.role.arn},
            },
            # `nodeSelector` of stable/aws-load-balancer-controller/values.yaml (aws/eks-charts).
            **node_selector(context.args),
            **({"image": {"repository": repository}} if repository else {}),
        },
        opts=pulumi.ResourceOptions(
            parent=context.parent, provider=context.kubernetes, depends_on=[*after, *bound.permissions]
        ),
    )


ADDON = AddOn(
    key=CONTROLLER,
    install=load_balancer_controller,
    after=NEEDED_BY_RELEASES,
)
