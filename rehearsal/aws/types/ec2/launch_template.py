"""EC2 launch templates."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import items_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.shapes import path_of
from rehearsal.aws.spec import NAME_PREFIX, Lookup, ec2_tags
from rehearsal.plugins.wire import Properties, contains_unknown

_NOT_DATA = frozenset({"name", "description", "tags", "tagsAll", "updateDefaultVersion", "defaultVersion", "region"})


def _launch_template_volumes(_: ResourceContext, inputs: Properties) -> Failures:
    """Check throughput and IOPS of gp3 volumes."""
    problems = []
    for index, mapping in enumerate(items_of(inputs.get("blockDeviceMappings"))):
        ebs = mapping.get("ebs") if isinstance(mapping, Mapping) else None
        if not isinstance(ebs, Mapping) or ebs.get("volumeType") != "gp3" or contains_unknown(ebs):
            continue
        throughput, iops = ebs.get("throughput", 125), ebs.get("iops", 3000)
        path = f"blockDeviceMappings[{index}].ebs"
        if not 125 <= throughput <= 2000:
            problems.append((f"{path}.throughput", f"{throughput} MiB/s is not within gp3's 125 to 2000"))
        elif throughput > iops * 0.25:
            problems.append((f"{path}.throughput", f"{throughput} MiB/s needs at least {throughput * 4} IOPS"))
    return problems


def _describe_current_tags() -> None:
    """Describe a launch template with its current tags: moto returns those of its creation."""
    from moto.ec2.models.launch_templates import LaunchTemplate  # noqa: PLC0415 - the server alone imports moto

    LaunchTemplate.tags = property(lambda self: self.get_tags(), lambda _self, _tags: None)  # type: ignore[assignment]


class LaunchTemplateHandler(ResourceHandler):
    """A template; a change of its content is a new version."""

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the template with the content of its latest version."""
        found = super().read(context, resource_id, properties)
        if found is None:
            return None
        versions = context.call(
            "ec2", "describe_launch_template_versions", LaunchTemplateId=resource_id, Versions=["$Latest"]
        )
        data = path_of(versions, "LaunchTemplateVersions.0.LaunchTemplateData") or {}
        description = path_of(versions, "LaunchTemplateVersions.0.VersionDescription")
        return {**data, **found, "VersionDescription": description}

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Add a version if the content differs, and make it the default one if ``updateDefaultVersion`` is set."""
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
        """Return the version numbers, unless tags alone change."""
        changed = {key for key in {**old, **new} if old.get(key) != new.get(key)}
        return frozenset({"latestVersion", "defaultVersion"}) if changed - {"tags"} else frozenset()


TYPE = ResourceType(
    token="aws:ec2/launchTemplate:LaunchTemplate",
    service="ec2",
    create="create_launch_template",
    id="LaunchTemplate.LaunchTemplateId",
    top=frozenset({"name", "description"}),
    body="LaunchTemplateData",
    read=Lookup(
        operation="describe_launch_templates",
        arguments={"LaunchTemplateIds": ["{id}"]},
        path="LaunchTemplates.0",
    ),
    delete=("delete_launch_template", {"LaunchTemplateId": "{id}"}),
    renames={
        "name": "LaunchTemplateName",
        "description": "VersionDescription",
        "vpcSecurityGroupIds": "SecurityGroupIds",
        "securityGroupNames": "SecurityGroups",
    },
    skip=frozenset({"updateDefaultVersion", "defaultVersion", "namePrefix"}),
    replace=frozenset({"name", "namePrefix"}),
    tags=ec2_tags("launch-template"),
    name="name",
    name_length=128,
    outputs={
        "arn": "arn:{partition}:ec2:{region}:{account}:launch-template/{id}",
        "latestVersion": "LatestVersionNumber",
        "defaultVersion": "DefaultVersionNumber",
    },
    empty=NAME_PREFIX,
    moto_patches=(_describe_current_tags,),
    checks=(_launch_template_volumes,),
    handler=LaunchTemplateHandler,
)
