"""Actions that change things, reach data or hand on rights, and what "every resource" means for each service.

Changes come by rule, from AWS's access levels (`iam_levels`). By hand are: what hands on rights or code, from published
lists of privilege escalation (https://github.com/RhinoSecurityLabs/AWS-IAM-Privilege-Escalation, Cloudsplaining, Parliament),
and reads of data and secrets, which AWS's level Read does not tell from descriptions.
"""

import re
from collections.abc import Iterator
from typing import Final

from guardrails.analysis.iam_documents import Statement, covers, narrows, only_wildcards, tests
from guardrails.analysis.iam_levels import Level, changes
from guardrails.engine.values import UNKNOWN, Value, as_list

_BY_SERVICE: Final = {
    "iam": (
        "PassRole", "CreateRole", "PutRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeleteRolePolicy",
        "CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy", "CreateUser",
        "CreateAccessKey", "UpdateAccessKey", "PutUserPolicy", "AttachUserPolicy", "PutGroupPolicy",
        "AttachGroupPolicy", "AddUserToGroup", "CreateLoginProfile", "UpdateLoginProfile", "DeactivateMFADevice",
        "DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary", "DeleteUserPermissionsBoundary",
        "PutUserPermissionsBoundary", "AddRoleToInstanceProfile", "CreateOpenIDConnectProvider", "CreateSAMLProvider",
        "UpdateSAMLProvider", "AddClientIDToOpenIDConnectProvider", "CreateServiceSpecificCredential",
        "ResetServiceSpecificCredential", "UpdateOpenIDConnectProviderThumbprint",
    ),
    "sts": ("AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "AssumeRoot", "GetFederationToken"),
    "s3": (
        "GetObject", "GetObjectVersion", "PutObject", "DeleteObject", "DeleteObjectVersion", "RestoreObject",
        "ReplicateObject", "ListBucket", "ListBucketVersions", "DeleteBucket", "PutBucketPolicy", "DeleteBucketPolicy",
        "PutBucketAcl", "PutObjectAcl", "PutObjectVersionAcl", "PutBucketPublicAccessBlock",
        "PutLifecycleConfiguration", "PutReplicationConfiguration", "PutEncryptionConfiguration",
        "PutBucketVersioning", "PutAccessPointPolicy", "BypassGovernanceRetention", "PutAccountPublicAccessBlock",
    ),
    "secretsmanager": (
        "GetSecretValue", "BatchGetSecretValue", "PutSecretValue", "UpdateSecret", "DeleteSecret", "PutResourcePolicy",
    ),
    "kms": (
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
        "CreateGrant", "PutKeyPolicy", "ScheduleKeyDeletion", "DisableKey",
    ),
    "ssm": (
        "GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory", "PutParameter",
        "DeleteParameter", "SendCommand", "StartSession", "StartAutomationExecution", "CreateAssociation",
    ),
    "lambda": (
        "InvokeFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration", "AddPermission", "CreateFunction",
        "CreateEventSourceMapping", "GetFunction", "InvokeFunctionUrl",
    ),
    "dynamodb": (
        "GetItem", "BatchGetItem", "Query", "Scan", "PartiQLSelect", "PutItem", "DeleteItem", "DeleteTable",
    ),
    "eks": (
        "AccessKubernetesApi", "CreateAccessEntry", "AssociateAccessPolicy", "DeleteCluster",
        "CreatePodIdentityAssociation", "UpdatePodIdentityAssociation",
    ),
    "ec2": (
        "GetPasswordData", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation",
        "ModifyInstanceAttribute", "ModifyImageAttribute", "ModifySnapshotAttribute",
        "DisableSnapshotBlockPublicAccess", "DisableImageBlockPublicAccess", "DisableEbsEncryptionByDefault",
    ),
    "ecr": ("SetRepositoryPolicy", "PutRegistryPolicy", "PutImage"),
    "ecs": ("ExecuteCommand", "RunTask", "StartTask"),
    "cloudformation": (
        "CreateStack", "UpdateStack", "CreateStackSet", "UpdateStackSet", "CreateChangeSet", "ExecuteChangeSet",
        "SetStackPolicy",
    ),
    "codebuild": ("CreateProject", "UpdateProject", "StartBuild", "StartBuildBatch"),
    "codecommit": ("GitPull",),
    "glue": ("CreateDevEndpoint", "UpdateDevEndpoint", "CreateJob", "UpdateJob"),
    "kinesis": ("GetRecords",),
    "sqs": ("ReceiveMessage",),
    "sagemaker": ("CreatePresignedNotebookInstanceUrl", "CreatePresignedDomainUrl"),
    "sso": ("CreateAccountAssignment", "PutInlinePolicyToPermissionSet", "AttachManagedPolicyToPermissionSet"),
    "redshift": ("GetClusterCredentials", "GetClusterCredentialsWithIAM"),
    "rds-db": ("connect",),
}  # fmt: skip
GUARDED: Final = tuple(f"{service}:{name}" for service, names in _BY_SERVICE.items() for name in names)
_GUARDED: Final = frozenset(GUARDED)

_APPENDS: Final = frozenset({
    "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "cloudwatch:PutMetricData",
})  # fmt: skip
"""What only adds telemetry, and AWS's own policies allow on every resource (AWSLambdaBasicExecutionRole)."""

_ADDRESSES: Final = frozenset({"ec2:AssignIpv6Addresses"})
"""What the VPC CNI needs in an IPv6 cluster: AWS has no managed policy for it and publishes one on every resource (Amazon EKS
User Guide, "Create IAM policy for clusters that use the IPv6 family")."""

_LOAD_BALANCER_CONTROLLER: Final = frozenset({
    "ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", "ec2:CreateSecurityGroup",
    "elasticloadbalancing:CreateListener", "elasticloadbalancing:DeleteListener",
    "elasticloadbalancing:CreateRule", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:CreateTargetGroup",
    "elasticloadbalancing:SetWebAcl", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:RemoveListenerCertificates",
    "elasticloadbalancing:SetRulePriorities",
    "waf-regional:AssociateWebACL", "waf-regional:DisassociateWebACL", "wafv2:AssociateWebACL",
    "wafv2:DisassociateWebACL", "shield:CreateProtection", "shield:DeleteProtection", "iam:CreateServiceLinkedRole",
})  # fmt: skip
_PUBLISHED: Final = {
    "elbv2.k8s.aws/cluster": _LOAD_BALANCER_CONTROLLER,
    "ingress.k8s.aws/cluster": _LOAD_BALANCER_CONTROLLER,
}
"""Tag by which a controller's published policy knows its own resources, to what that policy allows on every other.

Those of docs/install/iam_policy.json of kubernetes-sigs/aws-load-balancer-controller, releases 2.0 to 2.14.
"""

# Resources that no user would name: a pattern that takes one in names nothing. Service, then the ARN's last field.
_PROBES: Final = {
    "iam": (("iam", "role/zq9xj"), ("iam", "user/zq9xj"), ("iam", "group/zq9xj"), ("iam", "policy/zq9xj")),
    "sts": (("iam", "role/zq9xj"),),
    "s3": (("s3", "zq9xj"), ("s3", "zq9xj/zq9xj")),
    "secretsmanager": (("secretsmanager", "secret:zq9xj-7wqzxj"),),
    "kms": (("kms", "key/97979797-7979-9797-7979-979797979797"),),
    "ssm": (
        ("ssm", "parameter/zq9xj/zq9xj"),
        ("ssm", "parameter/zq9xj"),
        ("ssm", "managed-instance/mi-97979797979797979"),
        ("ec2", "instance/i-97979797979797979"),
    ),
    "lambda": (("lambda", "function:zq9xj"),),
    "dynamodb": (("dynamodb", "table/zq9xj"),),
    "eks": (("eks", "cluster/zq9xj"), ("eks", "access-entry/zq9xj/role/979797979797/zq9xj/zq9xj")),
    "ecr": (("ecr", "repository/zq9xj"),),
}
_WHOLE_TYPE: Final = re.compile(r"([a-z0-9-]+[/:])?[*?/:]+", re.IGNORECASE)
"""The last field of an ARN that takes in each resource of a type: ``snapshot/*``."""

_TAG: Final = re.compile(
    r"(aws:(resourcetag|requesttag)|[\w-]+:resourcetag|s3:(existingobject|bucket|accesspoint)tag|rds:[\w-]+-tag)/"
)
_ALIAS: Final = "kms:resourcealiases"
"""As good as a tag: AWS calls both attribute-based access control for KMS."""
_EQUALITY: Final = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})
_NAMES_RESOURCES: Final = frozenset({
    "cloudwatch:namespace", "dynamodb:leadingkeys", "ec2:createaction", "ec2:instanceprofile", "ec2:subnet", "ec2:vpc",
    "ecs:cluster", "elasticloadbalancing:createaction", "iam:awsservicename", "kms:requestalias",
    _ALIAS, "route53:changeresourcerecordsetsnormalizedrecordnames",
})  # fmt: skip
"""Keys of services that say which resource, or that it is a new one."""


