"""ARNs in settings beside the stack's region and account."""

from settings.issues import Key
from settings.validation.partial import PartialSettings


def check_arn(
    partial: PartialSettings,
    arn: str | None,
    *keys: Key,
    user: str,
    other_region: bool = False,
    other_account: bool = False,
) -> None:
    """Add an issue if what an ARN names is not where what uses it can reach it.

    Args:
        partial: the settings.
        arn: the ARN; None where it is not set.
        keys: where it stands.
        user: what uses it, which is in the stack's region.
        other_region: whether it may be in another region.
        other_account: whether it may be another account's.
    """
    if arn is None:
        return
    _, _, _, region, account, _ = arn.split(":", 5)
    if not other_region and partial.region and region != partial.region:
        partial.add_issue(
            f"is in {region}, and {user} in {partial.region}: take one of {partial.region}",
            *keys,
        )
    if not other_account and partial.account and account != partial.account:
        partial.add_issue(
            f"is in account {account}, and account is {partial.account}: take one of {partial.account}", *keys
        )
