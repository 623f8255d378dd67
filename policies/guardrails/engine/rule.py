"""What a rule is, and how it becomes a policy of the SDK.

A rule judges plain values (`values.unwrap`) and yields `Finding`s. Where it needs a property that only the update will
know, `Subject.value` raises, and the engine reports an advisory in the rule's place; a rule that can still judge the rest
judges its parts through `guard`, or yields an `Unknown` itself. Exemptions are applied here, once for all rules.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from guardrails.engine import exemptions
from guardrails.engine.twofold import TwofoldPolicy
from guardrails.engine.values import UNKNOWN, Properties, UnknownPropertyError, Value, as_list, require, unwrap


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A resource under judgement, in plain values."""

    type: str
    name: str
    urn: str
    props: Properties
    config: Mapping[str, Value] = field(default_factory=dict)
    provider: Properties = field(default_factory=dict)
    """Properties of the resource's provider."""
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    """Paths of properties whose changes count for nothing."""
    parent: str | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def value(self, *path: str) -> Value:
        """Return the property at a path of keys, None if there is none.

        Raises:
            UnknownPropertyError: it, or anything above it, is unknown.
        """
        return require(self.props, *path)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """All resources of a stack, by URN."""

    subjects: tuple[Subject, ...]
    config: Mapping[str, Value] = field(default_factory=dict)

    def of(self, *types: str) -> Iterator[Subject]:
        """The resources of some types."""
        return (subject for subject in self.subjects if subject.type in types)


@dataclass(frozen=True)
class Finding:
    """The rule is broken: the offending part, in a few words. Never a property's secret value."""

    what: str
    urn: str | None = None
    """Which resource, for a rule that judges the whole stack."""


@dataclass(frozen=True)
class Unknown:
    """A part that a preview does not know."""

    what: str
    urn: str | None = None


UNKNOWN_ITEM: Final = "unknown item of a list"


def _item_type(type_: str) -> str:
    return type_.removesuffix("List") if type_.startswith("kubernetes:") else type_


def expand_list(subject: Subject) -> Iterator[Subject]:
    """The resources in a Kubernetes list (``apps/v1:DeploymentList``), each with its own type; any other as it is."""
    if _item_type(subject.type) == subject.type:
        yield subject
        return
    items = subject.props.get("items")
    for index, item in enumerate(as_list(items)):
        known = isinstance(item, dict)
        yield replace(
            subject,
            type=_item_type(subject.type) if known else UNKNOWN_ITEM,
            name=subject.name if known else f"items[{index}]",
            props=item if known else {},
            property_dependencies={"spec": subject.property_dependencies.get("items", ())},
        )


# What the resources of this run were asked to be, by URN. A pack's process lives for one operation.
_INPUTS: Final[dict[str, Mapping[str, Any]]] = {}


def _known(urn: str, type_: str, outputs: Properties) -> Properties:
    """Return what is known of a resource when the whole stack is judged.

    That is its outputs, of which there are none while its provider waits for its settings: every Kubernetes object of
    a first preview, for the kubeconfig is not known. Then it is what `Rule` saw before, when the resource was alone.
    """
    if outputs.keys() - {"id"}:
        return outputs
    if urn in _INPUTS:
        return {**unwrap(_INPUTS[urn]), **outputs}
    return {"metadata": UNKNOWN, "spec": UNKNOWN, **outputs} if type_.startswith("kubernetes:") else outputs


def requested_properties(subject: Subject) -> Properties:
    """Return the requested properties of a cloud resource, which its outputs do not show.

    In a preview everything that the provider may choose is unknown there, whether it was given or not. Where the inputs
    have an unknown, or were not seen, the outputs count.
    """
    if subject.urn not in _INPUTS:
        return subject.props
    given = unwrap(_INPUTS[subject.urn])
    return {key: subject.props.get(key, UNKNOWN) if value is UNKNOWN else value for key, value in given.items()}


def was_judged_alone(urn: str) -> bool:
    """Whether a resource was judged by itself before in this run, as in a preview or an update."""
    return urn in _INPUTS


def recorded_inputs(type_: str) -> Iterator[Properties]:
    """Yield the requested properties of a type's resources that were judged before in this run: in no order, maybe not all."""
    return (unwrap(props) for urn, props in _INPUTS.items() if urn.split("::")[2].rpartition("$")[2] == type_)


def _capitalized(text: str) -> str:
    """A text as a sentence begins; names that have a spelling of their own keep it: vLLM, iam:PassRole."""
    first = text.partition(" ")[0]
    return f"{text[0].upper()}{text[1:]}" if first.isalpha() and first.islower() else text


Findings: TypeAlias = Iterable[Finding | Unknown]


