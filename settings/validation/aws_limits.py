"""What AWS itself would refuse, minutes into an update: names, partitions, tags and addresses that meet in an account."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network

from planner.catalog.partitions import PARTITIONS, partition_of
from settings.derived.monitoring.names import chat_function
from settings.derived.naming import Naming
from settings.issues import Key
from settings.models.cluster import PrivateApiAccess
from settings.models.pools import has_karpenter
from settings.validation.arns import check_arn
from settings.validation.caller import named_arns
from settings.validation.partial import PartialSettings

CLUSTER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
LONGEST_FUNCTION = 64
"""Characters of the name of a function (AWS Lambda API Reference, CreateFunction)."""
LONGEST_QUEUE = 80
"""Characters of the name of a queue (Amazon SQS API Reference, CreateQueue)."""
MOST_TAGS = 36
"""AWS takes 50 on a resource. The platform adds five; a volume of a pod has nine more of the EBS driver (``pkg/driver/constants.go``,
``pkg/cloud/cloud.go``), an instance six of EKS or Karpenter."""


def check_aws_limits(partial: PartialSettings) -> None:
    """Add every issue that only AWS would report otherwise."""
    for one in _CHECKS:
        one(partial)


def _check_stack_name(partial: PartialSettings) -> None:
    if partial.team:
        return  # it makes no cluster
    cluster = Naming(project="", stack=partial.stack, owner="").cluster
    if not CLUSTER_NAME.fullmatch(cluster):
        partial.add_issue(
            f"the stack's name makes the EKS cluster {cluster!r}, which EKS refuses: name the stack with at most 96 "
            "letters, digits, '-' and '_' (`pulumi stack rename`)",
            "cluster",
        )
        return
    if has_karpenter(partial.pools) and len(cluster) > LONGEST_QUEUE:
        _of_too_long_a_name(partial, f"queue {cluster}", len(cluster) - LONGEST_QUEUE, "pools")
    function = chat_function(cluster)
    if partial.monitoring and partial.monitoring.notify.chat_webhook_secret_arn and len(function) > LONGEST_FUNCTION:
        _of_too_long_a_name(
            partial,
            f"function {function}",
            len(function) - LONGEST_FUNCTION,
            *("monitoring", "notify", "chat_webhook_secret_arn"),
        )


def _of_too_long_a_name(partial: PartialSettings, what: str, excess: int, *keys: Key) -> None:
    partial.add_issue(
        f"makes the {what}, whose name is longer than AWS takes: name the stack with at most {len(partial.stack) - excess} "
        "characters (`pulumi stack rename`)",
        *keys,
    )


def _check_partition(partial: PartialSettings) -> None:
    region = partial.platform.region if partial.platform else partial.region
    if not region:
        return
    partition = partition_of(region)
    if partition not in PARTITIONS:
        partial.add_issue(
            f"{region} is in partition {partition}, where services, images and models are found under other names, if "
            f"at all: take a region of {' or '.join(PARTITIONS)}",
            "region",
        )
        return
    logs = partial.gateway.response_logs if partial.gateway else None
    auditors = [
        (("gateway", "response_logs", "auditors", place), "a role", arn)
        for place, arn in enumerate(logs.auditors if logs else ())
    ]
    for path, _, arn in (*named_arns(partial), *auditors):
        given = arn.split(":")[1]
        if given != partition:
            partial.add_issue(
                f"is in partition {given}, but {region} is in {partition}: write arn:{partition}:...", *path
            )


def _check_tags(partial: PartialSettings) -> None:
    tags: list[str] = list(partial.values.get("tags", {}))
    if len(tags) > MOST_TAGS:
        partial.add_issue(
            f"has {len(tags)} tags, and AWS takes 50 with those of the platform and its controllers: {MOST_TAGS} at most",
            "tags",
        )
    known: dict[str, str] = {}
    for tag in tags:
        first = known.setdefault(tag.lower(), tag)
        if first != tag:
            partial.add_issue(
                f"differs from {first} in capitals only, and IAM refuses a role with both (tag keys are case insensitive there): omit "
                "one",
                *("tags", tag),
            )


def _check_volume_keys(partial: PartialSettings) -> None:
    """A key of another account serves, where its policy lets this one use it; EBS takes none of another region."""
    if not partial.cluster:
        return
    places: list[tuple[tuple[Key, ...], str | None]] = [
        (("volume_key",), partial.cluster.volume_key),
        *((("former_volume_keys", place), arn) for place, arn in enumerate(partial.cluster.former_volume_keys)),
    ]
    for keys, arn in places:
        check_arn(partial, arn, "cluster", *keys, user="the volumes are", other_account=True)


def _check_joined_networks(partial: PartialSettings) -> None:
    access = partial.cluster.api_access if partial.cluster else None
    if not (isinstance(access, PrivateApiAccess) and partial.network):
        return
    vpc = IPv4Network(partial.network.cidr)
    for place, cidr in enumerate(access.from_cidrs):
        if IPv4Network(cidr).overlaps(vpc):
            partial.add_issue(
                f"{cidr} overlaps the VPC {vpc}, which always reaches the API and cannot be joined to a network of its "
                "own addresses: omit it",
                *("cluster", "api_access", "from_cidrs", place),
            )


def _check_shared_addresses(partial: PartialSettings) -> None:
    holders: dict[str, str] = {}
    for name, service in partial.services.items():
        for place, allocation in enumerate(service.endpoint.eip_allocations):
            owner = holders.setdefault(allocation, name)
            if owner != name:
                partial.add_issue(
                    f"{allocation} is {owner}'s already, and an Elastic IP serves one load balancer: allocate another",
                    *("services", name, "endpoint", "eip_allocations", place),
                )


_CHECKS: tuple[Callable[[PartialSettings], None], ...] = (
    _check_stack_name,
    _check_partition,
    _check_tags,
    _check_volume_keys,
    _check_joined_networks,
    _check_shared_addresses,
)
