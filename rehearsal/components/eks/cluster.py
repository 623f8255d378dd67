"""``eks:index:Cluster``: control plane, service role, security groups, access entries, add-ons, kubeconfig."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.provider import ConstructResult

from rehearsal.components.child import Child, Component, aws, compact, merged
from rehearsal.components.eks import access, addons, cluster_arguments, kubeconfig, security_groups
from rehearsal.components.eks.references import EKS_CLUSTER_OUTPUTS
from rehearsal.components.eks.service_role import ServiceRole, aws_policy
from rehearsal.components.eks.vpc_cni import VpcCniAddon
from rehearsal.components.inputs import plain

# The version of the Kubernetes provider that eks requests for the provider that it creates.
_KUBERNETES_VERSION = "4.34.2"
# Creation-time properties: EKS reports them differently later, and neither can be changed.
_IGNORED = ("accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons")


def construct(name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions) -> ConstructResult:
    """Register the cluster; inputs that cannot be are refused before anything is made."""
    cluster_arguments.check(inputs)
    cluster = Cluster(name, inputs, options)
    return ConstructResult(urn=cluster.urn, state=cluster.state)


class Cluster(Component):
    """The component, with eks's inputs and outputs in Pulumi's state."""

    def __init__(self, name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions) -> None:
        super().__init__("eks:index:Cluster", name, compact(inputs), options)
        self._name, self._args = name, inputs
        own_role = None if inputs.get("serviceRole") is not None else self._service_role()
        self._role = inputs["serviceRole"] if own_role is None else own_role.role
        self._security_group = self._cluster_security_group()
        self._cluster = self._eks_cluster(own_role.resources if own_role else [])
        addons.kube_proxy(name, self._cluster, inputs, parent=self)
        endpoint = kubeconfig.when_ready(
            self._cluster.output("endpoint"), wait=bool(plain(inputs, "endpointPublicAccess", default=False))
        )
        config = kubeconfig.kubeconfig(endpoint, self._cluster.output("certificateAuthority"))
        config_json = config.apply(kubeconfig.dump)
        self._kubernetes = pulumi.ProviderResource(
            "kubernetes",
            f"{name}-eks-k8s",
            compact({"kubeconfig": config_json, "enableConfigMapMutable": inputs.get("enableConfigMapMutable")}),
            pulumi.ResourceOptions(parent=self, version=_KUBERNETES_VERSION),
        )
        entries = access.create(name, self._cluster, plain(inputs, "accessEntries", {}), parent=self)
        self._vpc_cni = self._create_vpc_cni(entries)
        addons.coredns(name, self._cluster, inputs, parent=self)
        self._node_group: Child | None = None
        self._ingress_rule: Child | None = None
        if self._security_group is not None and not self._skips_security_groups:
            self._node_group, self._ingress_rule = security_groups.create(
                name,
                vpc_id=inputs["vpcId"],
                cluster_group=self._security_group,
                cluster_name=self._cluster.output("name"),
                tags=merged(inputs.get("nodeSecurityGroupTags"), inputs.get("tags")),
                parent=self,
            )
        self.state = self._outputs(config, config_json, endpoint)
        self.register_outputs(self.state)

    @property
    def _skips_security_groups(self) -> bool:
        return bool(plain(self._args, "skipDefaultSecurityGroups", default=False))

    def _service_role(self) -> ServiceRole:
        return ServiceRole(
            f"{self._name}-eksRole",
            service="eks.amazonaws.com",
            description="Allows EKS to manage clusters on your behalf.",
            policies=[aws_policy("AmazonEKSClusterPolicy", parent=self)],
            actions=["sts:AssumeRole", "sts:TagSession"],
            tags=self._args.get("tags"),
            parent=self,
        )

    def _cluster_security_group(self) -> Any:
        given = self._args.get("clusterSecurityGroup")
        if given is not None or self._skips_security_groups:
            return given
        return security_groups.create_for_cluster(
            self._name,
            vpc_id=self._args["vpcId"],
            tags=merged(self._args.get("clusterSecurityGroupTags"), self._args.get("tags")),
            parent=self,
        )

    def _eks_cluster(self, depends_on: list[Child]) -> Child:
        args, name, group = self._args, self._name, self._security_group
        return aws(
            "aws:eks/cluster:Cluster",
            f"{name}-eksCluster",
            {
                "name": args.get("name"),
                "roleArn": pulumi.Output.from_input(self._role).apply(lambda each: each.output("arn")),
                "kubernetesNetworkConfig": self._network(),
                "bootstrapSelfManagedAddons": plain(args, "bootstrapSelfManagedAddons", default=True),
                "vpcConfig": compact(
                    {
                        "securityGroupIds": None if group is None else [_id(group)],
                        "subnetIds": self._subnet_ids(),
                        "endpointPrivateAccess": args.get("endpointPrivateAccess"),
                        "endpointPublicAccess": args.get("endpointPublicAccess"),
                        "publicAccessCidrs": args.get("publicAccessCidrs"),
                    }
                ),
                "version": args.get("version"),
                "enabledClusterLogTypes": args.get("enabledClusterLogTypes"),
                "tags": merged({"Name": f"{name}-eksCluster"}, args.get("clusterTags"), args.get("tags")),
                "encryptionConfig": self._encryption(),
                "accessConfig": {
                    "authenticationMode": args["authenticationMode"],
                    "bootstrapClusterCreatorAdminPermissions": True,
                },
                "upgradePolicy": args.get("upgradePolicy"),
                "deletionProtection": args.get("deletionProtection"),
            },
            parent=self,
            depends_on=depends_on,
            ignore_changes=_IGNORED,
            outputs=EKS_CLUSTER_OUTPUTS,
        )

    def _network(self) -> dict[str, Any] | None:
        service, family = self._args.get("kubernetesServiceIpAddressRange"), plain(self._args, "ipFamily")
        if service is None and family is None:
            return None
        family = family or "ipv4"
        return compact({"serviceIpv4Cidr": service if family == "ipv4" else None, "ipFamily": family})

    def _encryption(self) -> pulumi.Output[dict[str, Any]] | None:
        """The block; like eks's own it is unknown as a whole while the key is."""
        key = self._args.get("encryptionConfigKeyArn")
        if key is None:
            return None
        return pulumi.Output.from_input(key).apply(lambda arn: {"provider": {"keyArn": arn}, "resources": ["secrets"]})

    def _subnet_ids(self) -> Any:
        if self._args.get("subnetIds") is not None:
            return self._args["subnetIds"]
        groups = [self._args.get(key) or [] for key in ("publicSubnetIds", "privateSubnetIds")]
        return pulumi.Output.all(*groups).apply(lambda each: [*each[0], *each[1]])

    def _create_vpc_cni(self, depends_on: list[Child]) -> VpcCniAddon | None:
        if plain(self._args, "useDefaultVpcCni", default=False):
            return None
        return VpcCniAddon(
            f"{self._name}-vpc-cni",
            compact(
                {
                    **plain(self._args, "vpcCniOptions", {}),
                    "clusterName": self._cluster.output("name"),
                    "clusterVersion": self._cluster.output("version"),
                    "tags": self._args.get("tags"),
                }
            ),
            pulumi.ResourceOptions(parent=self, depends_on=depends_on, providers={"kubernetes": self._kubernetes}),
        )

    def _outputs(self, config: pulumi.Output[Any], config_json: pulumi.Output[str], endpoint: Any) -> dict[str, Any]:
        own = self._cluster.output("vpcConfig").apply(lambda value: value.get("clusterSecurityGroupId"))
        issuer = self._cluster.output("identities").apply(_issuer)
        group, nodes, rule = self._security_group, self._node_group, self._ingress_rule
        return compact(
            {
                "autoModeNodeRoleName": "",
                "clusterIngressRuleId": rule.output("securityGroupRuleId") if rule else "",
                "clusterSecurityGroup": group,
                "clusterSecurityGroupId": own if group is None else _id(group),
                "core": self._core(endpoint),
                "defaultNodeGroupAsgName": "",
                "eksCluster": self._cluster,
                "eksClusterIngressRule": rule,
                "fargateProfileId": "",
                "fargateProfileStatus": "",
                "instanceRoles": [],
                "kubeconfig": config,
                "kubeconfigJson": config_json,
                "nodeSecurityGroup": nodes,
                "nodeSecurityGroupId": own if nodes is None else nodes.id,
                "oidcIssuer": issuer.apply(lambda url: url.replace("https://", "")),
                "oidcProviderArn": "",
                "oidcProviderUrl": issuer,
            }
        )

    def _core(self, endpoint: Any) -> pulumi.Output[dict[str, Any]]:
        """Return what the other components of the package read of a cluster; without the kubeconfig, which is secret here.

        As with eks it is one value, known once the cluster is there: nothing in it is known in a first preview.
        """
        args = self._args
        options = {theirs: args.get(ours) for ours, theirs in cluster_arguments.NODE_GROUP_OPTIONS.items()}
        core = compact(
            {
                "accessEntries": list(plain(args, "accessEntries", {}).values()),
                "autoModeNodeRoleName": "",
                "cluster": self._cluster,
                "clusterIamRole": self._role,
                "clusterSecurityGroup": self._security_group,
                "encryptionConfig": self._encryption(),
                "endpoint": endpoint,
                "instanceRoles": [],
                "nodeGroupOptions": compact(
                    {
                        **options,
                        "version": args.get("version"),
                        "nodeSecurityGroup": self._node_group,
                        "clusterIngressRule": self._ingress_rule,
                    }
                ),
                "nodeSecurityGroupTags": args.get("nodeSecurityGroupTags"),
                "privateSubnetIds": args.get("privateSubnetIds"),
                "provider": self._kubernetes,
                "publicSubnetIds": args.get("publicSubnetIds"),
                "storageClasses": {},
                "subnetIds": self._subnet_ids(),
                "tags": args.get("tags"),
                "vpcCni": self._vpc_cni,
                "vpcId": args["vpcId"],
            }
        )
        return self._cluster.output("endpoint").apply(lambda _: core)


def _id(group: Any) -> pulumi.Output[str]:
    return pulumi.Output.from_input(group).apply(lambda each: each.id)


def _issuer(identities: Any) -> str:
    for identity in identities or ():
        for oidc in identity.get("oidcs") or ():
            return str(oidc.get("issuer") or "")
    return ""
