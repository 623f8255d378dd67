"""Everything else that AWS can tag: the Resource Groups Tagging API, by the stack's own tags.

The API also lists what was deleted a while ago, so kinds that bill are looked at before they are reported.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from planner.cost.prices import Rate
from preflight.cloud import CloudError, GoneError
from residue.context import Context
from residue.finders import logs, messaging
from residue.resource import Resource

_ELSEWHERE = frozenset({"ec2", "elasticloadbalancing", "eks", "iam"})
"""Services whose resources the other files list themselves."""
Look = Callable[[Context, str], tuple[float | None, str] | None]
"""Context and id to US dollars a month and a detail; None for what is gone or does not bill any more."""
Make = Callable[[Context, str], Resource]
"""Context and id to the resource; raises GoneError for what is gone."""


def find(context: Context) -> Iterator[Resource]:
    """Each ARN with the stack's tags, of a service that no other file lists."""
    filters = [{"Key": key, "Values": [value]} for key, value in context.owner.tags.items()]
    listed = context.cloud.pages(
        "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", TagFilters=filters
    )
    for arn in dict.fromkeys(one["ResourceARN"] for one in listed):
        service, tail = arn.split(":")[2], arn.split(":", 5)[5]
        if service in _ELSEWHERE:
            continue
        kind = next((one for one in _KINDS if one.service == service and tail.startswith(one.prefix)), None)
        if kind is None:
            yield _unknown(context, arn, service)
            continue
        ident = tail.removeprefix(kind.prefix).removesuffix(":*")
        if kind.whole is not None:
            yield from _whole(context, kind.whole, ident)
            continue
        seen = kind.look(context, ident)
        if seen is None:
            continue
        month, detail = seen
        yield Resource(
            kind=kind.name,
            id=ident,
            detail=detail,
            found_by=f"tag stack={context.owner.stack}",
            usd_per_month=month,
            command=context.command(*kind.command, ident, *kind.more),
            kept="bucket.retain" if kind.kept_with_bucket and context.owner.keeps_bucket else "",
        )


def _whole(context: Context, make: Make, ident: str) -> Iterator[Resource]:
    try:
        yield make(context, ident)
    except GoneError:
        return  # deleted, and still listed


def _unknown(context: Context, arn: str, service: str) -> Resource:
    return Resource(
        kind=f"resource of {service}",
        id=arn,
        found_by=f"tag stack={context.owner.stack}",
        usd_per_month=None,
        command=f"open it in the AWS console: {arn}",
    )


def _bucket(context: Context, name: str) -> tuple[float | None, str] | None:
    try:
        context.cloud.ask("s3", "head_bucket", Bucket=name)
    except GoneError:
        return None
    except CloudError as problem:
        return (None, "") if "404" not in str(problem) else None
    return None, "billed by what it stores; empty it with all versions first"


def _key(context: Context, ident: str) -> tuple[float | None, str] | None:
    try:
        state = context.cloud.ask("kms", "describe_key", KeyId=ident)["KeyMetadata"]["KeyState"]
    except GoneError:
        return None
    if state == "PendingDeletion":
        return None  # not billed, and deleted by itself
    return context.by_the_month(Rate.KMS_KEY), state


def _log_group(context: Context, name: str) -> tuple[float | None, str] | None:
    for group in context.cloud.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name):
        if group["logGroupName"] == name:
            return logs.size(group)
    return None


def _table(context: Context, name: str) -> tuple[float | None, str] | None:
    try:
        table = context.cloud.ask("dynamodb", "describe_table", TableName=name)["Table"]
    except GoneError:
        return None
    protected = "; protected: aws dynamodb update-table --no-deletion-protection-enabled first"
    return None, "billed by what it stores" + (protected if table.get("DeletionProtectionEnabled") else "")


def _listed(_context: Context, _ident: str) -> tuple[float | None, str]:
    return None, ""


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """One kind of resource, by the start of its ARN's last field."""

    name: str
    service: str
    prefix: str
    command: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    look: Look = _listed
    kept_with_bucket: bool = False
    whole: Make | None = None
    """What makes the resource by itself, in place of the command and the look."""


def _queue(context: Context, name: str) -> Resource:
    url = str(context.cloud.ask("sqs", "get_queue_url", QueueName=name)["QueueUrl"])
    return messaging.queue(context, url, f"tag stack={context.owner.stack}")


def _rule(context: Context, name: str) -> Resource:
    return messaging.rule(context, name, f"tag stack={context.owner.stack}")


_KINDS = (
    _Kind(
        name="S3 bucket",
        service="s3",
        prefix="",
        command=("s3api", "delete-bucket", "--bucket"),
        look=_bucket,
        kept_with_bucket=True,
    ),
    _Kind(
        name="KMS key",
        service="kms",
        prefix="key/",
        command=("kms", "schedule-key-deletion", "--key-id"),
        more=("--pending-window-in-days", "7"),
        look=_key,
        kept_with_bucket=True,
    ),
    _Kind(
        name="log group",
        service="logs",
        prefix="log-group:",
        command=("logs", "delete-log-group", "--log-group-name"),
        look=_log_group,
    ),
    _Kind(name=messaging.QUEUE, service="sqs", prefix="", whole=_queue),
    _Kind(
        name="DynamoDB table",
        service="dynamodb",
        prefix="table/",
        command=("dynamodb", "delete-table", "--table-name"),
        look=_table,
    ),
    _Kind(
        name="secret",
        service="secretsmanager",
        prefix="secret:",
        command=("secretsmanager", "delete-secret", "--secret-id"),
    ),
    _Kind(name=messaging.RULE, service="events", prefix="rule/", whole=_rule),
)
