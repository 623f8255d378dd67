"""EKS managed node groups."""

import re
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import items_of, scaling_sizes, text_of
from rehearsal.aws.node_readiness import wait_for_nodes
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.shapes import path_of
from rehearsal.aws.spec import Lookup
from rehearsal.aws.types.eks.shared import EKS_TAGS, find_tags_of_node_groups
from rehearsal.aws.versions import DEFAULT_CLUSTER_VERSION
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

CREATE_FAILED, DEGRADED = "CREATE_FAILED", "DEGRADED"
_STATE_ONLY = frozenset({"version", "releaseVersion", "updateConfig", "nodeRepairConfig", "remoteAccess"})
"""What moto does not keep, or has no operation to change."""
_UPDATE_STRATEGIES = ("DEFAULT", "MINIMAL")
_RELEASE = re.compile(r"\d+\.\d+\.\d+-\d{8}")


def _node_group_scaling(context: ResourceContext, inputs: Properties) -> Failures:
    """Check the sizes; EKS requires a maximum of at least one."""
    scaling = inputs.get("scalingConfig")
    if not isinstance(scaling, Mapping):
        return []
    problems = scaling_sizes("minSize", "desiredSize", "maxSize")(context, dict(scaling))
    maximum = scaling.get("maxSize")
    if isinstance(maximum, int) and maximum < 1:
        problems.append(("maxSize", "must be at least 1"))
    return [(f"scalingConfig.{path}", reason) for path, reason in problems]


