"""Launch of one instance as its launch template says: moto's fleets take image, type, subnet and user data only."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from moto.ec2.utils import convert_tag_spec, random_spot_request_id
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from planner.catalog.partitions import partition_of

_AWS_RESERVES = 4
_ROOT = "/dev/xvda"


class LaunchError(Exception):
    """AWS rejects the launch; ``code`` is its error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def launch(
    backend: Any, template: Any, *, instance_type: str, subnet_id: str, image_id: str, spot: bool, fleet: Any
) -> Any:
    """Launch an instance and return it.

    Args:
        backend: moto's EC2 of the region.
        template: Version of the launch template.
        instance_type: Type of the offering.
        subnet_id: Subnet of the offering.
        image_id: AMI; empty for the template's.
        spot: Whether it is a spot instance.
        fleet: Id and tag specifications of the fleet.

    Raises:
        LaunchError: the subnet has no address left, or the instance profile does not exist.
    """
    data = template.data
    subnet = backend.get_subnet(subnet_id)
    profile = (data.get("IamInstanceProfile") or {}).get("Name")
    if profile:
        _check_profile(backend, profile)
    fleet_id, specifications = fleet
    tags = _tags(data, specifications)
    tags["instance"] |= {"aws:ec2:fleet-id": fleet_id}
    interface = (data.get("NetworkInterfaces") or [{}])[0]
    devices = [_device(device) for device in data.get("BlockDeviceMappings") or []]
    reservation = backend.run_instances(
        image_id=image_id or data.get("ImageId"),
        count=1,
        user_data=data.get("UserData"),
        security_group_names=[],
        security_group_ids=list(data.get("SecurityGroupIds") or interface.get("Groups") or []),
        instance_type=instance_type,
        is_instance_type_default=False,
        region_name=backend.region_name,
        subnet_id=subnet_id,
        private_ip=_free_address(subnet),
        nics=[{"DeviceIndex": 0, "SubnetId": subnet_id, "DeleteOnTermination": True}],
        launch_template={"LaunchTemplateId": template.template.id, "Version": str(template.number)},
        metadata_options=data.get("MetadataOptions") or {},
        lifecycle="spot" if spot else None,
        tags=tags,
        **({"block_device_mappings": devices} if devices else {}),
    )
    instance = reservation.instances[0]
    instance.spot_instance_request_id = random_spot_request_id() if spot else None
    for device in devices:
        volume = backend.volumes[instance.block_device_mapping[device["DeviceName"]].volume_id]
        for key, attribute in (("Iops", "iops"), ("Throughput", "throughput")):
            if device["Ebs"].get(key):
                setattr(volume, attribute, int(device["Ebs"][key]))
    if profile:
        backend.associate_iam_instance_profile(instance_id=instance.id, iam_instance_profile_name=profile)
    return instance


def _tags(data: Mapping[str, Any], specifications: Any) -> dict[str, dict[str, str]]:
    """Tags by resource type: those of the template, then those of the fleet."""
    tags: dict[str, dict[str, str]] = {"instance": {}, "volume": {}}
    for source in (data.get("TagSpecifications") or [], specifications or []):
        for kind, found in convert_tag_spec(source).items():
            tags.setdefault(kind, {}).update(found)
    return tags


def _device(device: Mapping[str, Any]) -> dict[str, Any]:
    """A block device; the root volume goes with its instance unless the template says otherwise."""
    volume = dict(device.get("Ebs") or {})
    for key in ("Encrypted", "DeleteOnTermination"):
        if key in volume:
            volume[key] = str(volume[key]).lower() == "true"
    volume.setdefault("DeleteOnTermination", device["DeviceName"] == _ROOT)
    return {"DeviceName": device["DeviceName"], "Ebs": volume}


def _check_profile(backend: Any, name: str) -> None:
    try:
        iam_backends[backend.account_id][partition_of(backend.region_name)].get_instance_profile(name)
    except NotFoundException:
        raise LaunchError(
            "InvalidParameterValue", f"Value ({name}) for parameter iamInstanceProfile.name is invalid"
        ) from None


def _free_address(subnet: Any) -> str:
    """The next free address from the top of the subnet downwards.

    Pods and load balancers get theirs from the bottom. Addresses are used in turn, since a node's name follows from its
    address and the Node of an instance that has just gone may still be there.
    """
    network = ipaddress.ip_network(subnet.cidr_block)
    first, last = _AWS_RESERVES, network.num_addresses - 2
    start = getattr(subnet, "next_instance_address", last)
    for number in (*range(start, first - 1, -1), *range(last, start, -1)):
        address = str(network[number])
        if address not in subnet._subnet_ips:  # noqa: SLF001 - moto has no method that only looks
            subnet.next_instance_address = number - 1 if number > first else last
            return address
    raise LaunchError("InsufficientFreeAddressesInSubnet", f"Not enough free addresses in subnet {subnet.id}")
