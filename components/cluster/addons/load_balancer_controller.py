"""The AWS Load Balancer Controller: network load balancers for Services; the program's one Helm release."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.addons.addon import SYSTEM_NAMESPACE, AddOn
from components.cluster.addons.load_balancer_policy import load_balancer_policy
from components.cluster.context import ClusterContext
from components.roles import service_account_role

CONTROLLER = "aws-load-balancer-controller"
CHART_VERSION = "1.14.0"
CHART_REPOSITORY = "https://aws.github.io/eks-charts"
TIMEOUT_SECONDS = 600


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
    return k8s.helm.v3.Release(
        context.named("load-balancer-controller"),
        name=CONTROLLER,
        namespace=SYSTEM_NAMESPACE,
        chart=CONTROLLER,
        version=CHART_VERSION,
        repository_opts=k8s.helm.v3.RepositoryOptsArgs(repo=CHART_REPOSITORY),
        # A controller that does not start is removed completely, so that the next run starts clean.
        atomic=True,
        timeout=TIMEOUT_SECONDS,
        values={
            "clusterName": context.args.cluster_name,
            # Region and VPC are given: a pod cannot reach the metadata service, where it would look.
            "region": context.args.region,
            "vpcId": context.args.vpc_id,
            "replicaCount": 2,
            # Every Service here names its load balancer class itself; the webhook would only refuse other Services of
            # the cluster while the controller is away.
            "enableServiceMutatorWebhook": False,
            "serviceAccount": {
                "create": True,
                "name": CONTROLLER,
                "annotations": {"eks.amazonaws.com/role-arn": bound.role.arn},
            },
        },
        opts=pulumi.ResourceOptions(
            parent=context.parent, provider=context.kubernetes, depends_on=[*after, *bound.permissions]
        ),
    )


ADDON = AddOn(
    key=CONTROLLER,
    install=load_balancer_controller,
    # The controller finds STS by name; and Helm fails to list the API's groups while one of them, metrics.k8s.io, is
    # registered and does not answer.
    after=("coredns", "metrics-server"),
)
