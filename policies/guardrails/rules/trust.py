"""Rules on who may assume a role."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.iam_documents import (
    ROLE,
    Statement,
    UnreadableError,
    allowed,
    covers,
    may_still,
    narrows,
    only_wildcards,
    tests,
)
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown
from guardrails.engine.values import UNKNOWN, Value, as_list, is_open_cidr

Judge = Callable[[Statement], Iterator[str | Unknown]]


def _trust(subject: Subject, judge: Judge, *, loud: bool = False) -> Findings:
    document = subject.props.get("assumeRolePolicy")
    if document is None:
        return
    try:
        for statement in allowed(document):
            if isinstance(statement, str):
                yield Unknown(f"assumeRolePolicy: {statement}")
                continue
            for verdict in judge(statement):
                if isinstance(verdict, Unknown):
                    yield Unknown(f"assumeRolePolicy: {statement.where}: {verdict.what}")
                else:
                    yield Finding(f"assumeRolePolicy: {statement.where}: {verdict}")
    except UnreadableError as problem:
        yield (Finding if loud else Unknown)(f"assumeRolePolicy: cannot be read: {problem}")


# Condition keys that say whose principal it is: the part of the value that may hold no wildcard.
_WHOSE: Final[dict[str, Callable[[str], str]]] = {
    "aws:principalorgid": str,
    "aws:principalaccount": str,
    "aws:sourceaccount": str,
    "kms:calleraccount": str,
    "aws:principalorgpaths": lambda value: value.partition("/")[0],
    "aws:userid": lambda value: value.partition(":")[0],
    "aws:principalarn": lambda value: (value.split(":") + [""] * 5)[4],
    "aws:sourcearn": lambda value: (value.split(":") + [""] * 5)[4],
}


# Keys that say from where: enough for a resource policy (AWS does not call such a bucket public), not for a role.
NETWORKS: Final[dict[str, Callable[[str], str]]] = {
    "aws:sourcevpc": str,
    "aws:sourcevpce": str,
    "aws:sourceip": lambda value: "" if is_open_cidr(value) else value,
}


def _names_someone(condition: Value, keys: dict[str, Callable[[str], str]]) -> bool:
    for key, operator, value in tests(condition):
        part = keys.get(key)
        if part is None or not narrows(operator):
            continue
        parts = [part(item) if isinstance(item, str) else "" for item in as_list(value)]
        if parts and all(item and "*" not in item and "?" not in item for item in parts):
            return True
    return False


def open_to_everybody(
    statement: Statement, networks: dict[str, Callable[[str], str]] | None = None
) -> Iterator[str | Unknown]:
    """Whether a statement of a trust or resource policy lets everybody in."""
    keys = _WHOSE | (networks or {})
    principal = statement.principal
    if statement.has_not_principal:
        yield "NotPrincipal lets everybody else in"
    named = [
        item
        for value in (principal.values() if isinstance(principal, dict) else [principal])
        for item in as_list(value)
    ]
    for item in named:
        if item is UNKNOWN:
            yield Unknown("a principal is unknown")
        elif isinstance(item, str) and _is_anyone(item.strip()):
            if _names_someone(statement.condition, keys):
                continue
            if may_still(statement.condition, keys.__contains__):
                yield Unknown("Principal is everybody, under a condition that is unknown")
            else:
                yield "Principal is everybody"


def _is_anyone(principal: str) -> bool:
    return only_wildcards(principal) or re.fullmatch(r"arn:[^:]*:(iam|sts)::[^:]*[*?][^:]*:.*", principal) is not None


def _of_web_identity(principal: Value) -> bool:
    """Whether a principal may be an OIDC provider."""
    if not isinstance(principal, dict):
        return principal is UNKNOWN or principal == "*"
    federated = [item for key, value in principal.items() if str(key).lower() == "federated" for item in as_list(value)]
    return any(not (isinstance(item, str) and ":saml-provider/" in item) for item in federated)


def _web_identity(statement: Statement) -> Iterator[str | Unknown]:
    if not _of_web_identity(statement.principal):
        return
    actions = [action for action in statement.actions if isinstance(action, str)]
    if not any(covers(action, "sts:AssumeRoleWithWebIdentity") for action in actions):
        if any(action is UNKNOWN for action in statement.actions):
            yield Unknown("Action is unknown")
        return
    wildcards: list[str] = []
    unknown = may_still(statement.condition, lambda key: key.endswith(":sub"))
    for key, operator, value in tests(statement.condition):
        if not key.endswith(":sub") or not narrows(operator) or not as_list(value):
            continue
        vague = [item for item in as_list(value) if item is not UNKNOWN and not _one_subject(str(item))]
        if vague:
            wildcards.append(key)
        elif not any(item is UNKNOWN for item in as_list(value)):
            return
    if wildcards:
        yield f"the condition on {wildcards[0]} has a wildcard"
    elif unknown:
        yield Unknown("Condition is unknown, or a part of it")
    else:
        yield "web identity without a condition on the subject"


def _one_subject(value: str) -> bool:
    """Whether a subject is one service account, or one repository (a wildcard may stand for its branches)."""
    if value.startswith("repo:"):
        owner_and_name, colon, _ = value.removeprefix("repo:").partition(":")
        return bool(colon) and "*" not in owner_and_name and "?" not in owner_and_name
    return bool(value) and "*" not in value and "?" not in value


RULES: Final = (
    Rule(
        id="iam-trust-star",
        family="iam-trust",
        level=EnforcementLevel.MANDATORY,
        blocks="a role that anyone may assume",
        why="Anyone means every AWS account there is.",
        fix="name the principals, or add a condition on aws:PrincipalOrgID",
        benchmarks="CKV_AWS_60, CKV_AWS_61",
        types=frozenset({ROLE}),
        judge=lambda subject: _trust(subject, open_to_everybody, loud=True),
    ),
    Rule(
        id="irsa-scope",
        family="iam-trust",
        level=EnforcementLevel.MANDATORY,
        blocks="a web identity trust without an exact subject",
        why="Without it every service account of the cluster, or every repository of a host, may assume the role.",
        fix='add StringEquals on the issuer\'s ":sub" with system:serviceaccount:NAMESPACE:NAME',
        benchmarks="EKS best practices guide (IAM), CKV_AWS_358",
        types=frozenset({ROLE}),
        judge=lambda subject: _trust(subject, _web_identity),
    ),
)
