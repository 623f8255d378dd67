"""Mapping of an AWS resource type to the operations of AWS's API that create, read, update, delete and tag it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.plugins.wire import Value

Arguments = Mapping[str, Any]
"""Parameters of a call; texts are templates over the resource's properties: ``{id}``, ``{vpcId}``, ``{account}``."""


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """How a resource is read: an operation, its arguments, and the path of the resource in the response."""

    operation: str
    arguments: Arguments
    path: str = ""
    deleted: tuple[str, frozenset[str]] | None = None
    """Path of a state, and its values that mean that the resource no longer exists."""


@dataclass(frozen=True, kw_only=True)
class UpdateCall:
    """An operation that changes some properties after creation."""

    properties: tuple[str, ...]
    operation: str
    arguments: Arguments
    on_create: bool = False
    """Also called after the create operation, which does not take these properties."""
    one_each: bool = False
    """The operation takes one property a call."""


@dataclass(frozen=True, kw_only=True)
class TagCalls:
    """How a resource is tagged at creation and later, and how its tags are read."""

    member: str = ""
    """Parameter of the create operation; empty if tags are set by ``add`` after creation."""
    form: str = "list"
    """``list`` of Key and Value, ``tagkey`` list of TagKey and TagValue, ``map``, or ``ec2:TYPE`` (TagSpecifications)."""
    add: str = ""
    remove: str = ""
    arguments: Arguments = field(default_factory=dict)
    added: str = "Tags"
    removed: str = "TagKeys"
    read: Lookup | None = None
    """An operation that reads them; without one they are at the path ``found`` of the resource."""
    found: str = "Tags"


def ec2_tags(resource_type: str) -> TagCalls:
    """Return the tag operations of an EC2 resource type, such as ``natgateway``."""
    return TagCalls(
        member="TagSpecifications",
        form=f"ec2:{resource_type}",
        add="create_tags",
        remove="delete_tags",
        arguments={"Resources": ["{id}"]},
        removed="Tags",
    )


NAME_PREFIX: Mapping[str, Value] = {"namePrefix": ""}
"""Empty output of the types that take a prefix for a generated name."""


@dataclass(frozen=True, kw_only=True)
class ResourceSpec:
    """The data of one AWS type that the generic handlers work with."""

    token: str
    """Pulumi's type token, such as ``aws:ec2/vpc:Vpc``."""
    service: str = ""
    """Name of the service in boto3; empty for a type that is only recorded, because moto lacks it."""
    create: str = ""
    read: Lookup | None = None
    delete: tuple[str, Arguments] | None = None
    id: str = ""
    """Path into the response of the create operation, or a template when it has braces."""
    top: frozenset[str] = frozenset()
    body: str = ""
    """Member that all properties but ``top`` are sent in."""
    renames: Mapping[str, str] = field(default_factory=dict)
    """Properties whose parameter has another name."""
    skip: frozenset[str] = frozenset()
    """Properties that no operation of the generic handler takes: kept in the state, or sent by the type's own handler."""
    fixed: Arguments = field(default_factory=dict)
    """Further parameters of the create operation."""
    put: bool = False
    """The create operation also updates."""
    replace: frozenset[str] = frozenset()
    """Properties whose change replaces the resource."""
    updates: tuple[UpdateCall, ...] = ()
    tags: TagCalls | None = None
    name: str = ""
    """The property that gets a generated name when the program sets none."""
    name_length: int = 255
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Further outputs: a path into what was read, or a template when it has braces."""
    defaults: Mapping[str, Value] = field(default_factory=dict)
    """Outputs that AWS fills in when the program sets nothing."""
    empty: Mapping[str, Value] = field(default_factory=dict)
    """Outputs of every resource, with the value that the real provider keeps where AWS has none.

    The types of the SDK (``pulumi_aws``) declare these outputs for every resource. One that the state lacks is unknown in
    each preview, and a program or component that passes it on then shows updates that never happen (awsx passes a VPC's
    ``ipv6CidrBlock`` to each subnet). Values other than empty ones are AWS's defaults in the API reference of the service.
    Blocks that the provider omits when AWS has none of them are not listed. A preview of a create does not know them.
    """
    stamps: tuple[str, ...] = ()
    """Outputs with the time of creation and of the last change (recorded types)."""
    taggable: bool = True
    """Return whether a recorded type has tags."""
    owner: tuple[str, Lookup] | None = None
    """Service and look-up of the resource that must exist first (recorded types)."""

    @property
    def regional(self) -> bool:
        """Return whether its resources are of one region; those of global services are not."""
        return not self.token.startswith(("aws:budgets/", "aws:iam/", "aws:route53/"))

    @property
    def has_tags(self) -> bool:
        """Return whether its resources carry tags."""
        return self.tags is not None or (self.recorded and self.taggable)

    @property
    def recorded(self) -> bool:
        """Return whether its resources are only written to the sandbox's own table, because moto lacks the type."""
        return not self.service
