"""A preview's steps as the tree of resources they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_PROVIDERS = "pulumi.providers."


@dataclass
class Node:
    """A resource and what is below it."""

    op: str
    type: str
    name: str
    changed: list[str]
    children: list["Node"] = field(default_factory=list)


def build(steps: Iterable[Mapping[str, Any]]) -> list[Node]:
    """The roots of the tree; a resource whose parent is not among the steps is a root itself.

    A replacement is several steps of one resource: the node has the first. Providers are left out: nothing on AWS or in
    the cluster is one.
    """
    nodes: dict[str, Node] = {}
    parents: dict[str, str] = {}
    for step in steps:
        urn = step["urn"]
        if urn not in nodes and not step["type"].startswith(_PROVIDERS):
            nodes[urn] = Node(step["op"], step["type"], step["name"], list(step["changed"]))
            parents[urn] = step["parent"]
    roots: list[Node] = []
    for urn, node in nodes.items():
        parent = nodes.get(parents[urn])
        (parent.children if parent is not None else roots).append(node)
    return roots
