"""``eks:index:ManagedNodeGroup``: a managed node group, with a launch template of its own where the inputs need one."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.provider import ConstructResult

from rehearsal.components.child import Child, Component, aws, compact
from rehearsal.components.eks import ami
from rehearsal.components.eks.references import of_cluster
from rehearsal.components.inputs import input_error, plain, reject_unknown

# What the AWS resource takes as it is.
_PASSED = (
    *("amiType", "capacityType", "diskSize", "forceUpdateVersion", "instanceTypes", "labels", "launchTemplate"),
    *("nodeGroupName", "nodeGroupNamePrefix", "releaseVersion", "remoteAccess", "tags", "taints", "version"),
)
_KNOWN = (
    *_PASSED,
    *("cluster", "clusterName", "enableIMDSv2", "gpu", "ignoreScalingChanges", "nodeRole", "nodeRoleArn"),
    *("operatingSystem", "scalingConfig", "subnetIds"),
)
_OWN_TEMPLATE = "put it into a launch template of your own and pass that as `launchTemplate`"
_FIXES = dict.fromkeys(
    (
        *("amiId", "bootstrapExtraArgs", "bottlerocketSettings", "enableEfaSupport", "kubeletExtraArgs"),
        *("nodeadmExtraOptions", "placementGroupAvailabilityZone", "userData"),
    ),
    _OWN_TEMPLATE,
)
_SCALING = {"desiredSize": 2, "minSize": 1, "maxSize": 2}


def construct(name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions) -> ConstructResult:
    """Register the node group; inputs that cannot be are refused before anything is made."""
    _check(inputs)
    group = ManagedNodeGroup(name, inputs, options)
    return ConstructResult(urn=group.urn, state=group.state)


def _check(inputs: Mapping[str, Any]) -> None:
    reject_unknown("eks", inputs, _KNOWN, fixes=_FIXES)
    if inputs.get("nodeRole") is not None and inputs.get("nodeRoleArn") is not None:
        raise input_error(
            "nodeRole", "You cannot specify both nodeRole and nodeRoleArn when creating a managed node group."
        )
    if inputs.get("nodeRole") is None and inputs.get("nodeRoleArn") is None:
        raise input_error("nodeRole", "An IAM role, or role ARN must be provided to create a managed node group")
    if inputs.get("launchTemplate") is not None and inputs.get("enableIMDSv2") is not None:
        raise input_error(
            "launchTemplate",
            "If you provide a custom launch template, you cannot provide enableIMDSv2. "
            "Please include it in the launch template that you are providing.",
        )


class ManagedNodeGroup(Component):
    """The component and its children."""

    def __init__(self, name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions) -> None:
        cluster = pulumi.Output.from_input(inputs["cluster"])
        args = dict(inputs)
        if args.get("version") is None and args.get("launchTemplate") is None:
            # A launch template may bring its own image; without one the nodes follow the cluster.
            args["version"] = cluster.apply(lambda each: of_cluster(each, "version"))
        super().__init__("eks:index:ManagedNodeGroup", name, compact(args), options)
        template = self._launch_template(name, args) if args.get("enableIMDSv2") is not None else None
        if template is not None:
            args.pop("diskSize", None)
            version = template.output("latestVersion").apply(_version_text)
            args["launchTemplate"] = {"id": template.id, "version": version}
        subnets = args.get("subnetIds")
        group = aws(
            "aws:eks/nodeGroup:NodeGroup",
            name,
            {
                **{key: args.get(key) for key in _PASSED},
                "amiType": args.get("amiType") or _ami_type(args),
                "clusterName": args.get("clusterName") or cluster.apply(lambda each: of_cluster(each, "name")),
                "nodeRoleArn": args.get("nodeRoleArn") or _arn(args["nodeRole"]),
                "scalingConfig": pulumi.Output.from_input(args.get("scalingConfig")).apply(_scaling),
                # One value, so that it is unknown as a whole while any of them is.
                "subnetIds": cluster.apply(_default_subnets) if subnets is None else pulumi.Output.from_input(subnets),
            },
            parent=self,
            ignore_changes=["scalingConfig.desiredSize"] if plain(args, "ignoreScalingChanges", default=False) else (),
        )
        self.state = {"nodeGroup": group, "placementGroupName": ""}
        self.register_outputs(self.state)

    def _launch_template(self, name: str, args: Mapping[str, Any]) -> Child:
        system = pulumi.Output.all(args.get("amiType"), args.get("operatingSystem")).apply(
            lambda each: ami.system_of(each[0], each[1])
        )
        disk = args.get("diskSize")
        mapping = {"deviceName": system.apply(ami.root_device), "ebs": {"volumeSize": disk}}
        tokens = pulumi.Output.from_input(args["enableIMDSv2"]).apply(lambda on: "required" if on else "optional")
        return aws(
            "aws:ec2/launchTemplate:LaunchTemplate",
            f"{name}-launchTemplate",
            {
                "blockDeviceMappings": None if disk is None else [mapping],
                "metadataOptions": {"httpTokens": tokens, "httpPutResponseHopLimit": 2, "httpEndpoint": "enabled"},
            },
            parent=self,
            outputs=["latestVersion"],
        )


def _ami_type(args: Mapping[str, Any]) -> pulumi.Output[str] | None:
    if args.get("operatingSystem") is None:
        return None
    return pulumi.Output.all(args["operatingSystem"], args.get("instanceTypes"), args.get("gpu")).apply(
        lambda each: ami.ami_type(each[0], each[1] or (), gpu=bool(each[2]))
    )


def _arn(role: Any) -> pulumi.Output[str]:
    return pulumi.Output.from_input(role).apply(lambda each: each.output("arn"))


def _scaling(config: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**_SCALING, **compact(config or {})}


def _default_subnets(cluster: Component) -> pulumi.Output[Any]:
    return cluster.output("core").apply(lambda core: core["subnetIds"])


def _version_text(version: Any) -> str:
    return str(int(version)) if isinstance(version, float) else str(version)