def _node_group_taints(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the effects of taints, as EKS spells them."""
    effects = ("NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE")
    return [
        (f"taints[{index}].effect", f"{taint['effect']} is not one of {', '.join(effects)}")
        for index, taint in enumerate(items_of(inputs.get("taints")))
        if isinstance(taint, Mapping) and isinstance(taint.get("effect"), str) and taint["effect"] not in effects
    ]


def _node_group_update(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the update config: exactly one limit, and a strategy that EKS has."""
    config = inputs.get("updateConfig")
    if not isinstance(config, Mapping):
        return []
    problems = []
    limits = [key for key in ("maxUnavailable", "maxUnavailablePercentage") if config.get(key) is not None]
    if len(limits) != 1:
        given = " and ".join(limits) or "neither"
        problems.append(("updateConfig", f"exactly one of maxUnavailable and maxUnavailablePercentage, not {given}"))
    strategy = text_of(config.get("updateStrategy"))
    if strategy is not None and strategy not in _UPDATE_STRATEGIES:
        problems.append(("updateConfig.updateStrategy", f"{strategy} is not one of {', '.join(_UPDATE_STRATEGIES)}"))
    return problems


def _node_group_release(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the AMI release: the patch version of its kubelet and a date."""
    release = text_of(inputs.get("releaseVersion"))
    if release is not None and not _RELEASE.fullmatch(release):
        return [("releaseVersion", f"{release} is not an AMI release such as 1.35.6-20260714")]
    return []


def _limit_by_quotas() -> None:
    from rehearsal.aws.quotas import limit_node_groups  # noqa: PLC0415 - imports moto

    limit_node_groups()


class NodeGroupHandler(ResourceHandler):
    """A node group in moto; the node agent brings its nodes, and creation waits for them as EKS does."""

    _made = False
    """Return whether this very operation made it."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Create it, after the checks that moto omits."""
        context.call("iam", "get_role", RoleName=str(inputs["nodeRoleArn"]).rpartition("/")[2])
        subnets = context.call("ec2", "describe_subnets", SubnetIds=inputs["subnetIds"])["Subnets"]
        _check_release("CreateNodegroup", inputs)
        template = inputs.get("launchTemplate") or {}
        if template.get("id"):
            context.call("ec2", "describe_launch_templates", LaunchTemplateIds=[template["id"]])
            context.call(
                "ec2",
                "describe_launch_template_versions",
                LaunchTemplateId=template["id"],
                Versions=[str(template["version"])],
            )
            if inputs.get("diskSize"):
                raise ProviderError(
                    "CreateNodegroup: InvalidParameterException: Disk size must be specified within the launch template"
                )
        _check_offered(context, inputs.get("instanceTypes") or [], {subnet["AvailabilityZone"] for subnet in subnets})
        self._made = True
        return super().create(context, inputs)

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters, with the cluster's version by default."""
        params = super().create_params(context, inputs)
        if "version" not in params:
            cluster = context.call("eks", "describe_cluster", name=inputs["clusterName"])["cluster"]
            params["version"] = cluster["version"]
        return params

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the group, without values that moto invents."""
        found = super().read(context, resource_id, properties)
        if found is not None:
            found = {key: value for key, value in found.items() if key not in _STATE_ONLY}
            # A launch template's new version reaches moto through no operation.
            found.pop("launchTemplate", None)
        return found

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs with defaults of EKS."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        name = path_of(found, "resources.autoScalingGroups.0.name") or f"eks-{outputs['nodeGroupName']}"
        outputs["resources"] = [{"autoscalingGroups": [{"name": name}], "remoteAccessSecurityGroupId": ""}]
        outputs.setdefault("amiType", found.get("amiType") or "AL2023_x86_64_STANDARD")
        outputs.setdefault("capacityType", "ON_DEMAND")
        if not outputs.get("version"):
            read = Lookup(operation="describe_cluster", arguments={"name": "{clusterName}"}, path="cluster.version")
            outputs["version"] = context.lookup("eks", read, inputs) or DEFAULT_CLUSTER_VERSION
        # AWS would name the newest release of the version's image at the time of creation.
        outputs.setdefault("releaseVersion", before.get("releaseVersion") or f"{outputs['version']}-recorded")
        return outputs

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Change scaling, labels and taints.

        Nodes stay as they are whatever the update strategy: a version or release changes in the state alone.
        """
        # The provider sends a release only when it changes, so one that an upgrade leaves behind does no harm.
        if old.get("releaseVersion") != new.get("releaseVersion"):
            _check_release("UpdateNodegroupVersion", new)
            _check_no_way_back(old, new)
        params: dict[str, Any] = {}
        if old.get("scalingConfig") != new.get("scalingConfig"):
            params["scalingConfig"] = dict(new["scalingConfig"])
        before, after = old.get("labels") or {}, new.get("labels") or {}
        if before != after:
            changed = {key: value for key, value in after.items() if before.get(key) != value}
            gone = sorted(set(before) - set(after))
            params["labels"] = {"addOrUpdateLabels": changed} | ({"removeLabels": gone} if gone else {})
        tainted, taints = old.get("taints") or [], new.get("taints") or []
        if tainted != taints:
            params["taints"] = {
                "addOrUpdateTaints": [taint for taint in taints if taint not in tainted],
                "removeTaints": [taint for taint in tainted if taint not in taints],
            }
        if params:
            cluster, group = new["clusterName"], new["nodeGroupName"]
            context.call("eks", "update_nodegroup_config", clusterName=cluster, nodegroupName=group, **params)
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)

    def wait(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Wait until the desired number of nodes is Ready in Kubernetes.

        Raises:
            ProviderError: AWS could not launch them when the group was made, in the real provider's words.
        """
        group = context.call(
            "eks", "describe_nodegroup", clusterName=inputs["clusterName"], nodegroupName=inputs["nodeGroupName"]
        )["nodegroup"]
        if group["status"] == CREATE_FAILED and self._made:
            raise ProviderError(
                f"waiting for EKS Node Group ({resource_id}) create: unexpected state 'CREATE_FAILED', wanted target "
                f"'ACTIVE'. last error: {_issues(group)} (EKS says so after about 20 minutes)"
            )
        if group["status"] in {CREATE_FAILED, DEGRADED}:
            # An update of the provider waits for EKS to take it, not for nodes, and an empty one for nothing at all.
            return
        wait_for_nodes(context, inputs["nodeGroupName"], int(inputs["scalingConfig"]["desiredSize"]))

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it and wait until its nodes have left."""
        super().delete(context, resource_id, inputs, outputs)
        wait_for_nodes(context, {**outputs, **inputs}["nodeGroupName"], 0)


def _issues(group: dict[str, Any]) -> str:
    """Return why a group failed, as the provider words it: resources, code and message of each issue."""
    issues = group.get("health", {}).get("issues", [])
    return "; ".join(f"{', '.join(one.get('resourceIds', []))}: {one['code']}: {one['message']}" for one in issues)


def _check_release(operation: str, inputs: Properties) -> None:
    """Refuse a release of another Kubernetes version."""
    release, version = inputs.get("releaseVersion"), inputs.get("version")
    if release and version and not str(release).startswith(f"{version}."):
        raise ProviderError(
            f"{operation}: InvalidParameterException: Requested release version {release} is not valid for "
            f"kubernetes version {version}."
        )


def _check_no_way_back(old: Properties, new: Properties) -> None:
    """Refuse an older release: EKS rolls no node group back (API reference, UpdateNodegroupVersion)."""
    before, after = (str(each.get("releaseVersion") or "").rpartition("-")[2] for each in (old, new))
    if before and after and after < before:
        raise ProviderError(
            f"UpdateNodegroupVersion: InvalidParameterException: release {new['releaseVersion']} is older than "
            f"{old['releaseVersion']}, and a node group cannot be rolled back to an earlier AMI version"
        )


def _check_offered(context: ResourceContext, types: list[str], zones: set[str]) -> None:
    """Refuse a type that none of the group's zones offers.

    p3, and regions such as GovCloud's, are missing from moto's table: what it does not know is taken as offered.
    """
    named = [name for name in types if not name.startswith("p3.")]
    if not named:
        return
    answer = context.call(
        "ec2",
        "describe_instance_type_offerings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": named}],
    )
    offered = {(item["InstanceType"], item["Location"]) for item in answer["InstanceTypeOfferings"]}
    if (
        not offered
        and not context.call("ec2", "describe_instance_type_offerings", LocationType="availability-zone")[
            "InstanceTypeOfferings"
        ]
    ):
        return
    for name in named:
        if not any((name, zone) in offered for zone in zones):
            raise ProviderError(
                f"CreateNodegroup: InvalidParameterException: instance type {name} is not offered in "
                f"{', '.join(sorted(zones))}"
            )


