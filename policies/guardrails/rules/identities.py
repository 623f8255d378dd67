"""Rules on how rights are handed out: to users, and from two places at once."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.iam_documents import ROLE
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown
from guardrails.engine.values import UNKNOWN

USERS: Final = frozenset({
    "aws:iam/user:User", "aws:iam/userPolicy:UserPolicy", "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/accessKey:AccessKey", "aws:iam/userLoginProfile:UserLoginProfile",
})  # fmt: skip
_SEPARATE: Final = {
    "aws:iam/rolePolicy:RolePolicy": "inlinePolicies",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "managedPolicyArns",
}


def _user(_: Subject) -> Findings:
    yield Finding("people and programs get long-lived keys this way")


def _conflicts(stack: Stack) -> Findings:
    graph = Graph(stack)
    names = {role.props["name"]: role for role in stack.of(ROLE) if isinstance(role.props.get("name"), str)}
    for item in stack.of(*_SEPARATE):
        key, value = _SEPARATE[item.type], item.props.get("role")
        roles = [names[value]] if isinstance(value, str) and value in names else []
        targets = graph.targets(item, "role", value, ROLE)
        for role in targets.through:
            if role.props.get(key) is UNKNOWN or role.props.get(key):
                yield Unknown(f"has {key}, and {item.name} may be attached to it: its role is unknown", role.urn)
        for role in roles or targets.subjects:
            inside = role.props.get(key)
            if inside is UNKNOWN:
                yield Unknown(f"{key} is unknown, and {item.name} is attached to it", role.urn)
            elif inside:
                yield Finding(f"has {key}, which removes what {item.name} attaches", role.urn)


RULES: Final = (
    Rule(
        id="iam-user-policy",
        family="iam",
        level=EnforcementLevel.ADVISORY,
        blocks="an IAM user, or a policy or key for one",
        why="A role's credentials end by themselves, a user's key leaks for years.",
        fix="use a role (IAM Identity Center for people, OIDC for CI)",
        benchmarks="FSBP IAM.2, CKV_AWS_40, CKV_AWS_273, trivy AWS-0143",
        types=USERS,
        judge=_user,
    ),
    Rule(
        id="iam-role-conflict",
        family="iam",
        level=EnforcementLevel.ADVISORY,
        blocks="a role whose policies are managed in two places",
        why="Each update removes what the other attached.",
        fix="keep the attachments, drop inline_policies and managed_policy_arns",
        benchmarks="AWSGuard iam-role-no-policy-management-conflicts",
        types=frozenset({ROLE, *_SEPARATE}),
        judge_stack=_conflicts,
    ),
)
