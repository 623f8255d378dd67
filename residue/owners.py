"""A stack as its resources are marked, from its stack file; without one, from what the caller names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from preflight.subjects import project_name
from residue.owner import Owner
from settings.derived.naming import Naming
from settings.derived.pull_through import default_prefix
from settings.loading.stack_file import StackFileError, find_stack_file, platform_file, read_settings, stack_name
from settings.models.account import AssumeRole


def of_stack(stack: str, folder: Path, region: str | None = None) -> tuple[Owner, Mapping[str, Any]]:
    """The owner of a stack, and its settings as they are written.

    Args:
        stack: Name, or path of its file.
        folder: In the project that the stack belongs to.
        region: AWS region, for a stack whose file is gone or does not name it.

    Raises:
        StackFileError: there is no such file and no region is given, or it is not a stack file.

    Returns:
        The owner, and the settings with region, account and role of the platform where the stack has none.
    """
    try:
        path = find_stack_file(stack, folder)
    except StackFileError:
        if region is None:
            raise
        name = stack.rpartition("/")[2]
        return _owner(name, project_name(folder), region, {}), {}
    settings = read_settings(path)
    account = {**_of_platform(settings, path), **settings}
    where = region or account.get("region")
    if not isinstance(where, str):
        raise StackFileError(f"{path.name} names no region, nor does its platform's file")
    return _owner(stack_name(path), project_name(path.parent, folder), where, settings), account


def role_of(settings: Mapping[str, Any]) -> AssumeRole | None:
    """The role that the settings have AWS called with.

    Raises:
        StackFileError: it is not written as a role.
    """
    given = settings.get("assume_role")
    try:
        return AssumeRole.model_validate(given) if given else None
    except ValidationError as error:
        raise StackFileError(f"assume_role: {error.errors()[0]['msg']}") from None


def _of_platform(settings: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """Region, account and role of a team stack's platform, from the file beside it."""
    platform = settings.get("platform")
    if not isinstance(platform, str) or not (file := platform_file(path, platform)).is_file():
        return {}
    found = read_settings(file)
    return {key: found[key] for key in ("region", "account", "assume_role") if key in found}


def _owner(stack: str, project: str, region: str, settings: Mapping[str, Any]) -> Owner:
    bucket = settings.get("bucket")
    team = "platform" in settings
    images = settings.get("images")
    caches = images.get("pull_through") if isinstance(images, Mapping) else None
    prefix = caches.get("prefix") if isinstance(caches, Mapping) else None
    return Owner(
        project=project,
        stack=stack,
        region=region,
        image_prefix=None if team else str(prefix or default_prefix(stack)),
        cluster=None if team else Naming(project=project, stack=stack, owner="").cluster,
        keeps_bucket=isinstance(bucket, Mapping) and bucket.get("retain") is True,
    )
