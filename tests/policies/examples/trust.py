"""IAM: administrator policies, and who may assume a role."""

import json
from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.iam import ACCOUNT, BUCKET, ROLE, document
from tests.policies.judging import Case, Given, U, case

ROLE_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def attached(arn: Any, type_: str = ROLE_ATTACHMENT, key: str = "policyArn") -> Case:
    return case(f"{type_} {arn}", Given(type_, {key: arn}))


def managed(name: str, partition: str = "aws") -> str:
    return f"arn:{partition}:iam::aws:policy/{name}"


ADMIN = managed("AdministratorAccess")

EXAMPLES: dict[str, Examples] = {}
OWN = (Given("aws:iam/policy:Policy", {"policy": "{}", "arn": U}, "own"),)
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
EXAMPLES["iam-admin-managed"] = Examples(
    passes=(
        *(
            attached(managed(name))
            for name in (
                "AmazonEKSClusterPolicy", "AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly",
                "AmazonEKS_CNI_Policy", "AmazonSSMManagedInstanceCore", "service-role/AmazonEBSCSIDriverPolicy",
                "ReadOnlyAccess", "SecurityAudit",
            )
        ),
        attached(f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"),
        attached(f"arn:aws:iam::{ACCOUNT}:policy/ModelsFullAccess"),
        case("a role without", Given(ROLE, {"managedPolicyArns": [managed("AmazonEKS_CNI_Policy")]})),
        attached(managed("AmazonEC2ContainerRegistryPowerUser")),
        case("a policy of this stack", *OWN, Given(ATTACHMENT, {"role": "r", "policyArn": U}, depends={"policyArn": ["own"]})),
        case("policies of this stack in a list", *OWN, Given(ROLE, {"managedPolicyArns": [managed("AmazonEKS_CNI_Policy"), U]}, depends={"managedPolicyArns": ["own"]})),
        case("a boundary grants nothing", Given(ROLE, {"permissionsBoundary": ADMIN})),
    ),
    fails=(
        *(attached(managed(name)) for name in ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "AmazonS3FullAccess", "AWSLambda_FullAccess", "AdministratorAccess-Amplify", "AmazonEMRFullAccessPolicy_v2", "job-function/SystemAdministrator", "job-function/DatabaseAdministrator", "AWSSSOMasterAccountAdministrator", "AWSCodeBuildAdminAccess", "SecretsManagerReadWrite")),
        *(attached(managed("AdministratorAccess", partition)) for partition in ("aws-cn", "aws-us-gov", "aws-iso-b")),
        attached(ADMIN, "aws:iam/userPolicyAttachment:UserPolicyAttachment"),
        attached(ADMIN, "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"),
        attached(ADMIN, "aws:iam/policyAttachment:PolicyAttachment"),
        attached(ADMIN, "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", "managedPolicyArn"),
        *(
            attached([managed("AmazonEKS_CNI_Policy"), ADMIN], f"aws:iam/{kind}PolicyAttachmentsExclusive:{kind.title()}PolicyAttachmentsExclusive", "policyArns")
            for kind in ("role", "user", "group")
        ),
        attached([ADMIN], ROLE, "managedPolicyArns"),
    ),
    unknown=(
        case("of another stack", Given("pulumi:pulumi:StackReference", {"outputs": U}, "other"), Given(ATTACHMENT, {"role": "r", "policyArn": U}, depends={"policyArn": ["other"]})),
        case("more than this stack's", *OWN, Given(ROLE, {"managedPolicyArns": [U, U]}, depends={"managedPolicyArns": ["own"]})),
        attached(U), attached(U, ROLE, "managedPolicyArns"), attached([managed("AmazonEKS_CNI_Policy"), U], ROLE, "managedPolicyArns")),
    both=(attached([U, ADMIN], ROLE, "managedPolicyArns"),),
    other=BUCKET,
)  # fmt: skip


def trust(note: str, *statements: Any) -> Case:
    return case(note, Given(ROLE, {"assumeRolePolicy": document(*statements)}))


