"""EC2: spot requests, instances, volumes, snapshots, launch templates."""

from collections.abc import Iterator, Mapping
from typing import Any

from planner.cost.items import HOURS_A_MONTH
from planner.cost.prices import Rate
from residue.context import Context
from residue.owner import NODE_POOL, as_mapping
from residue.resource import Resource

_GONE = frozenset({"terminated", "shutting-down"})
_OPEN = frozenset({"open", "active"})
"""States in which a spot request has an instance or may get one."""
_SPOT = "spot"


def find(context: Context) -> Iterator[Resource]:
    """Spot requests that may still be filled, instances that are not terminated, volumes, the account's own snapshots, launch templates."""
    yield from _spot_requests(context)
    yield from _instances(context)
    yield from _volumes(context)
    yield from _snapshots(context)
    yield from _launch_templates(context)


def _spot_requests(context: Context) -> Iterator[Resource]:
    for request in context.cloud.pages("ec2", "describe_spot_instance_requests", "SpotInstanceRequests"):
        found, state = context.found_by(request), request.get("State")
        if found is None or state not in _OPEN:
            continue
        ident = request["SpotInstanceRequestId"]
        yield Resource(
            kind="EC2 spot request",
            id=ident,
            detail=f"{request.get('Type', 'one-time')}, {state}",
            found_by=found,
            usd_per_month=0.0,  # its instance has a line of its own
            command=context.command("ec2", "cancel-spot-instance-requests", "--spot-instance-request-ids", ident),
        )


def _instances(context: Context) -> Iterator[Resource]:
    for reservation in context.cloud.pages("ec2", "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            found, state = context.found_by(instance), instance["State"]["Name"]
            if found is None or state in _GONE:
                continue
            price = context.prices.nodes.get(instance["InstanceType"])
            hour = 0.0 if state == "stopped" else price.usd if price else None
            if hour and instance.get("InstanceLifecycle") == _SPOT:
                hour *= 1 - context.prices.spot_discount
            yield Resource(
                kind="EC2 instance",
                id=instance["InstanceId"],
                detail=f"{instance['InstanceType']}, {state}{_launched(context, instance)}",
                found_by=found,
                usd_per_month=None if hour is None else hour * HOURS_A_MONTH,
                command=context.command("ec2", "terminate-instances", "--instance-ids", instance["InstanceId"]),
            )


def _launched(context: Context, instance: Mapping[str, Any]) -> str:
    """What else says whose it is: that it is spot, at the assumed price, and Karpenter's pool that launched it."""
    spot = ""
    if instance.get("InstanceLifecycle") == _SPOT:
        spot = f", spot, taken for {context.prices.spot_discount:.0%} below the on-demand price"
    pool = as_mapping(instance.get("Tags")).get(NODE_POOL)
    return f"{spot}{f', NodePool {pool}' if pool else ''}"


def _volumes(context: Context) -> Iterator[Resource]:
    for volume in context.cloud.pages("ec2", "describe_volumes", "Volumes"):
        found = context.found_by(volume)
        if found is None or any(one.get("DeleteOnTermination") for one in volume.get("Attachments", ())):
            continue  # a volume that goes with its instance is on the instance's line
        yield Resource(
            kind="EBS volume",
            id=volume["VolumeId"],
            detail=f"{volume['Size']} GiB {volume.get('VolumeType', '')}, {volume['State']}",
            found_by=found,
            usd_per_month=context.by_the_month(Rate.GP3, volume["Size"]),
            command=context.command("ec2", "delete-volume", "--volume-id", volume["VolumeId"]),
        )


def _snapshots(context: Context) -> Iterator[Resource]:
    for snapshot in context.cloud.pages("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"]):
        found = context.found_by(snapshot)
        if found is not None:
            yield Resource(
                kind="EBS snapshot",
                id=snapshot["SnapshotId"],
                detail=f"of a volume of {snapshot['VolumeSize']} GiB",
                found_by=found,
                usd_per_month=None,
                command=context.command("ec2", "delete-snapshot", "--snapshot-id", snapshot["SnapshotId"]),
            )


def _launch_templates(context: Context) -> Iterator[Resource]:
    for template in context.cloud.pages("ec2", "describe_launch_templates", "LaunchTemplates"):
        found = context.found_by(template)
        if found is not None:
            yield Resource(
                kind="EC2 launch template",
                id=template["LaunchTemplateId"],
                detail=template["LaunchTemplateName"],
                found_by=found,
                usd_per_month=0.0,
                command=context.command(
                    "ec2", "delete-launch-template", "--launch-template-id", template["LaunchTemplateId"]
                ),
            )
