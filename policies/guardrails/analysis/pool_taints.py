"""Pools of nodes as the scheduler sees them: labels, taints, whether there are GPUs; node groups and NodePools alike."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from guardrails.analysis.node_classes import name_of
from guardrails.analysis.node_pool_types import Gpus, gpus, gpus_of
from guardrails.analysis.node_roles import NODE_GROUP, NODE_POOLS
from guardrails.analysis.requirements import INSTANCE_TYPE, TEMPLATE, Requirement, Requirements, Restriction
from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, Properties, UnknownPropertyError, Value, as_list, get_path

POOLS: Final = frozenset({NODE_GROUP, *NODE_POOLS})
_EFFECTS: Final = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
KEEPS_OFF: Final = frozenset({"NoSchedule", "NoExecute"})
"""Effects of the taints that pods without a toleration do not get past."""
_OF_EVERY_NODE: Final = ("kubernetes.io", "k8s.io", "karpenter.k8s.aws", "karpenter.sh", "k8s.aws", "eks.amazonaws.com")
"""Domains of labels that nodes get without their pool naming them."""


@dataclass(frozen=True)
class Taint:
    """A taint that keeps pods off."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        """As kubectl writes it."""
        return f"{self.key}{f'={self.value}' if self.value else ''}:{self.effect}"

    def tolerated(self, tolerations: Value) -> bool:
        """Whether one of a pod's tolerations is for it (Kubernetes, "Taints and Tolerations").

        Raises:
            UnknownPropertyError: none known is, and one is unknown.
        """
        unknown = False
        for one in as_list(tolerations):
            verdict = self._by(one)
            if verdict:
                return True
            unknown = unknown or verdict is None
        if unknown:
            raise UnknownPropertyError("a toleration is unknown")
        return False

    def _by(self, toleration: Value) -> bool | None:
        if toleration is UNKNOWN:
            return None
        if not isinstance(toleration, dict):
            return False
        key, operator, value, effect = (toleration.get(name) for name in ("key", "operator", "value", "effect"))
        exists = operator == "Exists" if operator is not UNKNOWN else UNKNOWN
        verdicts = [
            UNKNOWN if effect is UNKNOWN else effect in {None, "", self.effect},
            UNKNOWN if UNKNOWN in (key, exists) else key == self.key or (key in {None, ""} and exists),
            True if exists is True else UNKNOWN if UNKNOWN in (value, exists) else (value or "") == self.value,
        ]
        if any(one is False for one in verdicts):
            return False
        return None if any(one is UNKNOWN for one in verdicts) else True


class Pool:
    """One pool of nodes."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._karpenter = subject.type in NODE_POOLS
        name = name_of(subject) if self._karpenter else subject.props.get("nodeGroupName")
        self._name_label = "karpenter.sh/nodepool" if self._karpenter else "eks.amazonaws.com/nodegroup"
        self._own = {self._name_label: name, **self._given_labels()}

    def _given_labels(self) -> Properties:
        path = (*TEMPLATE, "metadata", "labels") if self._karpenter else ("labels",)
        labels = get_path(self.subject.props, *path)
        return labels if isinstance(labels, dict) else {}

    def gives(self, key: str) -> bool:
        """Whether a label is one that the pool itself gives its nodes."""
        return key in self._own

    @cached_property
    def _requirements(self) -> Requirements:
        return Requirements(self.subject)

    @cached_property
    def gpus(self) -> Gpus:
        """Whether its nodes have GPUs.

        Raises:
            UnknownPropertyError: what says it is unknown.
        """
        if self._karpenter:
            return gpus(self._requirements)
        types = as_list(self.subject.value("instanceTypes"))
        if not types or UNKNOWN in types:
            raise UnknownPropertyError("an instance type is unknown")
        return gpus_of(map(str, types))

    def taints(self) -> list[Taint]:
        """Return its taints that keep pods off.

        Raises:
            UnknownPropertyError: one of them is unknown.
        """
        found = []
        for item in as_list(self.subject.value(*((*TEMPLATE, "spec", "taints") if self._karpenter else ("taints",)))):
            parts = [get_path(item, name) for name in ("key", "value", "effect")]
            if UNKNOWN in parts:
                raise UnknownPropertyError("a taint is unknown")
            key, value, effect = parts
            taint = Taint(str(key), value if isinstance(value, str) else "", _EFFECTS.get(str(effect), str(effect)))
            if taint.effect in KEEPS_OFF:
                found.append(taint)
        return found

    def may_be(self, key: str, restriction: Restriction) -> bool:
        """Whether a node of the pool may have a label that meets a restriction.

        Raises:
            UnknownPropertyError: the label's value is unknown.
        """
        if key in self._own:
            value = self._own[key]
            if value is UNKNOWN or (value is None and key == self._name_label):
                raise UnknownPropertyError(f"label {key} is unknown")
            return restriction.takes(str(value))
        if self._karpenter:
            own = self._requirements.on_label(key)
            if own.requirements:
                listed, wanted = own.listed, restriction.listed
                both = Restriction((*own.requirements, *restriction.requirements))
                return any(both.takes(value) for value in listed or wanted or ()) if listed or wanted else True
        elif key == INSTANCE_TYPE:
            return any(restriction.takes(str(name)) for name in as_list(self.subject.props.get("instanceTypes")))
        domain = key.rpartition("/")[0]
        given_by_others = any(domain == one or domain.endswith(f".{one}") for one in _OF_EVERY_NODE)
        return given_by_others or not restriction.needs_label


def selections(spec: Properties) -> list[dict[str, Restriction]]:
    """Return what a pod wants of its node: alternatives, each a restriction by label; one without any if it wants nothing.

    Raises:
        UnknownPropertyError: its selector or its affinity is unknown.
    """
    selector = _known(spec.get("nodeSelector"), "nodeSelector")
    base = [Requirement(key, "In", (value,)) for key, value in (selector.items() if isinstance(selector, dict) else ())]
    path = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    terms = as_list(_known(get_path(spec, *path), "affinity"))
    alternatives = [base + _expressions(_known(term, "affinity")) for term in terms] or [base]
    return [
        {key: Restriction(tuple(item for item in one if item.key == key)) for key in dict.fromkeys(i.key for i in one)}
        for one in alternatives
    ]


def _expressions(term: Value) -> list[Requirement]:
    found = []
    for item in as_list(_known(get_path(term, "matchExpressions"), "affinity")):
        key = _known(get_path(_known(item, "affinity"), "key"), "affinity")
        if isinstance(key, str):
            found.append(Requirement(key, get_path(item, "operator"), tuple(as_list(get_path(item, "values")))))
    return found


def _known(value: Value, what: str) -> Value:
    if value is UNKNOWN:
        raise UnknownPropertyError(f"{what} is unknown")
    return value
