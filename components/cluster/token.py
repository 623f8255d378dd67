"""Tokens for the cluster from a role that requires an external ID, which `aws eks get-token` cannot send."""

import json

import pulumi

from settings.models.account import AssumeRole

# `aws eks get-token` has --role-arn and --session-name and nothing else of AssumeRole (aws-cli,
# awscli/customizations/eks/get_token.py), so the role is taken first and the token made with its credentials.
_SCRIPT = """
set -e
credentials=$(aws --region "$1" sts assume-role --role-arn "$3" --external-id "$4" --role-session-name "$5" \
--query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
set -- "$1" "$2" $credentials
unset AWS_PROFILE AWS_DEFAULT_PROFILE
export AWS_ACCESS_KEY_ID="$3" AWS_SECRET_ACCESS_KEY="$4" AWS_SESSION_TOKEN="$5"
exec aws --region "$1" eks get-token --cluster-name "$2" --output json
"""
_SESSION = "EKSGetTokenAuth"
"""The name that `aws eks get-token` gives a session."""


def with_external_id(kubeconfig: pulumi.Output[str], role: AssumeRole | None) -> pulumi.Output[str]:
    """The kubeconfig of pulumi-eks, as JSON text, in which the role is taken with its external ID where it has one."""
    if role is None or role.external_id is None:
        return kubeconfig
    return kubeconfig.apply(lambda text: exec_with_external_id(text, role))


def exec_with_external_id(kubeconfig: str, role: AssumeRole) -> str:
    """The same for plain text; users without an ``exec`` are left as they are."""
    config = json.loads(kubeconfig)
    for entry in config.get("users") or ():
        if command := entry["user"].get("exec"):
            region, cluster = (_option(command["args"], name) for name in ("--region", "--cluster-name"))
            given = [region, cluster, role.role_arn, role.external_id, role.session_name or _SESSION]
            # The first word after the script is the shell's own name, $0.
            command |= {"command": "sh", "args": ["-c", _SCRIPT, "eks-token", *given]}
    return json.dumps(config, separators=(",", ":"))


def _option(args: list[str], name: str) -> str:
    return args[args.index(name) + 1]
