"""EKS add-ons."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.recorded_handler import RecordedHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.types.eks.shared import ARN, OWNING_CLUSTER
from rehearsal.aws.versions import addon_version
from rehearsal.plugins.wire import Properties


class AddonHandler(RecordedHandler):
    """A recorded add-on; its default version is that of the emulator's table."""

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs with the version."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        if not outputs.get("addonVersion"):
            outputs["addonVersion"] = before.get("addonVersion") or addon_version(str(inputs["addonName"]))
        return outputs


TYPE = ResourceType(
    token="aws:eks/addon:Addon",
    id="{clusterName}:{addonName}",
    replace=frozenset({"clusterName", "addonName"}),
    outputs={
        "arn": ARN + ":addon/{clusterName}/{addonName}/recorded",
        "createdAt": "createdAt",
        "modifiedAt": "modifiedAt",
    },
    stamps=("createdAt", "modifiedAt"),
    owner=OWNING_CLUSTER,
    empty={"configurationValues": ""},
    handler=AddonHandler,
    note="nothing is installed: the node agent has its own service proxy and DNS",
)
