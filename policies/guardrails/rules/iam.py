"""Rules on IAM: wildcards, administrator policies, and who may assume a role."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.iam_actions import by_tag, every_resource, guarded, may_narrow, reached
from guardrails.analysis.iam_documents import (
    DOCUMENT_TYPES,
    ROLE,
    Judge,
    Statement,
    covers,
    judge_statements,
    may_still,
    narrows,
    only_wildcards,
    policies,
    tests,
)
from guardrails.analysis.iam_levels import is_unknown
from guardrails.analysis.node_roles import POLICY
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown, requested_properties
from guardrails.engine.values import UNKNOWN, Value, as_list

_SHOWN: Final = 5
_HANDED_ON: Final = "iam:PassRole"
_PASSED_TO: Final[dict[str, Callable[[str], str]]] = {
    "iam:passedtoservice": lambda value: value.partition(".")[0],
    "iam:associatedresourcearn": lambda value: (value.split(":") + [""] * 3)[2],
}
"""Condition keys that say who gets the role (Service Authorization Reference, AWS IAM, PassRole), and the part that names it."""


def _judged(subject: Subject, judge: Judge, *, loud: bool = False) -> Findings:
    for path, document in policies(subject):
        yield from judge_statements(path, document, judge, loud=loud)


def _patterns(values: list[Value], what: str) -> Iterator[str | Unknown]:
    for value in values:
        if value is UNKNOWN:
            yield Unknown(f"{what} is unknown")
        elif isinstance(value, str):
            yield value.strip()
        else:
            yield Unknown(f"{what} is neither text nor a list of texts")


def _is_star(action: str) -> bool:
    service, colon, _ = action.partition(":")
    # IAM takes no wildcard in the service's name but the lone star; whoever writes one means everything.
    return not service or "*" in service or "?" in service if colon else "*" in action or "?" in action


def _is_service_wildcard(action: str) -> bool:
    service, colon, name = action.partition(":")
    return bool(colon) and not _is_star(action) and bool(service) and set(name) <= {"*", "?", ":"}


def _actions_that(test: Callable[[str], bool], complaint: str) -> Judge:
    def judge(statement: Statement) -> Findings:
        for action in _patterns(statement.actions, "Action"):
            if isinstance(action, Unknown):
                yield action
            elif test(action):
                yield Finding(f"Action {action!r} {complaint}")

    return judge


def _not_elements(statement: Statement) -> Findings:
    if statement.not_actions:
        yield Finding("Allow with NotAction grants every other action there is")
    if statement.not_resources:
        yield Finding("Allow with NotResource grants every other resource there is")


def _star_resource(statement: Statement) -> Findings:
    if not by_tag(statement.condition):
        yield from _on_every_resource(statement, lambda pattern: reached(statement, pattern))


def _star_resource_by_tag(statement: Statement) -> Findings:
    if by_tag(statement.condition):
        yield from _on_every_resource(statement, guarded)


def _on_every_resource(statement: Statement, actions_of: Callable[[str], Iterable[str]]) -> Findings:
    found: list[str] = []
    unknown: list[Unknown] = []
    for action in _patterns(statement.actions, "Action"):
        if isinstance(action, Unknown):
            unknown.append(Unknown(f"{action.what}, on every resource"))
            continue
        found += actions_of(action)
        if is_unknown(action):
            unknown.append(Unknown(f"{action} is in no list of AWS's actions that is known here, on every resource"))
    for resource in _patterns(statement.resources, "Resource"):
        if isinstance(resource, Unknown):
            if found:
                yield resource
            continue
        known = [item for item in dict.fromkeys(found) if every_resource(resource, item)]
        if known and may_still(statement.condition, may_narrow):
            yield Unknown(f"{_named(known)} on every resource, under a condition that is unknown")
        elif known:
            yield Finding(f"{_named(known)} {'is' if len(known) == 1 else 'are'} allowed on every resource")
        elif unknown and only_wildcards(resource):
            yield from unknown


def _pass_role(statement: Statement) -> Findings:
    """Judge whether a role may be handed to whatever service, which then acts with its rights."""
    if _to_a_service(statement.condition):
        return
    for action in _patterns(statement.actions, "Action"):
        if isinstance(action, Unknown):
            yield action
        elif covers(action, _HANDED_ON) and not _is_star(action) and not _is_service_wildcard(action):
            what = f"Action {action!r} passes a role to whatever service"
            if may_still(statement.condition, _PASSED_TO.__contains__):
                yield Unknown(f"{what}, under a condition that is unknown")
            else:
                yield Finding(f"{what}: no condition on iam:PassedToService")


def _to_a_service(condition: Value) -> bool:
    return any(
        key in _PASSED_TO
        and narrows(operator)
        and as_list(value)
        and not any(item is UNKNOWN or not _names_service(key, str(item)) for item in as_list(value))
        for key, operator, value in tests(condition)
    )


def _names_service(key: str, value: str) -> bool:
    """Whether a value names a service in full: ``*.amazonaws.com`` is every one."""
    named = _PASSED_TO[key](value)
    return bool(named) and not set(named) & {"*", "?"}


def _named(actions: list[str]) -> str:
    more = len(actions) - _SHOWN
    return f"{', '.join(actions[:_SHOWN])}{f' and {more} more' if more > 0 else ''}"


_ADMINISTRATOR = re.compile(
    r"arn:[a-z-]*:iam::aws:policy/(?:[\w-]+/)*(AdministratorAccess(-[\w-]+)?|PowerUserAccess|[\w-]*FullAccess[\w-]*|"
    r"[\w-]*Administrator|[\w-]*AdminAccess|SecretsManagerReadWrite)",
    re.IGNORECASE,
)
ATTACHMENTS: Final = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
    ROLE: "managedPolicyArns",
}


def _admin_managed(subject: Subject) -> Findings:
    key = ATTACHMENTS[subject.type]
    for arn in as_list(subject.props.get(key)):
        if isinstance(arn, str) and (found := _ADMINISTRATOR.fullmatch(arn.strip())):
            yield Finding(f"{key} attaches {found[1]}")


def _unknown_managed(stack: Stack) -> Findings:
    """Remark on ARNs that only the update knows, but for those of policies that the stack makes: their documents are judged."""
    graph = Graph(stack)
    for subject in stack.of(*ATTACHMENTS):
        key = ATTACHMENTS[subject.type]
        props = requested_properties(subject)
        unknown = sum(item is UNKNOWN for item in as_list(props.get(key)))
        if unknown and len(graph.targets(subject, key, UNKNOWN, POLICY).subjects) < unknown:
            yield Unknown(f"{key} is unknown", subject.urn)


RULES: Final = (
    Rule(
        id="iam-star-action",
        family="iam-wildcard",
        level=EnforcementLevel.MANDATORY,
        blocks="an IAM statement that allows every action",
        why="One such statement is an administrator of the account, whatever its condition says.",
        fix="name the actions that are needed",
        benchmarks="FSBP IAM.1, CKV_AWS_62, CKV_AWS_63, CKV2_AWS_40, cdk-nag IAM5",
        types=DOCUMENT_TYPES,
        judge=lambda subject: _judged(subject, _actions_that(_is_star, "allows every action"), loud=True),
    ),
    Rule(
        id="iam-service-wildcard",
        family="iam-wildcard",
        level=EnforcementLevel.MANDATORY,
        blocks="an IAM statement that allows every action of a service",
        why="It includes deleting and re-permissioning, on a scoped resource too.",
        fix="name the actions, or a read-only prefix such as s3:Get*",
        benchmarks="FSBP IAM.21, cdk-nag IAM5, trivy AWS-0345",
        types=DOCUMENT_TYPES,
        judge=lambda subject: _judged(
            subject, _actions_that(_is_service_wildcard, "allows every action of the service")
        ),
    ),
    Rule(
        id="iam-not-action",
        family="iam-wildcard",
        level=EnforcementLevel.MANDATORY,
        blocks="an Allow with NotAction or NotResource",
        why="It grants everything that is not listed, and what AWS adds tomorrow.",
        fix="list what is allowed in Action and Resource",
        benchmarks="cdk-nag IAM5",
        types=DOCUMENT_TYPES,
        judge=lambda subject: _judged(subject, _not_elements),
    ),
    Rule(
        id="iam-star-resource",
        family="iam-wildcard",
        level=EnforcementLevel.MANDATORY,
        blocks="an action that changes things, reads data or hands on rights, on every resource",
        why="It reaches every bucket, table, image, key or role of the account.",
        fix="name the ARNs the action is for, or require a tag of the resource in Condition",
        benchmarks="CKV_AWS_355, CKV_AWS_286, CKV_AWS_288, FSBP KMS.1, KMS.2, trivy AWS-0342",
        types=DOCUMENT_TYPES,
        judge=lambda subject: _judged(subject, _star_resource),
    ),
    Rule(
        id="iam-pass-role",
        family="iam-wildcard",
        level=EnforcementLevel.MANDATORY,
        blocks="iam:PassRole to every service",
        why="Who may hand a role to any service has its rights: a function or an instance started with it suffices.",
        fix="add StringEquals on iam:PassedToService with the service that gets the role, such as ec2.amazonaws.com",
        benchmarks="",
        types=DOCUMENT_TYPES,
        judge=lambda subject: _judged(subject, _pass_role),
    ),
    Rule(
        id="iam-star-resource-tagged",
        family="iam",
        level=EnforcementLevel.ADVISORY,
        blocks="an action on data or rights, on every resource that has a tag",
        why="Controllers need it; a principal that may set the tag widens it.",
        fix="name the ARNs where they are known; guard the tag itself",
        benchmarks="CKV_AWS_355, cdk-nag IAM5",
        types=DOCUMENT_TYPES,
        judge=lambda subject: _judged(subject, _star_resource_by_tag),
    ),
    Rule(
        id="iam-admin-managed",
        family="iam-managed",
        level=EnforcementLevel.MANDATORY,
        blocks="an administrator or full-access managed policy on a role, user or group",
        why="AdministratorAccess, SystemAdministrator and their like are wildcards that AWS wrote.",
        fix="attach a policy with the actions that are needed",
        benchmarks="CKV_AWS_274, CKV2_AWS_56",
        types=frozenset(ATTACHMENTS),
        judge=_admin_managed,
        judge_stack=_unknown_managed,
    ),
)
