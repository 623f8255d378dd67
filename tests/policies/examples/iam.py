"""IAM: wildcards, administrator policies, trust."""

import json
from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

ROLE = "aws:iam/role:Role"
BUCKET = Given("aws:s3/bucket:Bucket", {"bucket": "b"})
ACCOUNT = "123456789012"


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any = "arn:aws:s3:::models/*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(body: Any, type_: str = "aws:iam/policy:Policy", key: str = "policy") -> Given:
    return Given(type_, {key: body})


def one(note: str, *statements: Any) -> Case:
    return case(note, policy(document(*statements)))


def spellings(statement: dict[str, Any]) -> tuple[Case, ...]:
    """One statement in every form and at every place that IAM takes."""
    body = document(statement)
    lower = {"statement": {key.lower(): value for key, value in statement.items()}}
    return (
        case("object", policy(body)),
        case("JSON text", policy(json.dumps(body))),
        case("JSON text with spaces", policy(json.dumps(body, indent=4))),
        case("one statement, not a list", policy({"Version": "2012-10-17", "Statement": statement})),
        case("keys in lower case", policy(lower)),
        case("keys in upper case", policy({"STATEMENT": [{key.upper(): value for key, value in statement.items()}]})),
        case("a harmless statement before it", policy(document(allow("s3:GetObject"), statement))),
        case("role policy", policy(json.dumps(body), "aws:iam/rolePolicy:RolePolicy")),
        case("user policy", policy(body, "aws:iam/userPolicy:UserPolicy")),
        case("group policy", policy(body, "aws:iam/groupPolicy:GroupPolicy")),
        case(
            "permission set",
            policy(body, "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", "inlinePolicy"),
        ),
        case("inline in a role", Given(ROLE, {"inlinePolicies": [{"name": "x", "policy": json.dumps(body)}]})),
        case("inline in a role, object", Given(ROLE, {"inlinePolicies": [{"name": "x", "policy": body}]})),
    )


