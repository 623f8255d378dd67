"""EKS clusters: those of moto, with the endpoint and the certificate authority of the sandbox."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import items_of, name_characters, network_problem, text_of
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.shapes import path_of
from rehearsal.aws.spec import Lookup
from rehearsal.aws.types.eks.shared import EKS_TAGS
from rehearsal.aws.versions import CLUSTER_VERSIONS, DEFAULT_CLUSTER_VERSION
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties, Value

_SERVICES = "172.20.0.0/16"  # what the control plane runs with; one of the two that EKS picks from
_WITHOUT_EKS = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})
"""Ids of zones whose subnets EKS takes for no cluster (EKS User Guide, "Subnet requirements for clusters")."""


def _cluster_version(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that EKS has the Kubernetes version."""
    version = text_of(inputs.get("version"))
    if version is not None and version not in CLUSTER_VERSIONS:
        return [("version", f"{version} is not one of {', '.join(CLUSTER_VERSIONS)}")]
    return []


def _cluster_subnets(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the subnets and the access to the API endpoint."""
    config = inputs.get("vpcConfig")
    if not isinstance(config, Mapping):
        return []
    problems = []
    subnets = config.get("subnetIds")
    if isinstance(subnets, list) and len(subnets) < 2:
        problems.append(("vpcConfig.subnetIds", "subnets in at least two zones are needed"))
    if config.get("endpointPublicAccess") is False and config.get("endpointPrivateAccess") is not True:
        problems.append(("vpcConfig", "public or private access to the endpoint must be on"))
    for index, block in enumerate(items_of(config.get("publicAccessCidrs"))):
        reason = network_problem(block, 0, 32)
        if reason:
            problems.append((f"vpcConfig.publicAccessCidrs[{index}]", reason))
    return problems


def _add_update_cluster_version() -> None:
    """Add the operation UpdateClusterVersion, which moto lacks."""
    from moto.core.responses import ActionResult  # noqa: PLC0415 - the server alone imports moto
    from moto.eks.responses import EKSResponse  # noqa: PLC0415 - the server alone imports moto
    from moto.eks.urls import response, url_paths  # noqa: PLC0415 - the server alone imports moto

    def update_cluster_version(self: EKSResponse) -> ActionResult:
        cluster = self.eks_backend.describe_cluster(self._get_param("name"))
        cluster.version = str(self._get_param("version"))
        return ActionResult({"update": {"id": cluster.name, "status": "Successful", "type": "VersionUpdate"}})

    url_paths["{0}/clusters/(?P<name>[^/]+)/updates$"] = response.dispatch
    replace_methods(EKSResponse, update_cluster_version)


class ClusterHandler(ResourceHandler):
    """A cluster in moto, with the endpoint and the authority of the sandbox's kube-apiserver."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Create it, after the checks that moto omits."""
        role = str(inputs["roleArn"]).rpartition("/")[2]
        context.call("iam", "get_role", RoleName=role)
        subnets = _subnets(context, inputs)
        if len({subnet["AvailabilityZone"] for subnet in subnets}) < 2:
            raise ProviderError(
                "CreateCluster: InvalidParameterException: Subnets specified must be in at least two different AZs"
            )
        excluded = [subnet["AvailabilityZone"] for subnet in subnets if subnet["AvailabilityZoneId"] in _WITHOUT_EKS]
        if excluded:
            raise ProviderError(
                f"CreateCluster: UnsupportedAvailabilityZoneException: Cannot create cluster '{inputs['name']}' because EKS "
                f"does not support creating control plane instances in {excluded[0]}, the targeted availability zone"
            )
        if len({subnet["VpcId"] for subnet in subnets}) > 1:
            raise ProviderError("CreateCluster: InvalidParameterException: Subnets specified must be in one VPC")
        return super().create(context, inputs)

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters that moto keeps; the rest is in Pulumi's state."""
        params: dict[str, Any] = {
            "name": inputs["name"],
            "roleArn": inputs["roleArn"],
            "version": str(inputs.get("version") or DEFAULT_CLUSTER_VERSION),
            "resourcesVpcConfig": _vpc_config(inputs),
            "logging": _logging(inputs),
            "tags": dict(inputs.get("tags") or {}),
        }
        encryption = inputs.get("encryptionConfig")
        if encryption:
            params["encryptionConfig"] = [
                {"resources": encryption["resources"], "provider": {"keyArn": encryption["provider"]["keyArn"]}}
            ]
        return params

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Create the security group that EKS creates for every cluster."""
        super().finish(context, resource_id, inputs)
        vpc = _subnets(context, inputs)[0]["VpcId"]
        if _security_group(context, resource_id) is None:
            group = context.call(
                "ec2",
                "create_security_group",
                GroupName=_security_group_name(resource_id),
                Description="EKS created security group applied to ENI that is attached to EKS Control Plane master "
                "nodes, as well as any managed workloads.",
                VpcId=vpc,
            )["GroupId"]
            itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
            context.call("ec2", "authorize_security_group_ingress", GroupId=group, IpPermissions=[itself])

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs as AWS has them, those that moto keeps."""
        rest = {key: value for key, value in inputs.items() if key not in {"vpcConfig", "version"}}
        now = super().current_inputs(
            context, resource_id, rest, {key: found[key] for key in ("roleArn", "name", "tags")}
        )
        enabled = [
            kind
            for entry in path_of(found, "logging.clusterLogging") or []
            if entry["enabled"]
            for kind in entry["types"]
        ]
        if "enabledClusterLogTypes" in inputs and sorted(enabled) != sorted(inputs["enabledClusterLogTypes"]):
            now["enabledClusterLogTypes"] = enabled
        return {key: now.get(key, value) for key, value in inputs.items()}

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs with those of the sandbox's control plane."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        subnets = _subnets(context, inputs)
        group = _security_group(context, resource_id) or {}
        given = inputs["vpcConfig"]
        access = inputs.get("accessConfig") or {}
        network = inputs.get("kubernetesNetworkConfig") or {}
        outputs |= {
            "clusterId": "",
            "endpoint": context.sandbox.kubernetes_url,
            "certificateAuthority": {"data": _authority(context, found)},
            "identities": [{"oidcs": [{"issuer": path_of(found, "identity.oidc.issuer")}]}],
            "version": str(inputs.get("version") or DEFAULT_CLUSTER_VERSION),
            "vpcConfig": {
                "endpointPublicAccess": True,
                "endpointPrivateAccess": False,
                "publicAccessCidrs": ["0.0.0.0/0"],
                **given,
                "vpcId": subnets[0]["VpcId"] if subnets else "",
                "clusterSecurityGroupId": group.get("GroupId", ""),
            },
            "accessConfig": {
                "authenticationMode": "CONFIG_MAP",
                "bootstrapClusterCreatorAdminPermissions": True,
                **access,
            },
            "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": _SERVICES, **network},
        }
        return outputs

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Change logging, network access and tags; the version and the policies are kept in the state."""
        _check_upgrade(str(old.get("version") or DEFAULT_CLUSTER_VERSION), new.get("version"))
        if new.get("version") and str(new["version"]) != str(old.get("version")):
            context.call("eks", "update_cluster_version", name=resource_id, version=str(new["version"]))
        if old.get("enabledClusterLogTypes") != new.get("enabledClusterLogTypes"):
            context.call("eks", "update_cluster_config", name=resource_id, logging=_logging(new))
        if old["vpcConfig"] != new["vpcConfig"]:
            # moto replaces its whole object by what it is given.
            context.call("eks", "update_cluster_config", name=resource_id, resourcesVpcConfig=_vpc_config(new))
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it and its security group, unless it is protected."""
        if inputs.get("deletionProtection"):
            raise ProviderError(
                f"DeleteCluster: InvalidRequestException: {resource_id} has deletion protection; "
                "set deletionProtection to false, deploy that, then delete it"
            )
        super().delete(context, resource_id, inputs, outputs)
        group = _security_group(context, resource_id)
        if group is not None:
            context.call("ec2", "delete_security_group", GroupId=group["GroupId"])


