"""Inline policies of IAM roles."""

from rehearsal.aws.policy_checks import identity_policy
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup

TYPE = ResourceType(
    token="aws:iam/rolePolicy:RolePolicy",
    service="iam",
    create="put_role_policy",
    put=True,
    id="{role}:{name}",
    read=Lookup(operation="get_role_policy", arguments={"RoleName": "{role}", "PolicyName": "{name}"}),
    delete=("delete_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}),
    renames={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
    skip=frozenset({"namePrefix"}),
    replace=frozenset({"role", "name", "namePrefix"}),
    name="name",
    name_length=128,
    empty=NAME_PREFIX,
    checks=(identity_policy("policy", 10240),),
)
