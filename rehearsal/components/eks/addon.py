"""``eks:index:Addon``: an EKS add-on, as a child of its cluster."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.provider import ConstructResult

from rehearsal.components.child import Component, aws, compact
from rehearsal.components.eks.addons import configuration
from rehearsal.components.eks.references import of_cluster
from rehearsal.components.inputs import plain, reject_unknown

_PASSED = (
    *("addonName", "addonVersion", "podIdentityAssociations", "preserve", "resolveConflictsOnCreate"),
    *("resolveConflictsOnUpdate", "serviceAccountRoleArn", "tags"),
)


def construct(name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions) -> ConstructResult:
    """Register the add-on under its cluster, whatever parent the program gave."""
    reject_unknown("eks", inputs, (*_PASSED, "cluster", "configurationValues"))
    cluster: Component = plain(inputs, "cluster")
    addon = Addon(name, inputs, cluster, options)
    return ConstructResult(urn=addon.urn, state={})


class Addon(Component):
    """The component and its one child."""

    def __init__(
        self, name: str, inputs: Mapping[str, Any], cluster: Component, options: pulumi.ResourceOptions
    ) -> None:
        merged = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(parent=cluster))
        super().__init__("eks:index:Addon", name, compact(inputs), merged)
        aws(
            "aws:eks/addon:Addon",
            name,
            {
                **{key: inputs.get(key) for key in _PASSED},
                "clusterName": of_cluster(cluster, "name"),
                "configurationValues": configuration(inputs.get("configurationValues")),
            },
            parent=self,
        )
        self.register_outputs({})