@dataclass(frozen=True, kw_only=True)
class RenamedSetting:
    """A setting's former name, accepted for one release."""

    old: str
    new: str
    values: Mapping[str, str]
    """Former values to today's."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule, with all that its documentation says."""

    id: str
    family: str
    level: EnforcementLevel
    blocks: str
    """What it blocks, as a noun phrase."""
    headline: str = ""
    """What it says instead, for a rule that blocks nothing."""
    why: str
    fix: str
    benchmarks: str
    """Published benchmarks that have it; empty if none does."""
    types: frozenset[str] = frozenset()
    """Resource types it judges; any other is not applicable. Without a pattern too, empty: the rule looks itself."""
    type_pattern: re.Pattern[str] | None = None
    """Further types it judges: those that match as a whole."""
    judge: Callable[[Subject], Findings] | None = None
    judge_stack: Callable[[Stack], Findings] | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """JSON schema of each setting, with its default."""
    renamed_settings: tuple[RenamedSetting, ...] = ()

    def policy(self) -> Policy:
        """The rule as the SDK takes it."""
        common: dict[str, Any] = {
            "name": self.id,
            "description": self.headline or f"{_capitalized(self.blocks)} is not allowed.",
            "enforcement_level": self.level,
            "config_schema": PolicyConfigSchema(properties={key: dict(value) for key, value in self.settings.items()})
            if self.settings
            else None,
            "tags": [f"family:{self.family}"],
            "remediation_steps": self.fix,
        }
        if self.judge is not None and self.judge_stack is not None:
            return TwofoldPolicy(self._validate, self._validate_stack, **common)
        if self.judge_stack is not None:
            return StackValidationPolicy(validate=self._validate_stack, **common)
        return ResourceValidationPolicy(validate=self._validate, **common)

    def defaults(self) -> dict[str, Value]:
        """The settings' defaults; the engine fills them in, a direct call of the SDK does not."""
        return {key: schema["default"] for key, schema in self.settings.items() if "default" in schema}

    def config(self, given: Mapping[str, Any] | None) -> dict[str, Value]:
        """Return the settings of a run: the defaults, and those that are given in their place."""
        config = {**self.defaults(), **unwrap(given or {})}
        for one in self.renamed_settings:
            # The engine fills in the default of the new name, so the old one, which only a user writes, counts.
            if one.old in config:
                value = config.pop(one.old)
                config[one.new] = one.values.get(value, value)
        return config

    def _applies(self, type_: str) -> bool:
        """Whether the rule judges resources of a type, or lists of them."""
        if not self.types and self.type_pattern is None:
            return True
        item = _item_type(type_)
        pattern = self.type_pattern
        return type_ in self.types or item in self.types or (pattern is not None and bool(pattern.fullmatch(item)))

    def _validate(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        if self.judge is None:
            raise TypeError(f"rule {self.id} judges no single resource")
        _INPUTS[args.urn] = args.props
        if not self._applies(args.resource_type):
            args.not_applicable(f"{self.id} does not judge {args.resource_type}")
        given = Subject(
            type=args.resource_type,
            name=args.name,
            urn=args.urn,
            props=unwrap(args.props),
            config=self.config(args.get_config()),
            provider=unwrap(args.provider.props) if args.provider else {},
            protect=bool(args.opts.protect),
            ignore_changes=tuple(args.opts.ignore_changes or ()),
            parent=args.opts.parent,
        )
        findings = (finding for subject in expand_list(given) for finding in self.judge_one(subject))
        self._report(findings, report, {given.urn: given}, given)

    def judge_one(self, subject: Subject) -> Findings:
        """The findings on one resource."""
        if subject.type == UNKNOWN_ITEM:
            return [Unknown(f"{subject.name} is unknown")]
        return guard(self.judge(subject)) if self.judge else []

    def _validate_stack(self, args: StackValidationArgs, report: ReportViolation) -> None:
        if self.judge_stack is None:
            raise TypeError(f"rule {self.id} judges no stack")
        given = (
            Subject(
                type=resource.resource_type,
                name=resource.name,
                urn=resource.urn,
                props=_known(resource.urn, resource.resource_type, unwrap(resource.props)),
                protect=bool(resource.opts.protect),
                ignore_changes=tuple(resource.opts.ignore_changes or ()),
                parent=resource.parent.urn if resource.parent else None,
                dependencies=tuple(item.urn for item in resource.dependencies),
                property_dependencies={
                    key: tuple(item.urn for item in items) for key, items in resource.property_dependencies.items()
                },
            )
            for resource in args.resources
        )
        subjects = tuple(subject for one in given for subject in expand_list(one))
        self._report(
            guard(self.judge_stack(Stack(subjects=subjects, config=self.config(args.get_config())))),
            report,
            {subject.urn: subject for subject in subjects},
            None,
        )

    def _report(
        self, findings: Findings, report: ReportViolation, subjects: Mapping[str, Subject], only: Subject | None
    ) -> None:
        unknown: list[str] = []
        for finding in _guard_malformed(findings):
            subject = only or subjects.get(finding.urn or "")
            label = f"{subject.type} {subject.name}" if subject else "stack"
            if subject and exemptions.covers(self.id, subject.urn):
                continue
            if isinstance(finding, Unknown):
                unknown.append(f"{label}: {finding.what}")
            else:
                report(f"{label}: {finding.what}. Fix: {self.fix}", None if only else finding.urn)
        if unknown:
            raise _UnknownError("; ".join(unknown))


def guard(findings: Findings, urn: str | None = None) -> Findings:
    """Yield a rule's findings, and an `Unknown` where it needs a property that is not known.

    Args:
        findings: Of a rule, or of a part of it that says nothing of the other parts.
        urn: Which resource, for a rule that judges the whole stack.
    """
    try:
        yield from findings
    except UnknownPropertyError as problem:
        yield Unknown(str(problem), urn)


def _guard_malformed(findings: Findings) -> Findings:
    """Yield the findings, and an `Unknown` where a rule meets what no provider takes, such as a number for an object."""
    try:
        yield from findings
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
        yield Unknown(f"a property has a shape that the rule cannot read ({type(problem).__name__})")


class _UnknownError(UnknownValueError):
    """What the SDK turns into an advisory, after everything known was judged."""

    def __init__(self, what: str) -> None:
        super().__init__(UNKNOWN_STRING_VALUE, [])
        self.message = f"not known yet, will be judged in the update: {what}"
