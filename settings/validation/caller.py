"""Whether everything that names an AWS account names the same one, and what is set for providers that do not read it.

The program makes its own providers, because ``pulumi:disable-default-providers`` forbids those that take account, region
and cluster from the shell. A provider that a program makes reads nothing below ``aws:`` (pulumi_aws ``provider.py``: only
the region falls back, to the environment), so what is set there would be ignored. It is accepted where it says the same
as the settings, and refused otherwise.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence

from settings.issues import Issue, Key, join
from settings.models.account import EXAMPLE_ACCOUNT, SET_ACCOUNT, AssumeRole, account_of
from settings.models.base import NAMESPACE
from settings.validation.partial import PartialSettings

PROVIDERS = frozenset({"aws", "aws-native", "awsx", "eks", "kubernetes"})
"""Namespaces of the providers that the program uses, and of the one that people take for AWS's."""
_CLUSTER_FROM_KUBECONFIG = "the program reaches the cluster with the kubeconfig that EKS gives it"
_ROLE_KEYS = {"roleArn": "role_arn", "externalId": "external_id", "sessionName": "session_name"}
"""How Pulumi's AWS provider spells the fields of an assumed role, and how the settings do."""
_NO_KEYS = "credentials do not belong in a stack file: revoke them if they are in plain text, and use the AWS CLI's"
_INSTEAD = {
    "profile": "a profile is a name on one machine: export AWS_PROFILE=NAME, and set `account`",
    "defaultTags": "set `tags`",
    "accessKey": _NO_KEYS,
    "secretKey": _NO_KEYS,
    "token": _NO_KEYS,
    "assumeRoleWithWebIdentity": "export AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
    "forbiddenAccountIds": "set `account`, the only one that is allowed",
    "sharedConfigFiles": "export AWS_CONFIG_FILE",
    "sharedCredentialsFiles": "export AWS_SHARED_CREDENTIALS_FILE",
}
"""What to use in place of a key below ``aws:``."""


def check_caller(partial: PartialSettings) -> None:
    """Add every ARN of a wrong account, and every key that no provider of the program would read."""
    _check_accounts(partial)
    _check_team_role(partial)
    for full_key, value in partial.foreign.items():
        namespace, _, key = full_key.partition(":")
        problem = _foreign_problem(partial, namespace, key, value)
        if problem:
            partial.issues.append(Issue(key, problem, namespace))


def _check_team_role(partial: PartialSettings) -> None:
    """A team stack reaches the cluster with its platform's kubeconfig, in which another role would not appear.

    The session's name may differ: it decides nothing.
    """
    own: AssumeRole | None = partial.values.get("assume_role")
    if own is None or partial.platform is None or (partial.account and account_of(own.role_arn) != partial.account):
        return
    theirs = partial.platform.assume_role
    if theirs is None:
        partial.add_issue(
            f"is {own.role_arn}, and the platform sets none, so its kubeconfig takes none: omit it, or set it on the "
            "platform stack and update that first",
            "assume_role",
        )
    elif (own.role_arn, own.external_id) != (theirs.role_arn, theirs.external_id):
        what = "role_arn" if own.role_arn != theirs.role_arn else "external_id"
        partial.add_issue(
            f"is another {what} than the platform's, with whose kubeconfig the cluster is reached: omit assume_role, "
            f"and it is the platform's, {theirs.role_arn}",
            *("assume_role", what),
        )


def _check_accounts(partial: PartialSettings) -> None:
    own, platform = partial.values.get("account"), partial.platform.account if partial.platform else None
    if own and platform and own != platform:
        partial.add_issue(f"is {own}, the platform is in {platform}: omit it", "account")
    if not partial.account:
        return
    for path, what, arn in named_arns(partial):
        found = account_of(arn)
        if found in (partial.account, "aws"):
            continue
        write = f"write the ARN of {what} of {partial.account}"
        if found == EXAMPLE_ACCOUNT:
            partial.add_issue(f"is in {EXAMPLE_ACCOUNT}, the example account of AWS's documentation: {write}", *path)
        # EKS takes administrators of other accounts: those are warnings.
        elif path[0] != "cluster":
            partial.add_issue(f"is in account {found}, and account is {partial.account}: {write}", *path)


