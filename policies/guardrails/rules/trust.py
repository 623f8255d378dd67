"""Rules on who may assume a role."""

from collections.abc import Iterator
from dataclasses import dataclass
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
from guardrails.analysis.oidc_subjects import COGNITO, judge_subject, sets_of_claims
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
    found = list(_tests_of_subject(statement.condition))
    if any(one.exact for one in found) or _named_by_claims(statement.condition) or _of_one_pool(statement.condition):
        return
    vague = next((one for one in found if one.why), None)
    if vague:
        yield Finding(vague.why)
    elif may_still(statement.condition, _names_workload):
        yield Unknown("Condition is unknown, or a part of it")
    else:
        yield Finding("web identity without a condition on the subject")


@dataclass(frozen=True, kw_only=True)
class _Test:
    """What one test on a subject lets in."""

    exact: bool
    """Whether it is one workload, or several that are each named."""
    why: str = ""
    """Why it is not, in its known part."""


def _is_text(operator: str) -> bool:
    """Whether an operator compares text and lets in only what matches."""
    plain = operator.removeprefix("foranyvalue:")
    return narrows(operator) and plain in {"stringequals", "stringequalsignorecase", "stringlike"}


def _tests_of_subject(condition: Value) -> Iterator[_Test]:
    for key, operator, value in tests(condition):
        values = as_list(value)
        if not key.endswith(":sub") or not _is_text(operator) or not values:
            continue
        known = [judge_subject(key.removesuffix(":sub"), str(item)) for item in values if item is not UNKNOWN]
        vague = next((one for one in known if not one.exact), None)
        why = f"the condition on {key} {vague.why}" if vague else ""
        yield _Test(exact=not why and len(known) == len(values), why=why)


def _exact_claims(condition: Value) -> dict[str, set[str]]:
    """Issuers to the claims, as they follow it in a key, that a condition compares with values without wildcards."""
    found: dict[str, set[str]] = {}
    for key, operator, value in tests(condition):
        host, _, claim = key.rpartition(":")
        values = as_list(value)
        fixed = all(isinstance(item, str) and item and not set(item) & {"*", "?"} for item in values)
        # Of a workflow, what follows its file (``@refs/heads/main``) may be any.
        file = claim == "job_workflow_ref" and all(
            isinstance(item, str) and "@" in item and not set(item.partition("@")[0]) & {"*", "?"} for item in values
        )
        if _is_text(operator) and values and (fixed or file):
            found.setdefault(host, set()).add(claim)
    return found


def _named_by_claims(condition: Value) -> bool:
    return any(
        together <= claims for host, claims in _exact_claims(condition).items() for together in sets_of_claims(host)
    )


def _of_one_pool(condition: Value) -> bool:
    """Whether only signed-in users of one Cognito identity pool are let in; its tokens have no narrower subject."""
    claims = _exact_claims(condition).get(COGNITO, set())
    signed_in = any(
        key == f"{COGNITO}:amr"
        and _is_text(operator)
        and as_list(value)
        and not any(
            item is UNKNOWN or set(str(item)) & {"*", "?"} or item == "unauthenticated" for item in as_list(value)
        )
        for key, operator, value in tests(condition)
    )
    return "aud" in claims and signed_in


def _names_workload(key: str) -> bool:
    host, _, claim = key.rpartition(":")
    return claim == "sub" or any(claim in together for together in sets_of_claims(host))


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
        fix='add StringEquals on the issuer\'s ":sub" with system:serviceaccount:NAMESPACE:NAME, or of a pipeline all '
        "through its repository, workspace or stack",
        benchmarks="EKS best practices guide (IAM), CKV_AWS_358",
        types=frozenset({ROLE}),
        judge=lambda subject: _trust(subject, _web_identity),
    ),
)
