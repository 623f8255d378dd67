"""Tags: four forms of saying the same in AWS."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import Context
from rehearsal.aws.kind import Kind
from rehearsal.aws.shapes import path_of
from rehearsal.plugins.wire import Properties


def _formed(form: str, tags: Mapping[str, str]) -> Any:
    if form == "map":
        return dict(tags)
    if form == "tagkey":
        return [{"TagKey": key, "TagValue": value} for key, value in sorted(tags.items())]
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def creation_tags(kind: Kind, tags: Mapping[str, str]) -> dict[str, Any]:
    """The parameter that gives a create operation its tags."""
    if kind.tags is None or not kind.tags.member or not tags:
        return {}
    if kind.tags.form.startswith("ec2:"):
        resource_type = kind.tags.form.removeprefix("ec2:")
        return {kind.tags.member: [{"ResourceType": resource_type, "Tags": _formed("list", tags)}]}
    return {kind.tags.member: _formed(kind.tags.form, tags)}


def apply_tags(
    context: Context, kind: Kind, properties: Properties, old: Mapping[str, str], new: Mapping[str, str]
) -> None:
    """Change the tags of a resource that exists."""
    tags = kind.tags
    if tags is None or not tags.add:
        return
    arguments = context.fill(tags.arguments, properties)
    gone = sorted(set(old) - set(new))
    if gone and tags.remove:
        removed: Any = [{"Key": key} for key in gone] if tags.removed == "Tags" else gone
        context.call(kind.service, tags.remove, **arguments, **{tags.removed: removed})
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    if changed or (gone and not tags.remove):
        whole = changed if tags.remove else new
        form = "list" if tags.form.startswith("ec2:") else tags.form
        if tags.added.startswith("Tagging."):
            context.call(kind.service, tags.add, **arguments, Tagging={"TagSet": _formed(form, whole)})
        else:
            context.call(kind.service, tags.add, **arguments, **{tags.added: _formed(form, whole)})


def found_tags(
    context: Context, kind: Kind, properties: Properties, found: Any, wanted: Mapping[str, str]
) -> Mapping[str, str]:
    """The tags that AWS has; the wanted ones where AWS does not say."""
    tags = kind.tags
    if tags is None:
        return wanted
    value = context.look(kind.service, tags.read, properties) if tags.read else path_of(found, tags.found)
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items() if not str(key).startswith("aws:")}
    if not isinstance(value, list):
        return wanted
    pairs = {item.get("Key", item.get("TagKey")): item.get("Value", item.get("TagValue")) for item in value}
    return {key: item for key, item in pairs.items() if not key.startswith("aws:")}