def guarded(pattern: str) -> list[str]:
    """The actions on data and rights that an action pattern takes in."""
    return [action for action in GUARDED if covers(pattern, action)]


def changed(statement: Statement, pattern: str) -> list[str]:
    """The changes that an action pattern of a statement takes in, by access level, where no condition narrows them."""
    if _narrowed(statement.condition):
        return []
    published: set[str] = set()
    for tag, actions in _PUBLISHED.items():
        if any(key.partition("/")[2] == tag for key in statement.document_keys):
            published |= actions
    return [action for action in changes(pattern) if action not in _APPENDS | _ADDRESSES | published | _GUARDED]


def by_tag(condition: Value) -> bool:
    """Whether a condition requires a tag or an alias of the resource, by equality, in its known part."""
    return any(
        (key == _ALIAS or _TAG.match(key))
        and operator.removeprefix("foranyvalue:") in _EQUALITY
        and as_list(value)
        and not any(item is UNKNOWN or only_wildcards(str(item)) for item in as_list(value))
        for key, operator, value in tests(condition)
    )


def may_narrow(key: str) -> bool:
    """Whether a test on a condition key may narrow which resources a change is made to."""
    return bool(_TAG.match(key)) or key in {*_NAMES_RESOURCES, "aws:tagkeys"}


