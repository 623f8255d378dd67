"""Permissions to invoke Lambda functions: statements of a function's policy."""

import json
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.wire import Properties


def _action(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that the action is one of Lambda."""
    action = text_of(inputs.get("action"))
    return (
        [] if action is None or action.startswith("lambda:") else [("action", f"{action} is not an action of lambda:")]
    )


class PermissionHandler(ResourceHandler):
    """A statement, which is found in the policy of its function."""

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the statement of this id."""
        text = super().read(context, resource_id, properties)
        statements = json.loads(text)["Statement"] if text else []
        return next(({} for statement in statements if statement["Sid"] == resource_id), None)


TYPE = ResourceType(
    token="aws:lambda/permission:Permission",
    service="lambda",
    create="add_permission",
    id="{statementId}",
    read=Lookup(operation="get_policy", arguments={"FunctionName": "{function}"}, path="Policy"),
    delete=("remove_permission", {"FunctionName": "{function}", "StatementId": "{id}"}),
    renames={"function": "FunctionName"},
    skip=frozenset({"statementIdPrefix"}),
    replace=frozenset(
        {
            "action",
            "function",
            "principal",
            "sourceAccount",
            "sourceArn",
            "statementId",
            "statementIdPrefix",
            "qualifier",
        }
    ),
    name="statementId",
    name_length=100,
    empty={"statementIdPrefix": ""},
    checks=(_action,),
    handler=PermissionHandler,
)
