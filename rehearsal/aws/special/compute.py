"""Behaviours of launch templates and scaling groups."""

from typing import Any

from rehearsal.aws.behaviour import Behaviour
from rehearsal.aws.context import Context
from rehearsal.aws.shapes import path_of
from rehearsal.plugins.wire import Properties

_NOT_DATA = frozenset({"name", "description", "tags", "tagsAll", "updateDefaultVersion", "defaultVersion", "region"})


class LaunchTemplate(Behaviour):
    """A template: a change of its content is a new version."""

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The template with the content of its latest version."""
        found = super().look(context, resource_id, properties)
        if found is None:
            return None
        versions = context.call(
            "ec2", "describe_launch_template_versions", LaunchTemplateId=resource_id, Versions=["$Latest"]
        )
        data = path_of(versions, "LaunchTemplateVersions.0.LaunchTemplateData") or {}
        description = path_of(versions, "LaunchTemplateVersions.0.VersionDescription")
        return {**data, **found, "VersionDescription": description}

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Add a version if the content differs, and make it the default one if asked."""
        content = {key: new[key] for key in new if key not in _NOT_DATA} != {
            key: old[key] for key in old if key not in _NOT_DATA
        }
        if content or old.get("description") != new.get("description"):
            params = self.create_params(context, {key: value for key, value in new.items() if key != "tags"})
            params.pop("LaunchTemplateName", None)
            answer = context.call("ec2", "create_launch_template_version", LaunchTemplateId=resource_id, **params)
            default = answer["LaunchTemplateVersion"]["VersionNumber"] if new.get("updateDefaultVersion") else None
        else:
            default = None
        if new.get("defaultVersion") and new.get("defaultVersion") != old.get("defaultVersion"):
            default = new["defaultVersion"]
        elif new.get("updateDefaultVersion") and not old.get("updateDefaultVersion") and default is None:
            default = outputs["latestVersion"]
        if default is not None:
            context.call("ec2", "modify_launch_template", LaunchTemplateId=resource_id, DefaultVersion=str(default))
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)

    def unknown_after_update(self, old: Properties, new: Properties) -> frozenset[str]:
        """Which versions there will be is not known before."""
        changed = {key for key in {**old, **new} if old.get(key) != new.get(key)}
        return frozenset({"latestVersion", "defaultVersion"}) if changed - {"tags"} else frozenset()


class AutoScalingGroup(Behaviour):
    """A group whose tags say for themselves whether instances get them."""

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The parameters, subnets as one text, tags in their own form."""
        rest = dict(inputs)
        subnets = rest.pop("vpcZoneIdentifiers", None)
        params = super().create_params(context, {key: value for key, value in rest.items() if key != "tags"})
        if subnets:
            params["VPCZoneIdentifier"] = ",".join(subnets)
        if inputs.get("tags"):
            params["Tags"] = [
                {"Key": tag["key"], "Value": tag["value"], "PropagateAtLaunch": tag["propagateAtLaunch"]}
                for tag in inputs["tags"]
            ]
        return params

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """The inputs as AWS has them; the subnets come as one text."""
        if isinstance(found.get("VPCZoneIdentifier"), str):
            found = {**found, "VPCZoneIdentifier": found["VPCZoneIdentifier"].split(",")}
        return super().current(context, resource_id, inputs, found)
