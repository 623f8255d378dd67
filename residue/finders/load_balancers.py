"""Elastic Load Balancing: what the AWS Load Balancer Controller made, and did not delete."""

from collections.abc import Iterator

from planner.cost.prices import Rate
from residue.context import Context
from residue.owner import made_for
from residue.resource import Resource

_TAGS_A_CALL = 20
"""Most ARNs that DescribeTags takes (Elastic Load Balancing API reference)."""


def find(context: Context) -> Iterator[Resource]:
    """Load balancers, then the target groups they leave behind."""
    found = {
        one["LoadBalancerArn"]: one for one in context.cloud.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    }
    for arn, tag, service in _tagged(context, list(found)):
        yield Resource(
            kind="load balancer",
            id=found[arn]["LoadBalancerName"],
            detail=f"{found[arn]['Type']}, {found[arn].get('Scheme', '')}{f', {service}' if service else ''}",
            found_by=tag,
            usd_per_month=context.by_the_hour(Rate.LOAD_BALANCER),
            command=context.command("elbv2", "delete-load-balancer", "--load-balancer-arn", arn),
        )
    groups = {
        one["TargetGroupArn"]: one for one in context.cloud.pages("elbv2", "describe_target_groups", "TargetGroups")
    }
    for arn, tag, service in _tagged(context, list(groups)):
        yield Resource(
            kind="target group",
            id=groups[arn]["TargetGroupName"],
            detail=service,
            found_by=tag,
            usd_per_month=0.0,
            command=context.command("elbv2", "delete-target-group", "--target-group-arn", arn),
        )


def _tagged(context: Context, arns: list[str]) -> Iterator[tuple[str, str, str]]:
    """Those that are the stack's, the tag that says so, and the Kubernetes Service they were made for."""
    for first in range(0, len(arns), _TAGS_A_CALL):
        answer = context.cloud.ask("elbv2", "describe_tags", ResourceArns=arns[first : first + _TAGS_A_CALL])
        for described in answer["TagDescriptions"]:
            tag = context.found_by(described)
            if tag is not None:
                yield described["ResourceArn"], tag, made_for(described)
