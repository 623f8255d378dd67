"""Settings of who calls AWS: in which account, and with which role."""

from settings.models.base import ExternalId, RoleArn, SessionName, SettingsModel

EXAMPLE_ACCOUNT = "123456789012"
"""The account of AWS's documentation and of the committed stack files; no one owns it."""
SET_ACCOUNT = 'pulumi config set account "$(aws sts get-caller-identity --query Account --output text)"'


class AssumeRole(SettingsModel):
    """The role that a deployment takes before it calls AWS; the kubeconfig takes it for the cluster's tokens."""

    role_arn: RoleArn
    """ARN of the role."""
    external_id: ExternalId | None = None
    """External ID that the role's trust policy requires."""
    session_name: SessionName | None = None
    """Name of the session, as CloudTrail shows it; AWS's provider makes one up otherwise."""


def account_of(arn: str) -> str:
    """The account in an ARN; ``aws`` for IAM policies that AWS manages."""
    return arn.split(":")[4]
