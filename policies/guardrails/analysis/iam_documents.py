"""Reading IAM policy documents, in every spelling that AWS takes."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeAlias

from guardrails.engine.rule import Finding, Findings, Subject, Unknown
from guardrails.engine.values import SENTINELS, UNKNOWN, Properties, Value, as_list, objects

IDENTITY_POLICIES = {
    "aws:iam/policy:Policy": "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
}
ROLE = "aws:iam/role:Role"
DOCUMENT_TYPES = frozenset({*IDENTITY_POLICIES, ROLE})


class UnreadableError(ValueError):
    """The document is not what IAM would take."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One Allow statement; keys as IAM writes them, whatever their case was."""

    where: str
    """Which one: its place."""
    actions: list[Value]
    not_actions: list[Value]
    resources: list[Value]
    not_resources: list[Value]
    principal: Value
    condition: Value
    has_not_principal: bool = False
    document_keys: frozenset[str] = frozenset()
    """Condition keys of every statement in the document, in lower case."""


def policies(subject: Subject) -> Iterator[tuple[str, Value]]:
    """Path and value of each identity policy document of a resource."""
    if subject.type == ROLE:
        inline = subject.props.get("inlinePolicies")
        if inline is UNKNOWN:
            yield "inlinePolicies", UNKNOWN
            return
        for index, item in enumerate(as_list(inline)):
            if item is UNKNOWN:
                yield f"inlinePolicies[{index}]", UNKNOWN
            elif isinstance(item, dict) and item.get("policy") is not None:
                yield f"inlinePolicies[{index}].policy", item["policy"]
        return
    key = IDENTITY_POLICIES.get(subject.type)
    if key and subject.props.get(key) is not None:
        yield key, subject.props[key]


def allowed(document: Value) -> Iterator[Statement | str]:
    """The Allow statements of a document, and for each part that is unknown a text that names it.

    Raises:
        UnreadableError: the document is neither an object nor JSON text of one.
    """
    if document is UNKNOWN:
        yield "the document"
        return
    body = _lower(_parsed(document))
    statements = body.get("statement")
    if statements is None:
        raise UnreadableError("has no Statement")
    if statements is UNKNOWN:
        yield "Statement"
        return
    keys = frozenset(
        key
        for item in objects(statements)
        for name, condition in item.items()
        if str(name).lower() == "condition"
        for key, _, _ in tests(condition)
    )
    for index, item in enumerate(as_list(statements)):
        if item is UNKNOWN:
            yield f"Statement[{index}]"
            continue
        if not isinstance(item, dict):
            raise UnreadableError(f"Statement[{index}] is not an object")
        statement = _lower(item)
        effect = statement.get("effect")
        if isinstance(effect, str) and effect.strip().lower() == "deny":
            continue
        where = f"statement {index}"  # never its Sid: the document may be a secret
        if effect is UNKNOWN:
            yield f"{where}: Effect"
            continue
        yield Statement(
            where=where,
            actions=as_list(statement.get("action")),
            not_actions=as_list(statement.get("notaction")),
            resources=as_list(statement.get("resource")),
            not_resources=as_list(statement.get("notresource")),
            principal=statement.get("principal"),
            condition=statement.get("condition"),
            has_not_principal="notprincipal" in statement,
            document_keys=keys,
        )


Judge: TypeAlias = Callable[[Statement], Findings]


def judge_statements(path: str, document: Value, judge: Judge, *, loud: bool) -> Findings:
    """Yield what ``judge`` finds in the Allow statements of a document, with its place in front.

    Args:
        path: Where the document is.
        document: As `allowed` takes it.
        judge: Of one statement.
        loud: Whether a document that cannot be read is a finding of this rule; else another rule reports it.
    """
    try:
        for statement in allowed(document):
            if isinstance(statement, str):
                yield Unknown(f"{path}: {statement}")
                continue
            for found in judge(statement):
                yield replace(found, what=f"{path}: {statement.where}: {found.what}")
    except UnreadableError as problem:
        yield (Finding if loud else Unknown)(f"{path}: cannot be read: {problem}")


def _parsed(document: Value) -> Properties:
    if isinstance(document, str):
        try:
            document = _with_unknowns(json.loads(document))
        except json.JSONDecodeError as problem:
            raise UnreadableError(f"is not JSON: {problem.msg} at character {problem.pos}") from None
    if not isinstance(document, dict):
        raise UnreadableError("is not an object")
    return document


def _with_unknowns(value: Value) -> Value:
    """Replace text that was put together from an unknown, which is found in the middle of JSON text, by `UNKNOWN`."""
    if isinstance(value, dict):
        return {key: _with_unknowns(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_unknowns(item) for item in value]
    return UNKNOWN if isinstance(value, str) and any(sign in value for sign in SENTINELS) else value


def _lower(item: Properties) -> Properties:
    return {str(key).lower(): value for key, value in item.items()}


def covers(pattern: str, action: str) -> bool:
    """Whether an IAM pattern (``*`` any run, ``?`` one character, case ignored) takes in an action or an ARN."""
    return _expression(pattern.strip()).fullmatch(action.lower()) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    signs = {"*": ".*", "?": "."}
    return re.compile("".join(signs.get(sign) or re.escape(sign) for sign in pattern.lower()), re.DOTALL)


def only_wildcards(pattern: str) -> bool:
    """Whether a pattern is made of wildcards alone and so names nothing: ``*``, ``?*``, ``????``."""
    return bool(pattern) and set(pattern) <= {"*", "?"}


def tests(condition: Value) -> Iterator[tuple[str, str, Value]]:
    """Key, operator (both in lower case) and value of each test in a condition's known part."""
    if isinstance(condition, dict):
        for operator, keys in condition.items():
            if isinstance(keys, dict):
                for key, value in keys.items():
                    yield str(key).strip().lower(), str(operator).strip().lower(), value


def may_still(condition: Value, key_fits: Callable[[str], bool]) -> bool:
    """Whether an unknown part of a condition may be a test that lets in only what matches, on a key that fits."""
    if not isinstance(condition, dict):
        return condition is UNKNOWN
    unknown = any(narrows(str(operator).strip().lower()) and keys is UNKNOWN for operator, keys in condition.items())
    return unknown or any(
        key_fits(key) and narrows(operator) and any(item is UNKNOWN for item in as_list(value))
        for key, operator, value in tests(condition)
    )


def narrows(operator: str) -> bool:
    """Whether an operator lets in only what matches: no negation, and a missing key does not pass."""
    return not (
        "not" in operator or operator.endswith("ifexists") or operator == "null" or operator.startswith("forallvalues:")
    )
