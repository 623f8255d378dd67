"""IAM instance profiles."""

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup
from rehearsal.aws.types.iam.shared import iam_tags
from rehearsal.plugins.wire import Properties


class InstanceProfileHandler(ResourceHandler):
    """A profile and the one role in it."""

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Add the role."""
        super().finish(context, resource_id, inputs)
        self._put(context, resource_id, None, inputs.get("role"))

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Change the role."""
        if old.get("role") != new.get("role"):
            self._put(context, resource_id, old.get("role"), new.get("role"))
        super().update(context, resource_id, old, new, outputs)

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Remove the role, then delete it."""
        for role in (self.read(context, resource_id, inputs) or {}).get("Roles", []):
            self._put(context, resource_id, role["RoleName"], None)
        super().delete(context, resource_id, inputs, outputs)

    def _put(self, context: ResourceContext, profile: str, old: str | None, new: str | None) -> None:
        if old:
            context.call("iam", "remove_role_from_instance_profile", InstanceProfileName=profile, RoleName=old)
        if new:
            context.call("iam", "add_role_to_instance_profile", InstanceProfileName=profile, RoleName=new)


TYPE = ResourceType(
    token="aws:iam/instanceProfile:InstanceProfile",
    service="iam",
    create="create_instance_profile",
    id="{name}",
    read=Lookup(operation="get_instance_profile", arguments={"InstanceProfileName": "{id}"}, path="InstanceProfile"),
    delete=("delete_instance_profile", {"InstanceProfileName": "{id}"}),
    renames={"name": "InstanceProfileName"},
    skip=frozenset({"role", "namePrefix"}),
    replace=frozenset({"name", "namePrefix", "path"}),
    tags=iam_tags("instance_profile", "InstanceProfileName"),
    name="name",
    name_length=128,
    outputs={"arn": "Arn", "uniqueId": "InstanceProfileId", "createDate": "CreateDate"},
    defaults={"path": "/"},
    empty=NAME_PREFIX,
    handler=InstanceProfileHandler,
)