DENY = one("Deny", {"Effect": "Deny", "Action": "*", "Resource": "*"})
DENY_GUARD = one(
    "Deny with NotAction, the MFA guard",
    {
        "Effect": "deny",
        "NotAction": ["iam:ListMFADevices"],
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    },
)
CNI_OF_IPV6 = one(
    "what the VPC CNI needs for IPv6",
    allow(["ec2:AssignIpv6Addresses", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces"], "*"),
    allow("ec2:CreateTags", "arn:aws:ec2:*:*:network-interface/*"),
)
READ_ONLY = one("read-only prefixes", allow(["ec2:Describe*", "eks:List*", "cloudwatch:Get*"], "*"))
NO_RESOURCES = one(
    "actions without resources",
    allow(
        ["ecr:GetAuthorizationToken", "sts:GetCallerIdentity", "cloudwatch:PutMetricData", "s3:ListAllMyBuckets"], "*"
    ),
)
SCOPED = one("scoped", allow(["s3:GetObject", "s3:Put*"], ["arn:aws:s3:::models/weights/*", "arn:aws:s3:::logs/*"]))
KEY_POLICY = case(
    "key policy for the account root",
    Given(
        "aws:kms/key:Key",
        {
            "policy": json.dumps(
                document(
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                        "Action": "kms:*",
                        "Resource": "*",
                    }
                )
            )
        },
    ),
)
TEXT = case("the words in a description", Given(ROLE, {"description": '"Action": "*"', "assumeRolePolicy": "{}"}))
FINE = (DENY, DENY_GUARD, CNI_OF_IPV6, READ_ONLY, NO_RESOURCES, SCOPED, KEY_POLICY, TEXT)

UNKNOWN = (
    case("the whole document", policy(U)),
    case("an inline policy", Given(ROLE, {"inlinePolicies": [{"name": "x", "policy": U}]})),
    case("all inline policies", Given(ROLE, {"inlinePolicies": U})),
    case("Statement", policy({"Statement": U})),
    case("one statement", policy(document(allow("s3:GetObject"), U))),
    one("Effect", {"Effect": U, "Action": "*", "NotAction": "x", "Resource": "*"}),
)
UNKNOWN_ACTION = (*UNKNOWN, one("Action", allow(U, "*")), one("an action of the list", allow(["s3:GetObject", U])))
BAD = allow("*", "*")

EXAMPLES = {
    "iam-star-action": Examples(
        passes=(*FINE, one("a service's wildcard", allow("s3:*"))),
        fails=(
            *spellings(BAD),
            one("in a list", allow(["s3:GetObject", "*"])),
            one("*:*", allow("*:*")),
            one("two stars", allow("**")),
            one("?*", allow("?*")),
            one("wildcard in the service", allow("i?m:CreateUser")),
            one("effect in lower case", {"effect": "allow", "action": "*", "resource": "*"}),
            one("no effect", {"Action": "*", "Resource": "*"}),
            one("a condition", allow("*", "*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
            one("scoped resource", allow("*", "arn:aws:s3:::models/*")),
            one("escaped", json.loads(r'{"Effect":"Allow","Action":"\u002a","Resource":"*"}')),
            case("not JSON", policy("{Action: *}")),
            case("a list", policy("[]")),
            case("no Statement", policy({"Version": "2012-10-17"})),
            case("a statement that is text", policy({"Statement": ["*"]})),
        ),
        unknown=UNKNOWN_ACTION,
        both=(
            one("list with an unknown first", allow([U, "*"])),
            case("an unknown statement first", policy(document(U, BAD))),
            case("an unknown inline policy first", Given(ROLE, {"inlinePolicies": [U, {"policy": document(BAD)}]})),
        ),
        other=BUCKET,
    ),
    "iam-service-wildcard": Examples(
        passes=(*FINE, one("a prefix", allow(["s3:Get*", "ec2:Describe*"])), one("the lone star", allow("*"))),
        fails=(
            *spellings(allow("s3:*")),
            one("scoped to a bucket", allow("s3:*", ["arn:aws:s3:::models", "arn:aws:s3:::models/*"])),
            one("iam", allow("iam:*", "*")),
            one("upper case", allow("IAM:*", "*")),
            one("two stars", allow("kms:**", "*")),
            one("?*", allow("kms:?*", "*")),
            one("question marks", allow("kms:???????", "*")),
            one("with blanks", allow(" s3:* ", "*")),
            one("in a list", allow(["s3:GetObject", "dynamodb:*"])),
        ),
        unknown=UNKNOWN_ACTION,
        both=(one("list with an unknown first", allow([U, "s3:*"])),),
        other=BUCKET,
    ),
    "iam-not-action": Examples(
        passes=FINE,
        fails=(
            *spellings({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
            *spellings({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::secret/*"}),
            one("a list", {"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}),
            one("unknown, but there", {"Effect": "Allow", "NotAction": U, "Resource": "*"}),
        ),
        unknown=UNKNOWN,
        both=(
            case(
                "an unknown statement first",
                policy(document(U, {"Effect": "Allow", "NotAction": "a:b", "Resource": "*"})),
            ),
        ),
        other=BUCKET,
    ),
    "iam-star-resource": Examples(
        passes=(
            *FINE,
            one("a bucket with only letters", allow("s3:GetObject", "arn:aws:s3:::models/*")),
            one("a prefix of buckets", allow("s3:*", ["arn:aws:s3:::llm-*", "arn:aws:s3:::llm-*/*"])),
            one("a key by id", allow("kms:Decrypt", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab")),
            one("a role by path", allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/llm/*")),
            one("a parameter path", allow("ssm:GetParameter*", f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/llm/*")),
            one(
                "writes under a tag",
                allow("iam:AddRoleToInstanceProfile", "*", Condition={"StringEquals": {"aws:ResourceTag/k": "v"}}),
            ),
            one("log delivery", allow(["logs:CreateLogStream", "logs:PutLogEvents"], "*")),
            one("metadata of every key", allow(["kms:DescribeKey", "kms:ListAliases"], "*")),
        ),
        fails=(
            *spellings(allow("s3:GetObject", "*")),
            one("read prefix", allow("s3:Get*", "*")),
            one("case", allow("S3:getobject", "*")),
            one("every bucket by ARN", allow("s3:PutObject", "arn:aws:s3:::*")),
            one("every object by ARN", allow("s3:GetObject", "arn:aws:s3:::*/*")),
            one("every object in China", allow("s3:GetObject", "arn:aws-cn:s3:::*/*")),
            one("any ARN", allow("s3:GetObject", "arn:*")),
            one("any ARN, part by part", allow("iam:PassRole", "arn:*:*:*:*:*:*")),
            one(
                "if the tag exists",
                allow("s3:GetObject", "*", Condition={"StringEqualsIfExists": {"aws:ResourceTag/k": "v"}}),
            ),
            one("in a list", allow("s3:GetObject", ["arn:aws:s3:::models/*", "*"])),
            one("PassRole", allow(["ec2:RunInstances", "iam:PassRole"], "*")),
            one(
                "PassRole by service",
                allow("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
            ),
            one("every role of the account", allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/*")),
            one("AssumeRole", allow("sts:AssumeRole", "*")),
            one("every role of any account", allow("sts:AssumeRole", "arn:aws:iam::*:role/*")),
            one("Decrypt", allow("kms:Decrypt", "*")),
            one("every key", allow("kms:Decrypt", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*")),
            one("by question mark", allow("kms:Decryp?", "*")),
            one("secrets", allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:*")),
            one("parameters", allow("ssm:GetParametersByPath", "*")),
            one("a shell on every instance", allow("ssm:StartSession", f"arn:aws:ec2:*:{ACCOUNT}:instance/*")),
            one("any tag", allow("s3:GetObject", "*", Condition={"StringLike": {"aws:ResourceTag/k": "*"}})),
            one("source address", allow("s3:GetObject", "*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        ),
        unknown=(
            *UNKNOWN,
            one("Action", allow(U, "*")),
            one("Resource", allow("s3:GetObject", U)),
            one("a resource of the list", allow("s3:GetObject", ["arn:aws:s3:::models/*", U])),
            case("a resource in JSON text", policy(json.dumps(document(allow("s3:GetObject", U))))),
            case("a part of a resource in JSON text", policy(json.dumps(document(allow("s3:GetObject", f"{U}/*"))))),
        ),
        both=(
            one("list with an unknown first", allow("s3:GetObject", [U, "*"])),
            case("in JSON text", policy(json.dumps(document(allow("s3:GetObject", [U, "*"]))))),
        ),
        other=BUCKET,
    ),
    "iam-star-resource-tagged": Examples(
        passes=(*FINE, one("without a tag it is the other rule's", allow("s3:GetObject", "*"))),
        fails=(
            one("tag", allow("kms:CreateGrant", "*", Condition={"StringEquals": {"aws:ResourceTag/k": "v"}})),
            one(
                "tag of a service",
                allow("ssm:StartSession", "*", Condition={"StringLike": {"ssm:resourceTag/k": ["v*"]}}),
            ),
        ),
        unknown=UNKNOWN,
        other=BUCKET,
    ),
}
