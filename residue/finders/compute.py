"""EC2: instances, volumes, snapshots, launch templates."""

from collections.abc import Iterator

from planner.cost.items import HOURS_A_MONTH
from planner.cost.prices import Rate
from residue.context import Context
from residue.resource import Resource

_GONE = frozenset({"terminated", "shutting-down"})


def find(context: Context) -> Iterator[Resource]:
    """Instances that are not terminated, volumes, the account's own snapshots, launch templates."""
    yield from _instances(context)
    yield from _volumes(context)
    yield from _snapshots(context)
    yield from _launch_templates(context)


def _instances(context: Context) -> Iterator[Resource]:
    for reservation in context.cloud.pages("ec2", "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            found, state = context.found_by(instance), instance["State"]["Name"]
            if found is None or state in _GONE:
                continue
            price = context.prices.nodes.get(instance["InstanceType"])
            hour = 0.0 if state == "stopped" else price.usd if price else None
            yield Resource(
                kind="EC2 instance",
                id=instance["InstanceId"],
                detail=f"{instance['InstanceType']}, {state}",
                found_by=found,
                usd_per_month=None if hour is None else hour * HOURS_A_MONTH,
                command=context.command("ec2", "terminate-instances", "--instance-ids", instance["InstanceId"]),
            )


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