def assume(principal: Any, action: str = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def only(key: str, value: Any, operator: str = "StringEquals") -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
FEDERATED = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"}
WEB = "sts:AssumeRoleWithWebIdentity"
SUBJECT = "system:serviceaccount:llm:llama"
NODE = trust("a service", assume({"Service": "ec2.amazonaws.com"}))
IRSA = trust("one service account", assume(FEDERATED, WEB, **only(f"{ISSUER}:sub", SUBJECT)))
UNKNOWN_TRUST = (
    case("the document", Given(ROLE, {"assumeRolePolicy": U})),
    trust("a statement", U),
)

EXAMPLES["iam-trust-star"] = Examples(
    passes=(
        NODE,
        IRSA,
        trust("the account", assume({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
        trust("by number", assume({"AWS": [ACCOUNT]})),
        trust("the organization", assume("*", **only("aws:PrincipalOrgID", "o-abc"))),
        trust("the organization, other case", assume({"AWS": "*"}, **only("AWS:principalorgid", ["o-abc"]))),
        trust("an account", assume({"AWS": "*"}, **only("aws:PrincipalAccount", ACCOUNT))),
        trust("a role", assume("*", **only("aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/ci-*", "ArnLike"))),
        trust("Deny", {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}),
    ),
    fails=(
        trust("star", assume("*")),
        trust("AWS star", assume({"AWS": "*"})),
        trust("in a list", assume({"AWS": [f"arn:aws:iam::{ACCOUNT}:root", "*"]})),
        trust("any account", assume({"AWS": "arn:aws:iam::*:root"})),
        case("as text", Given(ROLE, {"assumeRolePolicy": json.dumps({"statement": {"effect": "Allow", "principal": {"aws": "*"}, "action": "sts:AssumeRole"}})})),
        trust("NotPrincipal", {"Effect": "Allow", "NotPrincipal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}),
        trust("external id is no secret", assume("*", **only("sts:ExternalId", "x"))),
        trust("an unknown one is none either", assume("*", **only("sts:ExternalId", U))),
        trust("an address is nobody", assume("*", **only("aws:SourceIp", "203.0.113.0/24", "IpAddress"))),
        trust("a condition that says little", assume("*", **only("aws:SecureTransport", "true", "Bool"))),
        trust("any organization", assume("*", **only("aws:PrincipalOrgID", "o-*", "StringLike"))),
        trust("every other organization", assume("*", **only("aws:PrincipalOrgID", "o-abc", "StringNotEquals"))),
        trust("if it exists", assume("*", **only("aws:PrincipalOrgID", "o-abc", "StringEqualsIfExists"))),
        trust("no values", assume("*", **only("aws:PrincipalOrgID", []))),
        trust("role of any account", assume("*", **only("aws:PrincipalArn", "arn:aws:iam::*:role/ci", "ArnLike"))),
        case("not JSON", Given(ROLE, {"assumeRolePolicy": "nonsense"})),
    ),
    unknown=(
        *UNKNOWN_TRUST,
        trust("the principal", assume(U)),
        trust("a principal", assume({"AWS": [U]})),
        trust("the condition", assume("*", Condition=U)),
        trust("the organization", assume("*", **only("aws:PrincipalOrgID", U))),
    ),
    both=(trust("a list with an unknown first", assume({"AWS": [U, "*"]})),),
    other=BUCKET,
)  # fmt: skip
GITHUB = "token.actions.githubusercontent.com"
EXAMPLES["irsa-scope"] = Examples(
    passes=(
        NODE,
        IRSA,
        trust("every action for a service", assume({"Service": "ec2.amazonaws.com"}, "sts:*")),
        trust("every action for the account", assume({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "sts:*")),
        trust("SAML", assume({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/x"}, "sts:*")),
        trust("pod identity", {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}),
        trust("two accounts", assume(FEDERATED, WEB, **only(f"{ISSUER}:sub", [SUBJECT, "system:serviceaccount:llm:qwen"]))),
        trust("StringLike without wildcard", assume(FEDERATED, WEB, **only(f"{ISSUER}:sub", SUBJECT, "StringLike"))),
        trust("branches of one repository", assume(FEDERATED, WEB, **only(f"{GITHUB}:sub", "repo:acme/llm:ref:refs/heads/*", "StringLike"))),
        trust("exact beside a wildcard", assume(FEDERATED, WEB, Condition={"StringEquals": {f"{ISSUER}:sub": SUBJECT}, "StringLike": {f"{ISSUER}:sub": "system:*"}})),
    ),
    fails=(
        trust("no condition", assume(FEDERATED, WEB)),
        trust("unknown audience only", assume(FEDERATED, WEB, **only(f"{ISSUER}:aud", U))),
        trust("unknown provider", assume({"Federated": U}, WEB)),
        trust("audience only", assume(FEDERATED, WEB, **only(f"{ISSUER}:aud", "sts.amazonaws.com"))),
        trust("any account of a namespace", assume(FEDERATED, WEB, **only(f"{ISSUER}:sub", "system:serviceaccount:llm:*", "StringLike"))),
        trust("one of a list", assume(FEDERATED, WEB, **only(f"{ISSUER}:sub", [SUBJECT, "*"], "StringLike"))),
        trust("any repository", assume(FEDERATED, WEB, **only(f"{GITHUB}:sub", "repo:acme/*", "StringLike"))),
        trust("repositories that begin so", assume(FEDERATED, WEB, **only(f"{GITHUB}:sub", "repo:acme/llm*", "StringLike"))),
        trust("everyone else", assume(FEDERATED, WEB, **only(f"{ISSUER}:sub", SUBJECT, "StringNotEquals"))),
        trust("if it exists", assume(FEDERATED, WEB, **only(f"{ISSUER}:sub", SUBJECT, "StringEqualsIfExists"))),
        trust("any action", assume(FEDERATED, "sts:*")),
        case("as text", Given(ROLE, {"assumeRolePolicy": json.dumps(document(assume(FEDERATED, "STS:assumerolewithwebidentity")))})),
    ),
    unknown=(
        *UNKNOWN_TRUST,
        trust("the condition", assume(FEDERATED, WEB, Condition=U)),
        trust("the subject", assume(FEDERATED, WEB, **only(f"{ISSUER}:sub", U))),
        trust("a subject", assume(FEDERATED, WEB, **only(f"{ISSUER}:sub", [SUBJECT, U]))),
        trust("the action", assume(FEDERATED, U)),
    ),
    other=BUCKET,
)  # fmt: skip
