"""EC2 Auto Scaling groups."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import scaling_sizes
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, UpdateCall
from rehearsal.plugins.wire import Properties


class GroupHandler(ResourceHandler):
    """A group; each of its tags has whether instances get it."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters, with subnets as one text and tags in the form of the service."""
        rest = dict(inputs)
        subnets = rest.pop("vpcZoneIdentifiers", None)
        params = super().create_params(context, {key: value for key, value in rest.items() if key != "tags"})
        if subnets:
            params["VPCZoneIdentifier"] = ",".join(subnets)
        if inputs.get("tags"):
            params["Tags"] = [
                {"Key": tag["key"], "Value": tag["value"], "PropagateAtLaunch": tag["propagateAtLaunch"]}
                for tag in inputs["tags"]
            ]
        return params

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs as AWS has them, with the subnets as a list."""
        if isinstance(found.get("VPCZoneIdentifier"), str):
            found = {**found, "VPCZoneIdentifier": found["VPCZoneIdentifier"].split(",")}
        return super().current_inputs(context, resource_id, inputs, found)


TYPE = ResourceType(
    token="aws:autoscaling/group:Group",
    service="autoscaling",
    create="create_auto_scaling_group",
    id="{name}",
    read=Lookup(
        operation="describe_auto_scaling_groups",
        arguments={"AutoScalingGroupNames": ["{id}"]},
        path="AutoScalingGroups.0",
    ),
    delete=("delete_auto_scaling_group", {"AutoScalingGroupName": "{id}", "ForceDelete": True}),
    renames={
        "name": "AutoScalingGroupName",
        "vpcZoneIdentifiers": "VPCZoneIdentifier",
        "launchConfiguration": "LaunchConfigurationName",
        "id": "LaunchTemplateId",
        "targetGroupArns": "TargetGroupARNs",
    },
    skip=frozenset({"tags", "forceDelete", "waitForCapacityTimeout", "suspendedProcesses"}),
    replace=frozenset({"name", "namePrefix"}),
    updates=(
        UpdateCall(
            properties=("minSize", "maxSize", "desiredCapacity", "healthCheckType", "healthCheckGracePeriod"),
            operation="update_auto_scaling_group",
            arguments={"AutoScalingGroupName": "{id}"},
        ),
    ),
    name="name",
    outputs={"arn": "AutoScalingGroupARN"},
    empty={
        **NAME_PREFIX,
        "availabilityZones": [],
        "defaultCooldown": 300,
        "healthCheckType": "EC2",
        "loadBalancers": [],
        "predictedCapacity": 0,
        "serviceLinkedRoleArn": "",
        "targetGroupArns": [],
        "trafficSources": [],
        "vpcZoneIdentifiers": [],
        "warmPoolSize": 0,
    },
    checks=(scaling_sizes("minSize", "desiredCapacity", "maxSize"),),
    handler=GroupHandler,
)
