"""The EKS add-ons that come with a cluster: kube-proxy always, coredns on request."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from rehearsal.components.child import Child, aws, aws_invoke
from rehearsal.components.inputs import plain


def kube_proxy(name: str, cluster: Child, inputs: Mapping[str, Any], *, parent: pulumi.Resource) -> None:
    """Create it unless it is switched off."""
    options = plain(inputs, "kubeProxyAddonOptions", {})
    if plain(options, "enabled", default=True):
        _addon(f"{name}-kube-proxy", "kube-proxy", cluster, options, inputs.get("tags"), parent)


def coredns(name: str, cluster: Child, inputs: Mapping[str, Any], *, parent: pulumi.Resource) -> None:
    """Create it when requested: without a default node group there is no node it could run on yet."""
    options = plain(inputs, "corednsAddonOptions", {})
    if plain(options, "enabled", default=False) or options.get("configurationValues") is not None:
        _addon(f"{name}-coredns", "coredns", cluster, options, inputs.get("tags"), parent)


def latest(addon: str, version: pulumi.Input[str], *, parent: pulumi.Resource) -> pulumi.Output[Any]:
    """The newest version of an add-on for a Kubernetes version."""
    args = {"addonName": addon, "kubernetesVersion": version, "mostRecent": True}
    found = aws_invoke("aws:eks/getAddonVersion:getAddonVersion", args, parent=parent)
    return found.apply(lambda result: result["version"])


def configuration(values: pulumi.Input[Any]) -> pulumi.Output[Any] | None:
    """Add-on settings as JSON with sorted keys, so that equal settings are equal text."""
    if values is None:
        return None
    return pulumi.Output.from_input(values).apply(
        lambda each: json.dumps(_with_integers(each), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    )


def _with_integers(value: Any) -> Any:
    """Whole numbers as integers again; the wire knows doubles only."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _with_integers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_integers(each) for each in value]
    return value


def _addon(
    name: str, addon: str, cluster: Child, options: Mapping[str, Any], tags: Any, parent: pulumi.Resource
) -> None:
    version = options.get("version")
    aws(
        "aws:eks/addon:Addon",
        name,
        {
            "clusterName": cluster.output("name"),
            "addonName": addon,
            "addonVersion": version or latest(addon, cluster.output("version"), parent=parent),
            "preserve": True,
            "resolveConflictsOnCreate": options.get("resolveConflictsOnCreate") or "OVERWRITE",
            "resolveConflictsOnUpdate": options.get("resolveConflictsOnUpdate") or "OVERWRITE",
            "configurationValues": configuration(options.get("configurationValues")),
            "tags": tags,
        },
        parent=parent,
    )