def account_warnings(account: str | None, admins: Sequence[str]) -> Iterator[Issue]:
    """A warning if no account or the example account is set, and one for each administrator of another account."""
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
    for index, admin in enumerate(admins):
        owner, path = account_of(admin), join("cluster", "admins", index)
        if account is None and owner == EXAMPLE_ACCOUNT:
            yield Issue(
                path, f"is in {owner}, the example account of AWS's documentation: write the ARN of a role of yours"
            )
        elif account and owner != account:
            # "The ARN can be in the same, or different, AWS account than the account that your cluster is in":
            # https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
            yield Issue(path, f"is a role of account {owner}, the stack is in {account}: EKS takes it, if it is meant")


def named_arns(partial: PartialSettings) -> Iterator[tuple[tuple[Key, ...], str, str]]:
    """Every IAM ARN in the settings: its keys, what it names, itself."""
    if partial.values.get("permissions_boundary"):
        yield ("permissions_boundary",), "a policy", partial.values["permissions_boundary"]
    if partial.values.get("assume_role"):
        yield ("assume_role", "role_arn"), "a role", partial.values["assume_role"].role_arn
    if partial.cluster:
        for place, admin in enumerate(partial.cluster.admins):
            yield ("cluster", "admins", place), "a role", admin


def _foreign_problem(partial: PartialSettings, namespace: str, key: str, value: object) -> str | None:
    remove = f"remove it: pulumi config rm {namespace}:{key}"
    if namespace == "aws":
        agrees = _AGREES.get(key)
        instead = agrees(partial, value) if agrees else _INSTEAD.get(key, "the program has no setting for it")
        return f"is read by no provider of this program: {instead}; {remove}" if instead else None
    if namespace == "kubernetes":
        return f"is read by no provider of this program: {_CLUSTER_FROM_KUBECONFIG}; {remove}"
    if namespace in PROVIDERS:
        return f"is read by no provider of this program: set what {NAMESPACE} has for it (docs/settings.md); {remove}"
    if namespace != "pulumi" and difflib.get_close_matches(namespace, [NAMESPACE], n=1, cutoff=0.8):
        return f"is read by no part of this program: did you mean {NAMESPACE}:{key}? Then {remove}"
    return None


def _region(partial: PartialSettings, value: object) -> str | None:
    region = partial.platform.region if partial.platform else partial.region
    return None if value == region else "set `region`"


def _allowed_accounts(partial: PartialSettings, value: object) -> str | None:
    given = [str(one) for one in value] if isinstance(value, Sequence) and not isinstance(value, str) else []
    return None if partial.account and given == [partial.account] else "set `account`"


def _roles(partial: PartialSettings, value: object) -> str | None:
    given = value if isinstance(value, list) else [value]
    own = partial.assume_role.model_dump(exclude_none=True) if partial.assume_role else None
    if len(given) > 1:
        return "set `assume_role`; of a chain of roles give the last one, and let the credentials be those of the one before"
    if not given or not isinstance(given[0], Mapping):
        return "set `assume_role`"
    if own == {_ROLE_KEYS.get(name, name): one for name, one in given[0].items()}:
        return None
    more = sorted(name for name in map(str, given[0]) if name not in _ROLE_KEYS)
    return "set `assume_role`" + (f", which has no {', '.join(more)}" if more else "")


_AGREES: dict[str, Callable[[PartialSettings, object], str | None]] = {
    "region": _region,
    "allowedAccountIds": _allowed_accounts,
    "assumeRole": _roles,
    "assumeRoles": _roles,
}
"""Keys below ``aws:`` that the settings have too: None where both are equal, else what to set."""
