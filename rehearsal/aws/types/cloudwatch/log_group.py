"""CloudWatch log groups."""

import re
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, TagCalls, UpdateCall
from rehearsal.plugins.wire import Properties

_RETENTION = frozenset(
    {0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)


def _log_group(_: ResourceContext, inputs: Properties) -> Failures:
    """Check name and retention."""
    problems = []
    name, days = text_of(inputs.get("name")), inputs.get("retentionInDays")
    if name and not re.fullmatch(r"[\w./#-]{1,512}", name):
        problems.append(("name", f"{name}: only letters, digits and _-/.# are allowed"))
    if isinstance(days, int) and days not in _RETENTION:
        problems.append(("retentionInDays", f"{days} is not one of {sorted(_RETENTION)}"))
    return problems


def _forget_tags_of_deleted_groups() -> None:
    """Delete the tags of a deleted log group: moto gives them to the next one of that name."""
    from moto.logs.models import LogsBackend  # noqa: PLC0415 - the server alone imports moto

    delete = LogsBackend.delete_log_group

    def delete_log_group(self: LogsBackend, log_group_name: str) -> None:
        group = self.groups.get(log_group_name)
        delete(self, log_group_name)
        if group is not None:
            self.tagger.delete_all_tags_for_resource(group.arn)

    replace_methods(LogsBackend, delete_log_group)


class LogGroupHandler(ResourceHandler):
    """A log group; AWS finds them by prefix only."""

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the group of exactly this name."""
        for group in super().read(context, resource_id, properties) or []:
            if group["logGroupName"] == resource_id:
                return group
        return None

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Change retention; 0 means for ever, which is a call of its own."""
        if old.get("retentionInDays") and not new.get("retentionInDays"):
            context.call("logs", "delete_retention_policy", logGroupName=resource_id)
            old = {**old, "retentionInDays": new.get("retentionInDays")}
        super().update(context, resource_id, old, new, outputs)

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it, unless ``skipDestroy`` is set."""
        if not inputs.get("skipDestroy"):
            super().delete(context, resource_id, inputs, outputs)


TYPE = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    create="create_log_group",
    id="{name}",
    read=Lookup(operation="describe_log_groups", arguments={"logGroupNamePrefix": "{id}"}, path="logGroups"),
    delete=("delete_log_group", {"logGroupName": "{id}"}),
    renames={"name": "logGroupName"},
    skip=frozenset({"skipDestroy", "namePrefix"}),
    # AWS can change the key in place; moto has no operation for it.
    replace=frozenset({"name", "namePrefix", "kmsKeyId", "logGroupClass"}),
    updates=(
        UpdateCall(
            properties=("retentionInDays",),
            operation="put_retention_policy",
            arguments={"logGroupName": "{id}"},
            on_create=True,
        ),
    ),
    tags=TagCalls(
        member="tags",
        form="map",
        add="tag_resource",
        remove="untag_resource",
        arguments={"resourceArn": "arn:{partition}:logs:{region}:{account}:log-group:{id}"},
        added="tags",
        removed="tagKeys",
        read=Lookup(
            operation="list_tags_for_resource",
            arguments={"resourceArn": "arn:{partition}:logs:{region}:{account}:log-group:{id}"},
            path="tags",
        ),
    ),
    name="name",
    name_length=512,
    outputs={"arn": "arn:{partition}:logs:{region}:{account}:log-group:{id}"},
    defaults={"retentionInDays": 0, "skipDestroy": False, "logGroupClass": "STANDARD"},
    empty={**NAME_PREFIX, "deletionProtectionEnabled": False},
    moto_patches=(_forget_tags_of_deleted_groups,),
    checks=(_log_group,),
    handler=LogGroupHandler,
)