def _subnets(context: ResourceContext, inputs: Properties) -> list[dict[str, Any]]:
    ids = inputs["vpcConfig"].get("subnetIds") or []
    subnets: list[dict[str, Any]] = context.call("ec2", "describe_subnets", SubnetIds=ids)["Subnets"]
    return subnets


def _vpc_config(inputs: Properties) -> Properties:
    names = ("subnetIds", "securityGroupIds", "endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
    given = inputs["vpcConfig"]
    return {key: given[key] for key in names if given.get(key) is not None}


def _logging(inputs: Properties) -> dict[str, Any]:
    every = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    on = [kind for kind in every if kind in (inputs.get("enabledClusterLogTypes") or [])]
    off = [kind for kind in every if kind not in on]
    states = ((on, True), (off, False))
    return {"clusterLogging": [{"types": kinds, "enabled": state} for kinds, state in states if kinds]}


def _security_group_name(cluster: str) -> str:
    return f"eks-cluster-sg-{cluster}"


def _security_group(context: ResourceContext, cluster: str) -> dict[str, Any] | None:
    named = [{"Name": "group-name", "Values": [_security_group_name(cluster)]}]
    groups = context.call("ec2", "describe_security_groups", Filters=named)["SecurityGroups"]
    return groups[0] if groups else None


def _authority(context: ResourceContext, found: Any) -> str:
    """Return the sandbox's certificate authority; without a control plane, moto's random text."""
    if not context.sandbox.admin_kubeconfig.exists():
        return str(path_of(found, "certificateAuthority.data"))
    import yaml  # noqa: PLC0415

    config = yaml.safe_load(context.sandbox.admin_kubeconfig.read_text())
    return str(config["clusters"][0]["cluster"]["certificate-authority-data"])


def _check_upgrade(old: str, wanted: Value) -> None:
    if not wanted or str(wanted) == old:
        return
    before, after = (int(version.split(".")[1]) for version in (old, str(wanted)))
    if after != before + 1:
        raise ProviderError(
            f"UpdateClusterVersion: InvalidParameterException: Unsupported Kubernetes minor version update from {old} "
            f"to {wanted}; go one minor version at a time"
        )


TYPE = ResourceType(
    token="aws:eks/cluster:Cluster",
    service="eks",
    create="create_cluster",
    id="{name}",
    read=Lookup(operation="describe_cluster", arguments={"name": "{id}"}, path="cluster"),
    delete=("delete_cluster", {"name": "{id}"}),
    replace=frozenset({"name", "roleArn", "kubernetesNetworkConfig.serviceIpv4Cidr", "bootstrapSelfManagedAddons"}),
    tags=EKS_TAGS,
    name="name",
    name_length=100,
    outputs={"arn": "arn", "createdAt": "createdAt", "status": "status", "platformVersion": "platformVersion"},
    defaults={
        "bootstrapSelfManagedAddons": True,
        "deletionProtection": False,
        "upgradePolicy": {"supportType": "EXTENDED"},
    },
    moto_patches=(_add_update_cluster_version,),
    checks=(_cluster_version, _cluster_subnets, name_characters("name", 100)),
    handler=ClusterHandler,
)
