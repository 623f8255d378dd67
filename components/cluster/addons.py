"""What runs in every cluster: CoreDNS, the metrics server, the EBS driver, and the AWS Load Balancer Controller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_eks as eks
import pulumi_kubernetes as k8s

from components.cluster.load_balancer_policy import load_balancer_policy
from components.roles import BoundRole, OidcTrust, managed, service_account_role
from settings.models.addons import Addon
from settings.models.cluster import ClusterSettings
from settings.models.pools import GPU_TAINT

SYSTEM_NAMESPACE = "kube-system"
EBS_SERVICE_ACCOUNT = "ebs-csi-controller-sa"
EBS_POLICY = "AmazonEBSCSIDriverPolicyV2"
"""Volumes and snapshots that the driver made itself (tag ``ebs.csi.aws.com/cluster``), which it always tags; the first
version of the policy admitted every volume of the account (kubernetes-sigs/aws-ebs-csi-driver#2918). Its ARN has no
``service-role/``, as that of AmazonEBSCSIDriverEKSClusterScopedPolicy in the AWS Managed Policy Reference."""
DEFAULT_STORAGE_CLASS: Mapping[str, object] = {"defaultStorageClass": {"enabled": True}}
"""The driver's own StorageClass ``ebs-csi-default-sc``: gp3, the default of the cluster (templates/ebs-csi-default-sc.yaml)."""
MONITORING_AGENT: Addon = "eks-node-monitoring-agent"
MONITORED_GPUS: Mapping[str, object] = {"dcgmAgent": {"tolerations": [{"key": GPU_TAINT, "operator": "Exists"}]}}
"""The agent itself tolerates every taint, the DaemonSet that reads the GPUs none (values.yaml of its chart)."""
CONTROLLER = "aws-load-balancer-controller"
CONTROLLER_CHART_VERSION = "1.14.0"
CONTROLLER_CHARTS = "https://aws.github.io/eks-charts"
CONTROLLER_TIMEOUT_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class AddonsPlace:
    """What add-ons of one cluster have in common."""

    prefix: str
    """The component's name."""
    parent: pulumi.Resource
    """The component."""
    cluster: eks.Cluster
    """The cluster."""
    trust: OidcTrust
    """How IAM knows its service accounts."""
    partition: pulumi.Input[str]
    """AWS partition."""
    boundary: str | None
    """Permissions boundary of every role."""
    settings: ClusterSettings
    """The cluster's settings: versions of add-ons, and which of them are wanted."""
    after: Sequence[pulumi.Resource]
    """The system pool: an add-on without a node waits 20 minutes for its pods, and fails."""


def eks_addons(place: AddonsPlace) -> list[eks.Addon]:
    """The managed add-ons; vpc-cni and kube-proxy come with the cluster itself."""
    driver = service_account_role(
        f"{place.prefix}-ebs-csi",
        place.trust,
        namespace=SYSTEM_NAMESPACE,
        service_account=EBS_SERVICE_ACCOUNT,
        description="EBS CSI driver: makes and attaches volumes",
        boundary=place.boundary,
        parent=place.parent,
        policies=managed(place.partition, EBS_POLICY),
    )
    volumes = DEFAULT_STORAGE_CLASS if place.settings.default_storage_class else None
    return [
        _addon("coredns", place),
        _addon("metrics-server", place),
        _addon("aws-ebs-csi-driver", place, driver, volumes),
        *([_addon(MONITORING_AGENT, place, values=MONITORED_GPUS)] if place.settings.node_repair else []),
    ]


def kube_proxy_options(settings: ClusterSettings) -> eks.KubeProxyAddonOptionsArgs | None:
    """The version of kube-proxy, if one is pinned; the component takes the newest otherwise."""
    version = settings.addon_versions.get("kube-proxy")
    return eks.KubeProxyAddonOptionsArgs(version=version) if version else None


def _addon(
    addon: Addon, place: AddonsPlace, role: BoundRole | None = None, values: Mapping[str, object] | None = None
) -> eks.Addon:
    after = [*place.after, *(role.permissions if role else ())]
    return eks.Addon(
        f"{place.prefix}-{addon}",
        cluster=place.cluster,
        addon_name=addon,
        addon_version=place.settings.addon_versions.get(addon),
        configuration_values=values,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        service_account_role_arn=role.role.arn if role else None,
        opts=pulumi.ResourceOptions(parent=place.parent, depends_on=after),
    )


def load_balancer_controller(
    place: AddonsPlace,
    *,
    cluster_name: pulumi.Input[str],
    region: str,
    vpc_id: pulumi.Input[str],
    provider: k8s.Provider,
    after: Sequence[pulumi.Resource],
) -> k8s.helm.v3.Release:
    """The controller behind Services of class ``service.k8s.aws/nlb``, and the program's one Helm release."""
    bound = service_account_role(
        f"{place.prefix}-load-balancer-controller",
        place.trust,
        namespace=SYSTEM_NAMESPACE,
        service_account=CONTROLLER,
        description="AWS Load Balancer Controller: makes load balancers for Services",
        boundary=place.boundary,
        parent=place.parent,
        document=load_balancer_policy(place.partition),
    )
    return k8s.helm.v3.Release(
        f"{place.prefix}-load-balancer-controller",
        name=CONTROLLER,
        namespace=SYSTEM_NAMESPACE,
        chart=CONTROLLER,
        version=CONTROLLER_CHART_VERSION,
        repository_opts=k8s.helm.v3.RepositoryOptsArgs(repo=CONTROLLER_CHARTS),
        # A controller that does not come up is taken back whole, so that the next run starts clean.
        atomic=True,
        timeout=CONTROLLER_TIMEOUT_SECONDS,
        values={
            "clusterName": cluster_name,
            # Region and VPC are given: the metadata service, where it would look, is out of a pod's reach.
            "region": region,
            "vpcId": vpc_id,
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
            # CoreDNS first: the controller must find STS by name.
            parent=place.parent,
            provider=provider,
            depends_on=[*place.after, *after, *bound.permissions],
        ),
    )
