"""VPC flow logs."""

from typing import Any

from rehearsal.aws.client import AwsError
from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup, ec2_tags
from rehearsal.aws.types.ec2.shared import ARN
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


class FlowLogHandler(ResourceHandler):
    """A flow log: three kinds of resource, two ways to name a log group."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Create it; AWS reports a refusal in a successful response."""
        if not inputs.get("iamRoleArn") and inputs.get("logDestinationType", "cloud-watch-logs") == "cloud-watch-logs":
            raise ProviderError("CreateFlowLogs: MissingParameter: iamRoleArn is needed for CloudWatch Logs")
        answer = context.call("ec2", "create_flow_logs", **self.create_params(context, inputs))
        for failed in answer.get("Unsuccessful", []):
            raise AwsError("CreateFlowLogs", failed["Error"]["Code"], failed["Error"]["Message"])
        return str(answer["FlowLogIds"][0])

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters, with resource and log group as moto takes them."""
        rest = dict(inputs)
        for key, noun in (("vpcId", "VPC"), ("subnetId", "Subnet"), ("eniId", "NetworkInterface")):
            if rest.pop(key, None):
                named = {"ResourceIds": [inputs[key]], "ResourceType": noun}
        destination = rest.get("logDestination") or ""
        if ":log-group:" in destination:
            # Given by ARN, moto reads it back as failed.
            rest.pop("logDestination")
            rest["logGroupName"] = destination.split(":log-group:", 1)[1].removesuffix(":*")
        return super().create_params(context, rest) | named


TYPE = ResourceType(
    token="aws:ec2/flowLog:FlowLog",
    service="ec2",
    create="create_flow_logs",
    id="FlowLogIds.0",
    read=Lookup(operation="describe_flow_logs", arguments={"FlowLogIds": ["{id}"]}, path="FlowLogs.0"),
    delete=("delete_flow_logs", {"FlowLogIds": ["{id}"]}),
    renames={"iamRoleArn": "DeliverLogsPermissionArn"},
    replace=frozenset(
        {
            *("vpcId", "subnetId", "eniId", "transitGatewayId", "trafficType", "iamRoleArn", "logDestination"),
            *("logDestinationType", "logGroupName", "logFormat", "maxAggregationInterval", "destinationOptions"),
        }
    ),
    tags=ec2_tags("vpc-flow-log"),
    outputs={"arn": ARN + ":vpc-flow-log/{id}", "logFormat": "LogFormat", "logDestination": "LogDestination"},
    defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
    handler=FlowLogHandler,
)
