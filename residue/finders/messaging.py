"""Karpenter's interruption queue, which has the cluster's name, and the EventBridge rules that send to it."""

from collections.abc import Iterator

from preflight.cloud import GoneError
from residue.context import Context
from residue.resource import Resource

RULE = "EventBridge rule"
QUEUE = "SQS queue"


def find(context: Context) -> Iterator[Resource]:
    """Rules with a target in the queue of the cluster's name, and the queue; those with other names are found by their tags."""
    name = context.owner.cluster
    if name is None:
        return
    try:
        url = str(context.cloud.ask("sqs", "get_queue_url", QueueName=name)["QueueUrl"])
        attributes = context.cloud.ask("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])
    except GoneError:
        return
    arn = attributes["Attributes"]["QueueArn"]
    for one in context.cloud.pages("events", "list_rule_names_by_target", "RuleNames", TargetArn=arn):
        yield rule(context, str(one), f"target {name}")
    yield queue(context, url, f"name {name}")


def rule(context: Context, name: str, found_by: str) -> Resource:
    """A rule; its command removes its targets first, since AWS deletes none that has targets."""
    targets = context.cloud.pages("events", "list_targets_by_rule", "Targets", Rule=name)
    ids = [str(target["Id"]) for target in targets]
    removal = context.command("events", "remove-targets", "--rule", name, "--ids", *ids)
    deletion = context.command("events", "delete-rule", "--name", name)
    return Resource(
        kind=RULE,
        id=name,
        detail=f"{len(ids)} targets" if len(ids) != 1 else "1 target",
        found_by=found_by,
        usd_per_month=0.0,
        command=f"{removal} && {deletion}" if ids else deletion,
    )


def queue(context: Context, url: str, found_by: str) -> Resource:
    """A queue, which is billed by its requests."""
    return Resource(
        kind=QUEUE,
        id=url.rpartition("/")[2],
        found_by=found_by,
        usd_per_month=0.0,
        command=context.command("sqs", "delete-queue", "--queue-url", url),
    )
