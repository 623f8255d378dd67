"""Actions that reach data or hand on rights, and what "every resource" means for each service."""

from typing import Final

from guardrails.analysis.iam_documents import covers

_BY_SERVICE: Final = {
    "iam": (
        "PassRole", "CreateRole", "PutRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeleteRolePolicy",
        "CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy", "CreateUser",
        "CreateAccessKey", "UpdateAccessKey", "PutUserPolicy", "AttachUserPolicy", "PutGroupPolicy",
        "AttachGroupPolicy", "AddUserToGroup", "CreateLoginProfile", "UpdateLoginProfile", "DeactivateMFADevice",
        "DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary", "DeleteUserPermissionsBoundary",
        "PutUserPermissionsBoundary", "AddRoleToInstanceProfile", "CreateOpenIDConnectProvider", "CreateSAMLProvider",
        "UpdateSAMLProvider",
    ),
    "sts": ("AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"),
    "s3": (
        "GetObject", "GetObjectVersion", "PutObject", "DeleteObject", "DeleteObjectVersion", "RestoreObject",
        "ReplicateObject", "ListBucket", "ListBucketVersions", "DeleteBucket", "PutBucketPolicy", "DeleteBucketPolicy",
        "PutBucketAcl", "PutObjectAcl", "PutObjectVersionAcl", "PutBucketPublicAccessBlock",
        "PutLifecycleConfiguration", "PutReplicationConfiguration", "PutEncryptionConfiguration",
        "PutBucketVersioning", "PutAccessPointPolicy", "BypassGovernanceRetention",
    ),
    "secretsmanager": ("GetSecretValue", "PutSecretValue", "UpdateSecret", "DeleteSecret", "PutResourcePolicy"),
    "kms": (
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
        "CreateGrant", "PutKeyPolicy", "ScheduleKeyDeletion", "DisableKey",
    ),
    "ssm": (
        "GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory", "PutParameter",
        "DeleteParameter", "SendCommand", "StartSession",
    ),
    "lambda": ("InvokeFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration", "AddPermission"),
    "dynamodb": ("GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "DeleteItem", "DeleteTable"),
    "eks": ("AccessKubernetesApi", "CreateAccessEntry", "AssociateAccessPolicy", "DeleteCluster"),
}  # fmt: skip
GUARDED: Final = tuple(f"{service}:{name}" for service, names in _BY_SERVICE.items() for name in names)

# Resources that nobody would name: a pattern that takes one in names nothing. Service, then the ARN's last field.
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
}


def guarded(pattern: str) -> list[str]:
    """The guarded actions that an action pattern takes in."""
    return [action for action in GUARDED if covers(pattern, action)]


def every_resource(pattern: str, action: str) -> bool:
    """Whether a resource pattern takes in whatever the action may be done to, in one account or in all."""
    if set(pattern.lower().removeprefix("arn")) <= set("*?:/"):
        return True
    fields = pattern.split(":", 5)
    if len(fields) == 6:
        # Partition, region and account narrow nothing that matters: "every bucket of my account" is every bucket.
        pattern = ":".join((fields[0], "*", fields[2], "*", "*", fields[5]))
    probes = _PROBES[action.partition(":")[0]]
    return any(covers(pattern, f"arn:aws:{service}:us-east-1:979797979797:{tail}") for service, tail in probes)
