"""Settings of who calls AWS: in which account, and with which role."""

from collections.abc import Iterator, Sequence

from settings.issues import Issue, join
from settings.models.base import ExternalId, RoleArn, SessionName, SettingsModel

EXAMPLE_ACCOUNT = "123456789012"
"""The account of AWS's documentation and of the committed stack files; no one owns it."""
SET_ACCOUNT = 'pulumi config set account "$(aws sts get-caller-identity --query Account --output text)"'


class AssumeRole(SettingsModel):
    """The role that a deployment takes before it calls AWS; the kubeconfig takes it for the cluster's tokens."""

    role_arn: RoleArn
    """ARN of the role."""
    external_id: ExternalId | None = None
    """External ID that the role's trust policy asks for."""
    session_name: SessionName | None = None
    """Name of the session, as CloudTrail shows it; AWS's provider makes one up otherwise."""


def account_of(arn: str) -> str:
    """The account in an ARN; ``aws`` for IAM policies that AWS manages."""
    return arn.split(":")[4]


def account_advice(account: str | None, admins: Sequence[str]) -> Iterator[Issue]:
    """A warning if any credentials would do or the example account stands there, and one for each foreign administrator."""
    if account is None:
        yield Issue(
            "account", f"is not set, so the credentials of the shell decide which account is changed: {SET_ACCOUNT}"
        )
    if account == EXAMPLE_ACCOUNT:
        yield Issue(
            "account",
            f"is the example account of AWS's documentation, which is right in a rehearsal only: {SET_ACCOUNT}, and name "
            "roles of it in cluster.admins",
        )
    for place, admin in enumerate(admins):
        found, path = account_of(admin), join("cluster", "admins", place)
        if account is None and found == EXAMPLE_ACCOUNT:
            yield Issue(
                path, f"is in {found}, the example account of AWS's documentation: write the ARN of a role of yours"
            )
        elif account and found != account:
            # "The ARN can be in the same, or different, AWS account than the account that your cluster is in":
            # https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
            yield Issue(path, f"is a role of account {found}, the stack is in {account}: EKS takes it, if it is meant")
