"""``llm-platform operator-policy``: the IAM policy of a deployment role, for one's own account and stacks."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import ERR, OUT, UsageError
from cli.operator_policy.documents import INLINE_LIMIT, size, split, text_of
from cli.operator_policy.gateway_statements import gateway_statements
from cli.operator_policy.image_cache_statements import image_cache_statements
from cli.operator_policy.monitoring_statements import monitoring_statements
from cli.operator_policy.statement import Place
from cli.operator_policy.statements import statements
from cli.operator_policy.storage_statements import state_statements
from cli.operator_policy.volume_key_statements import volume_key_statements
from planner.catalog.partitions import partition_of
from settings.issues import validate
from settings.loading.stack_file import StackFileError, find_stack_file, read_settings
from settings.models.account import EXAMPLE_ACCOUNT, SET_ACCOUNT
from settings.models.base import AccountId, KeyArn, PolicyArn, Region, ServiceName
from settings.models.gateway import ZoneId
from settings.models.mirrors import RepositoryPrefix

Settings = Mapping[str, object]


def operator_policy(
    stack: Annotated[list[str], typer.Option("--stack", help="Stack to deploy, or its file; again for each.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder for files of a managed policy's size.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="AWS account; default is the stacks'.")] = None,
    state_bucket: Annotated[str | None, typer.Option("--state-bucket", help="Bucket of Pulumi's state.")] = None,
    state_key: Annotated[str | None, typer.Option("--state-key", help="Id of the state's KMS key.")] = None,
    project: Annotated[Path, typer.Option("--project", help="Folder of the stack files.")] = Path(),
) -> None:
    """The IAM policy that deploying these stacks needs, with their account, region, services and boundary."""
    if (state_bucket is None) != (state_key is None):
        raise UsageError("--state-bucket and --state-key belong together: give both")
    place = _place(stack, account, project)
    found = statements(place)
    if place.gateway:
        found += gateway_statements(place)
    if place.monitoring:
        found += monitoring_statements(place)
    if place.image_prefixes:
        found += image_cache_statements(place)
    if place.volume_keys:
        found += volume_key_statements(place)
    if state_bucket and state_key:
        found += state_statements(place, state_bucket, state_key)
    if out is None:
        OUT.print(text_of(found), markup=False, highlight=False, soft_wrap=True, end="")
        if size(found) > INLINE_LIMIT:
            ERR.print(
                f"{size(found):,} characters, and the inline policies of a role take {INLINE_LIMIT:,}: --out FOLDER writes files for "
                "managed policies",
                soft_wrap=True,
            )
        return
    out.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(split(found), start=1):
        path = out / f"operator-policy-{number}.json"
        path.write_text(text_of(part), encoding="utf-8")
        name = f"llm-platform-operator-{number}"
        arn = place.arn("iam", f"policy/{name}", region="")
        OUT.print(f"aws iam create-policy --policy-name {name} --policy-document file://{path}", soft_wrap=True)
        OUT.print(f"aws iam attach-role-policy --role-name OPERATOR --policy-arn {arn}", soft_wrap=True)


def _place(stacks: list[str], account: str | None, folder: Path) -> Place:
    try:
        files = [read_settings(find_stack_file(name, folder)) for name in stacks]
        platforms = [read_settings(find_stack_file(str(one["platform"]), folder)) for one in files if "platform" in one]
    except StackFileError as error:
        raise UsageError(str(error)) from None
    everything = [*files, *platforms]
    region = _checked("region", Region, _the_one("region", everything))
    owner = _checked("--account" if account else "account", AccountId, account or _the_one("account", everything))
    if owner == EXAMPLE_ACCOUNT:
        raise UsageError(f"account {owner} is the example account of AWS's documentation: {SET_ACCOUNT}, or --account")
    return Place(
        account=owner,
        region=region,
        partition=partition_of(region),
        services=tuple(dict.fromkeys(name for one in files for name in _services(one))),
        zones=tuple(dict.fromkeys(zone for one in everything for zone in _zones(one))),
        gateway=any(isinstance(one.get("gateway"), Mapping) for one in everything),
        monitoring=any(map(_monitored, everything)),
        image_prefixes=tuple(dict.fromkeys(prefix for one in everything for prefix in _image_prefixes(one))),
        volume_keys=tuple(dict.fromkeys(key for one in everything for key in _volume_keys(one))),
        boundary=_boundary(everything),
    )


def _monitored(settings: Settings) -> bool:
    """Whether a stack has monitoring: a platform stack, unless it says that it has none."""
    monitoring = settings.get("monitoring")
    none = isinstance(monitoring, Mapping) and monitoring.get("size") == "none"
    return "platform" not in settings and not none


def _image_prefixes(settings: Settings) -> Iterator[str]:
    """Prefix of the repositories of a stack with pull-through caches; by default it begins with the cluster's name."""
    images = settings.get("images")
    caches = images.get("pull_through") if isinstance(images, Mapping) else None
    if not isinstance(caches, Mapping):
        return
    own = caches.get("prefix")
    yield "llm-*" if own is None else _checked("images.pull_through.prefix", RepositoryPrefix, own)


def _volume_keys(settings: Settings) -> Iterator[str]:
    """The keys of a stack's volumes: the one it has, and those whose grants an update revokes."""
    cluster = settings.get("cluster")
    if not isinstance(cluster, Mapping):
        return
    if cluster.get("volume_key") is not None:
        yield _checked("cluster.volume_key", KeyArn, cluster["volume_key"])
    former = cluster.get("former_volume_keys")
    for one in former if isinstance(former, list) else ():
        yield _checked("cluster.former_volume_keys", KeyArn, one)


def _zones(settings: Settings) -> Iterator[str]:
    """The hosted zone of a stack's gateway, if it has one."""
    gateway = settings.get("gateway")
    if isinstance(gateway, Mapping) and "zone_id" in gateway:
        yield _checked("gateway.zone_id", ZoneId, gateway["zone_id"])


def _checked(where: str, annotation: Any, value: object) -> str:
    """A value that the ARNs of the policy are built of, held to what the settings take."""
    found, problems = validate(annotation, value, [where])
    if problems:
        raise UsageError("; ".join(f"{where}: {one.message}" for one in problems))
    return str(found)


def _the_one(key: str, files: Sequence[Settings]) -> str:
    values = sorted({str(one[key]) for one in files if key in one})
    if len(values) != 1:
        said = f"differs: {', '.join(values)}" if values else "is set in none of them"
        raise UsageError(f"{key} {said}: name stacks of one platform, whose stack file sets its {key}")
    return values[0]


def _boundary(files: Sequence[Settings]) -> str | None:
    values = {str(one["permissions_boundary"]) if "permissions_boundary" in one else None for one in files}
    if len(values) > 1:
        raise UsageError("permissions_boundary differs: set the same one in each stack, or render them one by one")
    (found,) = values
    return _checked("permissions_boundary", PolicyArn, found) if found is not None else None


def _services(settings: Settings) -> Iterator[str]:
    services = settings.get("services")
    for name in services if isinstance(services, Mapping) else ():
        yield _checked("services", ServiceName, name)
