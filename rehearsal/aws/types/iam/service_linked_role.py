"""Service-linked roles of IAM."""

import re

from rehearsal.aws.client import AwsError
from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, TagCalls, UpdateCall
from rehearsal.plugins.wire import Properties

_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")


def _service(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that the service is a service principal."""
    name = text_of(inputs.get("awsServiceName"))
    if name is None or _SERVICE.fullmatch(name):
        return []
    return [("awsServiceName", f"{name} is not a service principal such as spot.amazonaws.com")]


class ServiceLinkedRoleHandler(ResourceHandler):
    """A role that AWS names after its service; its id is its ARN."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Create it; an account has at most one of a service."""
        try:
            return super().create(context, inputs)
        except AwsError as error:
            if error.code != "EntityAlreadyExists":
                raise
            raise AwsError(
                "CreateServiceLinkedRole",
                "InvalidInput",
                f"the service role name of {inputs['awsServiceName']} has been taken in this account",
            ) from error

    def template_values(self, resource_id: str, inputs: Properties, outputs: Properties) -> Properties:
        """Return all properties, with the name that is the end of the ARN."""
        return {**super().template_values(resource_id, inputs, outputs), "name": resource_id.rpartition("/")[2]}


TYPE = ResourceType(
    token="aws:iam/serviceLinkedRole:ServiceLinkedRole",
    service="iam",
    create="create_service_linked_role",
    id="Role.Arn",
    read=Lookup(operation="get_role", arguments={"RoleName": "{name}"}, path="Role"),
    delete=("delete_service_linked_role", {"RoleName": "{name}"}),
    replace=frozenset({"awsServiceName", "customSuffix"}),
    updates=(UpdateCall(properties=("description",), operation="update_role", arguments={"RoleName": "{name}"}),),
    tags=TagCalls(add="tag_role", remove="untag_role", arguments={"RoleName": "{name}"}),
    outputs={
        "arn": "Arn",
        "name": "RoleName",
        "path": "Path",
        "uniqueId": "RoleId",
        "createDate": "CreateDate",
    },
    checks=(_service,),
    handler=ServiceLinkedRoleHandler,
)
