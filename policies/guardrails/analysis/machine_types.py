"""Instance types and largest size of what makes machines by a launch template: the template has the type, the group the size."""

from dataclasses import dataclass
from typing import Final

from guardrails.analysis.membership import FLEET, SCALING_GROUP, SPOT_FLEET, Members
from guardrails.analysis.node_roles import NODE_GROUP
from guardrails.engine.rule import Subject, requested_properties
from guardrails.engine.values import UNKNOWN, Value, get_path, inside

GROUPS: Final = (NODE_GROUP, SCALING_GROUP, FLEET, SPOT_FLEET)
"""What makes several machines, of a type that another resource may have."""
# Where a group names types itself, which take the place of its template's: property, and the keys below it.
_OWN_TYPES: Final[dict[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    NODE_GROUP: (("instanceTypes", ()),),
    SCALING_GROUP: (("mixedInstancesPolicy", ("launchTemplate", "overrides", "instanceType")),),
    FLEET: (("launchTemplateConfigs", ("overrides", "instanceType")),),
    SPOT_FLEET: (
        ("launchSpecifications", ("instanceType",)),
        ("launchTemplateConfigs", ("overrides", "instanceType")),
    ),
}
_SIZES: Final = {
    NODE_GROUP: ("scalingConfig", "maxSize"),
    SCALING_GROUP: ("maxSize",),
    FLEET: ("targetCapacitySpecification", "totalTargetCapacity"),
    SPOT_FLEET: ("targetCapacity",),
}


@dataclass(frozen=True, kw_only=True)
class MachineGroup:
    """Machines that are made alike."""

    types: tuple[Value, ...]
    """Instance types it may take, `UNKNOWN` among them where one is not known; empty where AWS chooses its small default."""
    most: Value
    """Largest number of machines."""


def machine_group(group: Subject, members: Members) -> MachineGroup:
    """Return what a group of `GROUPS` may make."""
    props = requested_properties(group)
    most = get_path(props, *_SIZES[group.type])
    own = [one for prop, path in _OWN_TYPES[group.type] for one in inside(props.get(prop), path)]
    if own:
        return MachineGroup(types=tuple(own), most=most)
    templates, elsewhere = members.templates_of(group)
    types = [requested_properties(one).get("instanceType") for one in templates]
    required = any(requested_properties(one).get("instanceRequirements") is not None for one in templates)
    found = [one for one in types if one is not None]
    return MachineGroup(types=(*found, *((UNKNOWN,) if elsewhere or required else ())), most=most)
