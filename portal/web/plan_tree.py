"""Tree of the resources that a preview would change."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Op:
    """Operation on a resource."""

    kind: str
    """create, change, replace, destroy or other: what the stylesheet knows."""
    sign: str
    word: str


_REPLACE = Op("replace", "±", "replace")
_OPS = {
    "create": Op("create", "+", "create"),
    "import": Op("create", "+", "import"),
    "update": Op("change", "~", "change"),
    "delete": Op("destroy", "\N{MINUS SIGN}", "destroy"),
    "replace": _REPLACE,
    "create-replacement": _REPLACE,
    "delete-replaced": _REPLACE,
}
_PROVIDERS = "pulumi.providers."
_ORDER = ("create", "change", "replace", "destroy", "other")


def op_of(name: str) -> Op:
    """Pulumi's name of an operation in people's words; one that is not known is shown as it is."""
    return _OPS.get(name, Op("other", "·", name))


@dataclass
class Node:
    """A resource and what is below it."""

    op: Op
    type: str
    name: str
    changed: list[str]
    """Paths of the properties that differ; empty for what is new or goes."""
    children: list["Node"] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The last part of the type, which says most."""
        return self.type.rpartition(".")[2]

    @property
    def below(self) -> int:
        """Resources below it."""
        return sum(1 + child.below for child in self.children)


def build(steps: Iterable[Mapping[str, Any]]) -> list[Node]:
    """The roots of the tree; a resource whose parent is not among the steps is a root itself.

    A replacement is several steps of one resource: the node has the first. Providers are left out: nothing on AWS or in
    the cluster is one.
    """
    nodes: dict[str, Node] = {}
    parents: dict[str, str] = {}
    for step in steps:
        urn = step["urn"]
        if urn not in nodes and not _provider(step):
            op = op_of(step["op"])
            changed = list(step["changed"]) if op.kind in {"change", "replace"} else []
            nodes[urn] = Node(op, step["type"], step["name"], changed)
            parents[urn] = step["parent"]
    roots: list[Node] = []
    for urn, node in nodes.items():
        parent = nodes.get(parents[urn])
        (parent.children if parent is not None else roots).append(node)
    return roots


def counts(steps: Iterable[Mapping[str, Any]]) -> list[tuple[Op, int]]:
    """Return how many resources a preview creates, changes, replaces and destroys."""
    found: Counter[Op] = Counter()
    seen: set[str] = set()
    for step in steps:
        if step["urn"] not in seen and not _provider(step):
            seen.add(step["urn"])
            found[op_of(step["op"])] += 1
    return sorted(found.items(), key=lambda each: (_ORDER.index(each[0].kind), each[0].word))


def _provider(step: Mapping[str, Any]) -> bool:
    return str(step["type"]).startswith(_PROVIDERS)
