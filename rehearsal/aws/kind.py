"""What a row of the type table says about one AWS type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.plugins.wire import Properties, Value

if TYPE_CHECKING:
    from rehearsal.aws.behaviour import Behaviour
    from rehearsal.aws.context import Context

Arguments = Mapping[str, Any]
"""Parameters of a call; texts are templates over the resource's properties: ``{id}``, ``{vpcId}``, ``{account}``."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """How a resource is looked up: an operation, its arguments, and where in the answer it stands."""

    operation: str
    arguments: Arguments
    path: str = ""
    gone: tuple[str, frozenset[str]] | None = None
    """Path of a state, and its values that mean that the resource is no more."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """An operation that takes some properties after creation."""

    properties: tuple[str, ...]
    operation: str
    arguments: Arguments
    on_create: bool = False
    """Also called after the create operation, which does not take these properties."""
    one_each: bool = False
    """The operation takes one property a call."""


@dataclass(frozen=True, kw_only=True)
class Tags:
    """How tags are given and changed."""

    member: str = ""
    """Parameter of the create operation; empty if tags are given by ``add`` after creation."""
    form: str = "list"
    """``list`` of Key and Value, ``tagkey`` list of TagKey and TagValue, ``map``, or ``ec2:TYPE`` (TagSpecifications)."""
    add: str = ""
    remove: str = ""
    arguments: Arguments = field(default_factory=dict)
    added: str = "Tags"
    removed: str = "TagKeys"
    read: Read | None = None
    """A call of its own that reads them; else they stand in the resource as ``found``."""
    found: str = "Tags"


def ec2_tags(resource_type: str) -> Tags:
    """Tags of an EC2 resource."""
    return Tags(
        member="TagSpecifications",
        form=f"ec2:{resource_type}",
        add="create_tags",
        remove="delete_tags",
        arguments={"Resources": ["{id}"]},
        removed="Tags",
    )


Check = Callable[["Context", Properties], "list[tuple[str, str]]"]
"""Returns what is wrong as (property path, reason)."""
Guard = Callable[["Context", str, Properties], None]
"""Raises when AWS would refuse to delete."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One AWS type."""

    token: str
    service: str = ""
    create: str = ""
    read: Read | None = None
    delete: tuple[str, Arguments] | None = None
    id: str = ""
    """Path into the create operation's answer, or a template when it has braces."""
    top: frozenset[str] = frozenset()
    body: str = ""
    """Member that all properties but ``top`` go under."""
    renames: Mapping[str, str] = field(default_factory=dict)
    skip: frozenset[str] = frozenset()
    """Properties that no operation takes: kept in the state only, or a matter of the behaviour."""
    fixed: Arguments = field(default_factory=dict)
    """Further parameters of the create operation."""
    put: bool = False
    """The create operation also updates."""
    replace: frozenset[str] = frozenset()
    updates: tuple[Update, ...] = ()
    tags: Tags | None = None
    name: str = ""
    """The property that gets a generated name when the program gives none."""
    name_length: int = 255
    name_suffix: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Further outputs: a path into what was read, or a template when it has braces."""
    defaults: Mapping[str, Value] = field(default_factory=dict)
    """Outputs that AWS fills in when the program gives nothing."""
    empty: Mapping[str, Value] = field(default_factory=dict)
    """Outputs that a preview of a create cannot know, and their values where AWS has none."""
    stamps: tuple[str, ...] = ()
    """Outputs with the time of creation and of the last change (recorded types)."""
    taggable: bool = True
    """Whether a recorded type has tags."""
    checks: tuple[Check, ...] = ()
    guards: tuple[Guard, ...] = ()
    behaviour: "type[Behaviour] | None" = None
    exists: tuple[str, Read] | None = None
    """Service and look-up of what must be there first (recorded types)."""
    note: str = ""

    @property
    def regional(self) -> bool:
        """Whether its resources are of one region; IAM's are not."""
        return not self.token.startswith("aws:iam/")

    @property
    def has_tags(self) -> bool:
        """Whether its resources carry tags."""
        return self.tags is not None or (self.recorded and self.taggable)

    @property
    def recorded(self) -> bool:
        """Whether the type is only written down, because moto lacks it."""
        return not self.service
