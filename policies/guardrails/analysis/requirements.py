"""What the requirements of a Karpenter NodePool allow: values of a label, by ``In``, ``NotIn``, ``Exists`` and bounds.

Labels of the template are requirements too, and aliases of a label count as the label (kubernetes-sigs/karpenter,
pkg/apis/v1/labels.go, NormalizedLabels). EKS Auto Mode has the labels of Karpenter on AWS under a prefix of its own.
"""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, UnknownPropertyError, Value, as_list, get_path

INSTANCE_TYPE: Final = "node.kubernetes.io/instance-type"
CAPACITY_TYPE: Final = "karpenter.sh/capacity-type"
ZONE: Final = "topology.kubernetes.io/zone"
ZONE_ID: Final = "topology.k8s.aws/zone-id"
ARCHITECTURE: Final = "kubernetes.io/arch"
INSTANCE: Final = "instance-"
"""What labels of a type's properties begin with, without the prefix of Karpenter or of Auto Mode."""
_ALIASES: Final = {
    "beta.kubernetes.io/instance-type": INSTANCE_TYPE,
    "failure-domain.beta.kubernetes.io/zone": ZONE,
    "beta.kubernetes.io/arch": ARCHITECTURE,
}
_PREFIX: Final = re.compile(r"^(karpenter\.k8s\.aws|eks\.amazonaws\.com)/(?=instance-)")
_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "Gt": operator.gt,
    "Lt": operator.lt,
    "Gte": operator.ge,
    "Lte": operator.le,
}
TEMPLATE: Final = ("spec", "template")


@dataclass(frozen=True)
class Requirement:
    """One requirement on a label; an unknown part raises when it is read."""

    key: str
    operator: Value
    values: tuple[Value, ...]

    def _known(self) -> tuple[str, ...]:
        if self.operator is UNKNOWN or any(value is UNKNOWN for value in self.values):
            raise UnknownPropertyError(f"requirement on {self.key} is unknown")
        return tuple(str(value) for value in self.values)

    def takes(self, value: str) -> bool:
        """Whether a node whose label has this value meets it."""
        known = self._known()
        if self.operator in _COMPARE:
            try:
                return bool(known) and _COMPARE[self.operator](float(value), float(known[0]))
            except ValueError:
                return False
        return {"In": value in known, "NotIn": value not in known, "Exists": True}.get(self.operator, False)

    @property
    def listed(self) -> frozenset[str] | None:
        """The values that it lists, None where it lists none."""
        known = self._known()
        return frozenset(known) if self.operator == "In" else None

    @property
    def needs_label(self) -> bool:
        """Whether a node without the label does not meet it."""
        self._known()
        return self.operator not in {"NotIn", "DoesNotExist"}


@dataclass(frozen=True)
class Restriction:
    """All requirements on one label."""

    requirements: tuple[Requirement, ...]

    def takes(self, value: str) -> bool:
        """Whether a node whose label has this value meets them."""
        return all(one.takes(value) for one in self.requirements)

    @property
    def listed(self) -> frozenset[str] | None:
        """The values that meet them, None where they are not listed."""
        lists = [one.listed for one in self.requirements]
        given = [one for one in lists if one is not None]
        return frozenset(value for value in frozenset.union(*given) if self.takes(value)) if given else None

    @property
    def needs_label(self) -> bool:
        """Whether a node must have the label."""
        return any(one.needs_label for one in self.requirements)


class Requirements:
    """The requirements of one NodePool."""

    def __init__(self, pool: Subject) -> None:
        """Read them.

        Raises:
            UnknownPropertyError: they, or the label that one is on, are unknown.
        """
        self._all = tuple(_requirements(pool))

    def on(self, key: str) -> Restriction:
        """Return what is required of a label."""
        return Restriction(tuple(one for one in self._all if one.key == key))

    def on_label(self, label: str) -> Restriction:
        """Return what is required of a label under its full name, prefix included."""
        return self.on(_plain(label))

    @property
    def keys(self) -> frozenset[str]:
        """The labels that something is required of, by their plain names."""
        return frozenset(one.key for one in self._all)


def _requirements(pool: Subject) -> Iterator[Requirement]:
    for index, item in enumerate(as_list(pool.value(*TEMPLATE, "spec", "requirements"))):
        key = get_path(item, "key")
        if key is UNKNOWN:
            raise UnknownPropertyError(f"spec.template.spec.requirements[{index}] is unknown")
        if isinstance(key, str):
            yield Requirement(_plain(key), get_path(item, "operator"), tuple(as_list(get_path(item, "values"))))
    labels = pool.value(*TEMPLATE, "metadata", "labels")
    for key, value in labels.items() if isinstance(labels, dict) else ():
        yield Requirement(_plain(key), "In", (value,))


def _plain(key: str) -> str:
    return _PREFIX.sub("", _ALIASES.get(key, key))
