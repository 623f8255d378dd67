"""AWS as a stack uses it, for the commands that call it: its region, its role, and its account only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.console import UsageError

if TYPE_CHECKING:
    from preflight.cloud import Cloud
    from residue.owner import Owner


@dataclass(frozen=True, kw_only=True)
class StackCloud:
    """A stack, its settings as they are written, and its account."""

    owner: "Owner"
    settings: Mapping[str, Any]
    cloud: "Cloud"
    caller: str
    """ARN of the caller."""


def open_cloud(stack: str, project: Path, region: str | None = None, *, takes_region: bool = False) -> StackCloud:
    """Find a stack, its account and the caller, by one call to AWS.

    Args:
        stack: Name of the stack, or path of its file.
        project: Folder in the project, where stacks are looked for.
        region: AWS region, for a stack whose file is gone.
        takes_region: Whether the command has ``--region``, for the message about a file that is gone.

    Raises:
        UsageError: there is no such file, or AWS does not answer, or is another account.
    """
    # The settings load pydantic, which the other commands do without.
    from preflight.cloud import PATIENT_SECONDS, Cloud, CloudError  # noqa: PLC0415
    from residue.owners import of_stack, role_of  # noqa: PLC0415
    from settings.loading.stack_file import StackFileError  # noqa: PLC0415

    try:
        owner, settings = of_stack(stack, project, region)
        cloud = Cloud(owner.region, role_of(settings), read_seconds=PATIENT_SECONDS)
    except StackFileError as error:
        hint = "; or name the region with --region" if region is None and takes_region else ""
        raise UsageError(f"{error}{hint}") from None
    try:
        caller = cloud.ask("sts", "get_caller_identity")
    except CloudError as error:
        raise UsageError(f"AWS does not answer: {error}") from None
    wanted = settings.get("account")
    if wanted and str(wanted) != caller["Account"]:
        raise UsageError(
            f"the credentials are of account {caller['Account']}, and the stack is in {wanted}: use those of {wanted}"
        )
    return StackCloud(owner=owner, settings=settings, cloud=cloud, caller=str(caller["Arn"]))
