"""Rules on who may assume a role."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.iam_documents import (
    ROLE,
    Judge,
    Statement,
    covers,
    judge_statements,
    may_still,
    narrows,
    tests,
)
from guardrails.analysis.iam_principals import open_to_everybody
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown
from guardrails.engine.values import UNKNOWN, Value, as_list


def _trust(subject: Subject, judge: Judge, *, loud: bool = False) -> Findings:
    document = subject.props.get("assumeRolePolicy")
    if document is not None:
        yield from judge_statements("assumeRolePolicy", document, judge, loud=loud)


def _of_web_identity(principal: Value) -> bool:
    """Whether a principal may be an OIDC provider."""
    if not isinstance(principal, dict):
        return principal is UNKNOWN or principal == "*"
    federated = [item for key, value in principal.items() if str(key).lower() == "federated" for item in as_list(value)]
    return any(not (isinstance(item, str) and ":saml-provider/" in item) for item in federated)


def _web_identity(statement: Statement) -> Findings:
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
        yield Finding(f"the condition on {wildcards[0]} has a wildcard")
    elif unknown:
        yield Unknown("Condition is unknown, or a part of it")
    else:
        yield Finding("web identity without a condition on the subject")


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
