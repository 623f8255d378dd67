"""EKS access entries."""

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.recorded_handler import RecordedHandler
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.types.eks.shared import ARN, OWNING_CLUSTER
from rehearsal.plugins.wire import Properties

_STANDARD = "STANDARD"
_NODES = {
    "EC2_LINUX": "system:node:{{EC2PrivateDNSName}}",
    "EC2_WINDOWS": "system:node:{{EC2PrivateDNSName}}",
    "EC2": "system:node:{{EC2PrivateDNSName}}",
    "FARGATE_LINUX": "system:node:{{SessionName}}",
    "HYBRID_LINUX": "system:node:{{SessionName}}",
}
"""User name that EKS gives the nodes of each type (https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html)."""


def _type(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the type, and that an entry of nodes leaves user name and groups to EKS."""
    kind = text_of(inputs.get("type"))
    if kind in (None, _STANDARD):
        return []
    if kind not in _NODES:
        return [("type", f"{kind} is not one of {', '.join([_STANDARD, *sorted(_NODES)])}")]
    return [
        (name, f"an entry of type {kind} takes no {name}: EKS sets it")
        for name in ("kubernetesGroups", "userName")
        if inputs.get(name)
    ]


class AccessEntryHandler(RecordedHandler):
    """An entry; those of nodes get user name and groups from EKS."""

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: object, before: Properties
    ) -> Properties:
        """Return all outputs, for nodes with what EKS sets."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        user = _NODES.get(outputs["type"])
        return outputs | ({"userName": user, "kubernetesGroups": ["system:nodes"]} if user else {})


TYPE = ResourceType(
    token="aws:eks/accessEntry:AccessEntry",
    id="{clusterName}:{principalArn}",
    replace=frozenset({"clusterName", "principalArn", "type"}),
    outputs={
        "accessEntryArn": ARN + ":access-entry/{clusterName}/recorded",
        "createdAt": "createdAt",
        "modifiedAt": "modifiedAt",
    },
    stamps=("createdAt", "modifiedAt"),
    defaults={"type": _STANDARD, "kubernetesGroups": [], "userName": ""},
    owner=OWNING_CLUSTER,
    checks=(_type,),
    handler=AccessEntryHandler,
    note="who may use the cluster is not enforced",
)
