"""Judge made-up resources through the SDK's own servicer: proxies, unknowns and levels as the engine brings them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pulumi
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from guardrails import RULES
from guardrails.engine.rule import _INPUTS as INPUTS_SEEN

U = UNKNOWN_STRING_VALUE
BY_ID = {rule.id: rule for rule in RULES}
SECRET_SIGNATURE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
_ARCHIVE = {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", "assets": {}}
"""An archive, such as the code of a function, as it stands on the wire."""


def secret(value: Any) -> dict[str, Any]:
    """A secret as it stands on the wire."""
    return {**SECRET_SIGNATURE, "value": value}


@dataclass(frozen=True)
class Given:
    """A made-up resource."""

    type: str
    props: Mapping[str, Any]
    name: str = "it"
    depends: Mapping[str, Iterable[str]] = field(default_factory=dict)
    """Property to the names of the resources it comes from."""
    parent: str | None = None
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """Resources under one rule, and the rule's settings."""

    note: str
    given: tuple[Given, ...]
    config: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.note


def case(note: str, *given: Given, **config: Any) -> Case:
    return Case(note, given, config)


@dataclass(frozen=True)
class Judgement:
    findings: tuple[str, ...]
    advisories: tuple[str, ...]
    """What could not be decided."""
    not_applicable: bool


@cache
def servicer(rule_id: str) -> Any:
    return _PolicyAnalyzerServicer("llm-platform", "0.1.0", [BY_ID[rule_id].policy()], EnforcementLevel.MANDATORY)


def judge(rule_id: str, item: Case) -> Judgement:
    rule = BY_ID[rule_id]
    server = servicer(rule_id)
    # The engine starts a process for each operation, and what that saw of its resources ends with it.
    INPUTS_SEEN.clear()
    configure = analyzer_pb2.ConfigureAnalyzerRequest()
    configure.policyConfig[rule_id].enforcementLevel = analyzer_pb2.MANDATORY
    configure.policyConfig[rule_id].properties.update({**rule.defaults(), **item.config})
    server.Configure(configure, None)
    responses = []
    if rule.judge is not None:
        responses += [server.Analyze(resource_request(given, item.given), None) for given in item.given]
    if rule.judge_stack is not None:
        responses.append(server.AnalyzeStack(stack_request(item.given), None))
    diagnostics = [one for response in responses for one in response.diagnostics]
    return Judgement(
        tuple(one.message for one in diagnostics if one.enforcementLevel == analyzer_pb2.MANDATORY),
        tuple(one.message for one in diagnostics if one.enforcementLevel == analyzer_pb2.ADVISORY),
        all(response.not_applicable for response in responses),
    )


def struct(props: Mapping[str, Any]) -> Struct:
    found = Struct()
    found.update({key: _ARCHIVE if isinstance(value, pulumi.Archive) else value for key, value in props.items()})
    return found


def urn_of(given: Given, everything: Iterable[Given]) -> str:
    types = [given.type]
    parent = given.parent
    while parent:
        above = next(one for one in everything if one.name == parent)
        types.insert(0, above.type)
        parent = above.parent
    return f"urn:pulumi:dev::llm-platform::{'$'.join(types)}::{given.name}"


def resource_request(given: Given, everything: Iterable[Given] = ()) -> Any:
    return analyzer_pb2.AnalyzeRequest(
        type=given.type,
        name=given.name,
        urn=urn_of(given, everything or (given,)),
        properties=struct(given.props),
        options=analyzer_pb2.AnalyzerResourceOptions(protect=given.protect, ignoreChanges=list(given.ignore_changes)),
    )


def stack_request(everything: tuple[Given, ...]) -> Any:
    urns = {given.name: urn_of(given, everything) for given in everything}
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                type=given.type,
                name=given.name,
                urn=urns[given.name],
                properties=struct(given.props),
                options=analyzer_pb2.AnalyzerResourceOptions(
                    protect=given.protect, ignoreChanges=list(given.ignore_changes)
                ),
                parent=urns[given.parent] if given.parent else "",
                dependencies=[urns[name] for names in given.depends.values() for name in names],
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(urns=[urns[name] for name in names])
                    for key, names in given.depends.items()
                },
            )
            for given in everything
        ]
    )
