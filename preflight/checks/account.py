"""Who calls, and in which account: against ``account``, the administrators, the auditors and the permissions boundary."""

import re
from collections.abc import Iterator

from preflight.checks.cluster import running
from preflight.cloud import Cloud, GoneError
from preflight.finding import Finding, error, refusal, warning
from preflight.subject import Subject
from settings.models.account import EXAMPLE_ACCOUNT

_ASSUMED = re.compile(r"arn:[\w-]+:sts::(\d{12}):assumed-role/([^/]+)/")


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Refuse another account, and roles and policies that are not there."""
    caller = cloud.ask("sts", "get_caller_identity")
    account = str(caller["Account"])
    if subject.account and account != subject.account:
        yield refusal(
            "account",
            f"is {subject.account}, and the credentials are of account {account} ({caller['Arn']}): use others, such as "
            "another AWS_PROFILE",
        )
        return
    yield from _boundary(subject, cloud, account)
    exists = running(subject, cloud) is not None
    for place, auditor in enumerate(subject.auditors):
        yield from _auditor(cloud, f"gateway.response_logs.auditors[{place}]", auditor, account, exists=exists)
    if subject.cluster is not None:
        for place, admin in enumerate(subject.cluster.admins):
            where = f"cluster.admins[{place}]"
            yield from _admin(cloud, where, admin, account, exists=exists)
            if not exists and _is_role(str(caller["Arn"]), admin):
                # Not a refusal: the role of a preview, in CI or of a reviewer, need not be the role of the update.
                yield error(
                    where,
                    f"{admin} is the caller's role: if this role runs the up, EKS makes it an administrator by itself and "
                    "refuses a second entry; omit it, or run the up with another role",
                )


def _boundary(subject: Subject, cloud: Cloud, account: str) -> Iterator[Finding]:
    if not subject.boundary:
        return
    owner = subject.boundary.split(":")[4]
    if owner not in {account, "aws"}:
        yield refusal(
            "permissions_boundary",
            f"is a policy of account {owner}, and the stack goes to {account}: IAM takes boundaries of its own account only",
        )
        return
    try:
        cloud.ask("iam", "get_policy", PolicyArn=subject.boundary)
    except GoneError:
        yield refusal("permissions_boundary", f"{subject.boundary} does not exist: make it first, or correct the ARN")


def _auditor(cloud: Cloud, where: str, auditor: str, account: str, *, exists: bool) -> Iterator[Finding]:
    """IAM takes no role in a trust policy that does not exist ("Invalid principal in policy"), of whichever account.

    No refusal where the stack runs: IAM keeps the policy that it took before an auditor was deleted, and an update that does not
    write it succeeds.
    """
    instead, why = "that exists", "IAM takes it in no trust policy"
    yield from _role(cloud, where, auditor, account, exists=exists, instead=instead, why=why)


def _admin(cloud: Cloud, where: str, admin: str, account: str, *, exists: bool) -> Iterator[Finding]:
    """EKS takes an existing principal only (EKS User Guide, "Create access entries")."""
    instead, why = f"of account {account}", "EKS makes no access entry for it"
    yield from _role(cloud, where, admin, account, exists=exists, instead=instead, why=why)


def _role(
    cloud: Cloud, where: str, role: str, account: str, *, exists: bool, instead: str, why: str
) -> Iterator[Finding]:
    """Whether a role exists; ``instead`` is the one to name, ``why`` what fails without it."""
    owner = role.split(":")[4]
    if owner == EXAMPLE_ACCOUNT != account:
        yield refusal(where, f"{role} is an example of AWS's documentation: name a role {instead}")
    elif owner != account:
        yield warning(where, f"{role} is of another account, so whether it exists was not checked")
    else:
        try:
            cloud.ask("iam", "get_role", RoleName=role.rpartition("/")[2])
        except GoneError:
            message = f"{role} does not exist, and {why}: make the role, or correct the ARN"
            yield error(where, message) if exists else refusal(where, message)


def _is_role(caller: str, admin: str) -> bool:
    """Whether a session is one of a role; a session's ARN omits the role's path."""
    found = _ASSUMED.match(caller)
    return found is not None and found.groups() == (admin.split(":")[4], admin.rpartition("/")[2])
