"""Tags of AWS resources, in the four forms that AWS's services take them."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.shapes import path_of
from rehearsal.aws.spec import ResourceSpec
from rehearsal.plugins.wire import Properties


def _formed(form: str, tags: Mapping[str, str]) -> Any:
    if form == "map":
        return dict(tags)
    if form == "tagkey":
        return [{"TagKey": key, "TagValue": value} for key, value in sorted(tags.items())]
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def creation_tags(spec: ResourceSpec, tags: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameter that holds the tags of a create operation."""
    if spec.tags is None or not spec.tags.member or not tags:
        return {}
    if spec.tags.form.startswith("ec2:"):
        resource_type = spec.tags.form.removeprefix("ec2:")
        return {spec.tags.member: [{"ResourceType": resource_type, "Tags": _formed("list", tags)}]}
    return {spec.tags.member: _formed(spec.tags.form, tags)}


def apply_tags(
    context: ResourceContext, spec: ResourceSpec, properties: Properties, old: Mapping[str, str], new: Mapping[str, str]
) -> None:
    """Change the tags of an existing resource."""
    tags = spec.tags
    if tags is None or not tags.add:
        return
    arguments = context.fill(tags.arguments, properties)
    gone = sorted(set(old) - set(new))
    if gone and tags.remove:
        removed: Any = [{"Key": key} for key in gone] if tags.removed == "Tags" else gone
        context.call(spec.service, tags.remove, **arguments, **{tags.removed: removed})
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    if changed or (gone and not tags.remove):
        whole = changed if tags.remove else new
        form = "list" if tags.form.startswith("ec2:") else tags.form
        if tags.added.startswith("Tagging."):
            context.call(spec.service, tags.add, **arguments, Tagging={"TagSet": _formed(form, whole)})
        else:
            context.call(spec.service, tags.add, **arguments, **{tags.added: _formed(form, whole)})


def found_tags(
    context: ResourceContext, spec: ResourceSpec, properties: Properties, found: Any, wanted: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the tags that AWS has; the wanted ones where its response has none."""
    tags = spec.tags
    if tags is None:
        return wanted
    value = context.lookup(spec.service, tags.read, properties) if tags.read else path_of(found, tags.found)
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items() if not str(key).startswith("aws:")}
    if not isinstance(value, list):
        return wanted
    pairs = {item.get("Key", item.get("TagKey")): item.get("Value", item.get("TagValue")) for item in value}
    return {key: item for key, item in pairs.items() if not key.startswith("aws:")}