def _narrowed(condition: Value) -> bool:
    """Whether a condition limits a change to tagged resources or new ones; that a tag is there at all is enough."""
    for key, operator, value in tests(condition):
        items = as_list(value)
        if operator == "null" and _TAG.match(key) and items and all(str(item).lower() == "false" for item in items):
            return True
        if not may_narrow(key) or not narrows(operator) or not items or any(item is UNKNOWN for item in items):
            continue
        if _TAG.match(key) or not any(only_wildcards(str(item)) for item in items):
            return True
    return False


def every_resource(pattern: str, action: str) -> bool:
    """Whether a resource pattern takes in whatever the action may be done to, in one account or in all."""
    if set(pattern.lower().removeprefix("arn")) <= set("*?:/"):
        return True
    fields = pattern.split(":", 5)
    service = action.partition(":")[0]
    if service in _PROBES:
        if len(fields) == 6:
            # Partition, region and account narrow nothing that matters: "every bucket of my account" is every bucket.
            pattern = ":".join((fields[0], "*", fields[2], "*", "*", fields[5]))
        return any(covers(pattern, f"arn:aws:{name}:us-east-1:979797979797:{tail}") for name, tail in _PROBES[service])
    if len(fields) < 6 or fields[2].lower() not in {service, "*"}:
        return False
    # Elsewhere AWS makes the ids, so controllers' published policies name whole types; rights go that far for no action.
    rights = action in _GUARDED or changes(action).get(action) is Level.PERMISSIONS
    return set(fields[5]) <= set("*?/:") or (rights and _WHOLE_TYPE.fullmatch(fields[5]) is not None)


def reached(statement: Statement, pattern: str) -> Iterator[str]:
    """The actions that an action pattern takes in and that are to name their resources."""
    yield from guarded(pattern)
    yield from changed(statement, pattern)
