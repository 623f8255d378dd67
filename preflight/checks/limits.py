"""Quotas that an account of its default values soon meets: VPCs, Elastic IPs, concurrent executions of Lambda.

An update meets the first two in its first minute, and the last one after the cluster, half an hour later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from preflight.cloud import Cloud
from preflight.finding import Finding, error
from preflight.quota_values import request, value_of
from preflight.subject import Subject
from settings.derived.monitoring.names import CHAT_CONCURRENCY

LEFT_UNRESERVED = 10
"""Executions that Lambda leaves to functions without a reservation, in an account with a small quota: "decreases account's
UnreservedConcurrentExecution below its minimum value of [10]" (DataDog/datadog-serverless-functions#621)."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One quota of Service Quotas, by its service and code there."""

    service: str
    code: str
    unit: str
    """What it counts, in the plural."""


VPCS = Limit(service="vpc", code="L-F678F1CE", unit="VPCs")
ADDRESSES = Limit(service="ec2", code="L-0263D0A3", unit="Elastic IPs")
EXECUTIONS = Limit(service="lambda", code="L-B99A9384", unit="concurrent executions")


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Report quotas that have no room for what the stack still has to make."""
    if subject.cluster is None:
        return
    vpcs = list(cloud.pages("ec2", "describe_vpcs", "Vpcs"))
    addresses = list(cloud.pages("ec2", "describe_addresses", "Addresses"))
    for limit, found, wanted in ((VPCS, vpcs, 1), (ADDRESSES, addresses, subject.nat_gateways)):
        missing = wanted - sum(_own(one, subject) for one in found)
        if missing > 0:
            why = f"{len(found)} are in use, and the stack makes {missing}"
            yield from _without_room(limit, subject, cloud, len(found) + missing, why)
    if subject.chat:
        why = (
            f"Lambda leaves {LEFT_UNRESERVED} to other functions, and the one that posts alerts to the chat reserves "
            f"{CHAT_CONCURRENCY}"
        )
        yield from _without_room(EXECUTIONS, subject, cloud, LEFT_UNRESERVED + CHAT_CONCURRENCY, why)


def _without_room(limit: Limit, subject: Subject, cloud: Cloud, needed: int, why: str) -> Iterator[Finding]:
    value = value_of(cloud, limit.service, limit.code)
    if value is not None and value < needed:
        ask = request(subject.region, limit.service, limit.code, needed)
        yield error(f"quota {limit.code}", f"allows {value:g} {limit.unit}; {why}: {ask}")


def _own(resource: Mapping[str, Any], subject: Subject) -> bool:
    tags = {one["Key"]: one["Value"] for one in resource.get("Tags", ())}
    return (tags.get("project"), tags.get("stack")) == (subject.project, subject.stack)