TYPE = ResourceType(
    token="aws:eks/nodeGroup:NodeGroup",
    service="eks",
    create="create_nodegroup",
    id="{clusterName}:{nodeGroupName}",
    read=Lookup(
        operation="describe_nodegroup",
        arguments={"clusterName": "{clusterName}", "nodegroupName": "{nodeGroupName}"},
        path="nodegroup",
    ),
    delete=("delete_nodegroup", {"clusterName": "{clusterName}", "nodegroupName": "{nodeGroupName}"}),
    renames={"subnetIds": "subnets", "nodeRoleArn": "nodeRole", "nodeGroupName": "nodegroupName"},
    skip=frozenset({"nodeGroupNamePrefix", "forceUpdateVersion"}),
    replace=frozenset(
        {
            *("clusterName", "nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds", "instanceTypes"),
            *("amiType", "capacityType", "diskSize", "remoteAccess", "launchTemplate.id", "launchTemplate.name"),
        }
    ),
    tags=EKS_TAGS,
    name="nodeGroupName",
    name_length=63,
    outputs={"arn": "nodegroupArn", "status": "status", "resources": "resources"},
    empty={
        "diskSize": 0,
        "instanceTypes": [],
        "nodeGroupNamePrefix": "",
        "nodeRepairConfig": {"enabled": False},
        "updateConfig": {"maxUnavailable": 1},
    },
    moto_patches=(
        find_tags_of_node_groups,
        _limit_by_quotas,
    ),
    checks=(
        _node_group_scaling,
        _node_group_taints,
        _node_group_update,
        _node_group_release,
    ),
    handler=NodeGroupHandler,
)
