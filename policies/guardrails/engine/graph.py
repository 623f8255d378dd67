"""Which resource refers to which: by ids where they are known, by Pulumi's property dependencies where they are not."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from guardrails.engine.rule import Stack, Subject
from guardrails.engine.values import UNKNOWN, Value, as_list

# Every output of this component depends on all that is in it, so its dependencies name too much.
VPC_COMPONENT = "awsx:ec2:Vpc"


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What a property refers to."""

    subjects: tuple[Subject, ...]
    exact: bool
    """False when the property may refer to only some of them."""
    missing: tuple[str, ...] = ()
    """Known ids that no resource of the stack has, and parts that nothing shows."""
    through: tuple[Subject, ...] = ()
    """What an unknown part may come from through the outputs of other resources: only the update knows."""
    anything: bool = False
    """Whether an unknown part leads to no resource of the type, so that it may be any of them or one of elsewhere."""


class Graph:
    """Look-ups over one stack, each built once."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._by_urn = {subject.urn: subject for subject in stack.subjects}
        self._by_id: dict[str, Subject] = {}
        self._children: dict[str, list[Subject]] = defaultdict(list)
        for subject in stack.subjects:
            for identity in identities_of(subject):
                self._by_id[f"{subject.type} {identity}"] = subject
            if subject.parent:
                self._children[subject.parent].append(subject)

    def targets(self, subject: Subject, prop: str, value: Value, type_: str) -> Targets:
        """The resources of a type that ``value``, found in ``subject``'s property ``prop``, refers to."""
        found: list[Subject] = []
        missing: list[str] = []
        unknown = 0
        for item in as_list(value):
            if item is UNKNOWN or not isinstance(item, str):
                unknown += 1
            elif target := self._by_id.get(f"{type_} {item}"):
                found.append(target)
            elif self._nameless(subject, prop, type_):
                unknown += 1  # no id shows which of them is meant, the dependencies do
            else:
                missing.append(item)
        if not unknown:
            return Targets(subjects=tuple(found), exact=True, missing=tuple(missing))
        dependencies = [self._by_urn[urn] for urn in subject.property_dependencies.get(prop, ()) if urn in self._by_urn]
        vague = any(self._in_vpc_component(item) and item.type != type_ for item in dependencies)
        direct = self._of_type(dependencies, type_)
        candidates = tuple(dict.fromkeys([*found, *direct]))
        through = () if len(direct) >= unknown else self._through(dependencies, type_, candidates)
        return Targets(
            subjects=candidates,
            exact=not vague and not through,
            missing=(*missing, *(() if candidates else (f"{prop} is unknown",))),
            through=through,
            anything=not candidates and not through,
        )

    def _through(self, dependencies: Iterable[Subject], type_: str, known: tuple[Subject, ...]) -> tuple[Subject, ...]:
        """The resources of a type that others were made from: a policy's ``bucket`` output is that of its bucket."""
        found: dict[Subject, None] = {}
        seen: set[str] = set()
        waiting = list(dependencies)
        while waiting:
            one = waiting.pop()
            if one.urn in seen:
                continue
            seen.add(one.urn)
            if one.type == type_:
                found[one] = None
                continue
            found |= dict.fromkeys(self._below(one.urn, type_))
            urns = (urn for named in one.property_dependencies.values() for urn in named)
            waiting += [self._by_urn[urn] for urn in urns if urn in self._by_urn]
        return tuple(item for item in found if item not in known)

    def _nameless(self, subject: Subject, prop: str, type_: str) -> bool:
        dependencies = (self._by_urn.get(urn) for urn in subject.property_dependencies.get(prop, ()))
        return any(item and item.type == type_ and not identities_of(item) for item in dependencies)

    def _of_type(self, subjects: Iterable[Subject], type_: str) -> list[Subject]:
        found: list[Subject] = []
        for subject in subjects:
            if subject.type == type_:
                found.append(subject)
            elif subject.type == VPC_COMPONENT:
                found += self._below(subject.urn, type_)
        return list(dict.fromkeys(found))

    def _below(self, urn: str, type_: str) -> list[Subject]:
        found: list[Subject] = []
        for child in self._children[urn]:
            if child.type == type_:
                found.append(child)
            found += self._below(child.urn, type_)
        return found

    def _in_vpc_component(self, subject: Subject) -> bool:
        return VPC_COMPONENT in subject.urn.rsplit("::", 1)[0]


def identities_of(subject: Subject) -> set[str]:
    """Ids a resource is known by: its ``id`` where the provider gives one, else the end of its ARN."""
    identities = {value for key in ("id", "bucket") if isinstance(value := subject.props.get(key), str) and value}
    arn = subject.props.get("arn")
    if isinstance(arn, str) and "/" in arn:
        identities.add(arn.rsplit("/", 1)[-1])
    return identities
