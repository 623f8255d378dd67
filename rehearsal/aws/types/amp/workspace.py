"""Workspaces of Amazon Managed Service for Prometheus."""

from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup, TagCalls, UpdateCall

TYPE = ResourceType(
    token="aws:amp/workspace:Workspace",
    service="amp",
    create="create_workspace",
    id="workspaceId",
    read=Lookup(operation="describe_workspace", arguments={"workspaceId": "{id}"}, path="workspace"),
    delete=("delete_workspace", {"workspaceId": "{id}"}),
    replace=frozenset({"kmsKeyArn"}),
    updates=(UpdateCall(properties=("alias",), operation="update_workspace_alias", arguments={"workspaceId": "{id}"}),),
    tags=TagCalls(
        member="tags",
        form="map",
        add="tag_resource",
        remove="untag_resource",
        arguments={"resourceArn": "arn:{partition}:aps:{region}:{account}:workspace/{id}"},
        added="tags",
        removed="tagKeys",
        found="tags",
    ),
    outputs={"arn": "arn", "prometheusEndpoint": "prometheusEndpoint"},
    note="nothing answers at its endpoint",
)
