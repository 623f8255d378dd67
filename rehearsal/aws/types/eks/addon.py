"""EKS add-ons."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.recorded_handler import RecordedHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.types.eks.shared import ARN, CLUSTER_EXISTS
from rehearsal.aws.versions import addon_version
from rehearsal.plugins.wire import Properties


class AddonHandler(RecordedHandler):
    """An add-on, recorded; its version is the newest of an own table if none is given."""

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """What AWS would say of it."""
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
    owner=CLUSTER_EXISTS,
    empty={"configurationValues": ""},
    handler=AddonHandler,
    note="nothing is installed: the node agent's own service proxy and DNS stand in",
)
