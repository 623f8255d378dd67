"""AWS as the agent calls it, over plain HTTP: it needs a dozen answers, not an SDK; and the EKS node groups."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from planner.catalog.instances import instance_types
from rehearsal.aws.signing import signed

# The first is where a stack lives unless it says otherwise; the others are looked at in turn. All that a stack may name.
REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1", "mx-central-1", "sa-east-1",
    "eu-central-1", "eu-central-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1", "eu-south-2",
    "ap-south-1", "ap-south-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1",
    "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
    "ap-east-1", "ap-east-2", "me-central-1", "me-south-1", "il-central-1", "af-south-1", "us-gov-east-1",
    "us-gov-west-1",
)  # fmt: skip
_DEFAULT_DISK_GIB = 20


class CloudUnreachableError(Exception):
    """moto does not answer, or answers with an error: what exists is not known."""


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet that has nodes."""

    id: str
    cidr: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class NodeGroup:
    """One managed node group as its cluster describes it."""

    arn: str
    cluster: str
    name: str
    region: str
    version: str
    desired: int
    degraded: bool = False
    """Whether it cannot grow for now: it keeps the nodes it has."""
    instance_type: str
    capacity_type: str
    subnets: tuple[Subnet, ...]
    disk_gib: int
    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[dict[str, str], ...] = ()
    instance_tags: dict[str, str] = field(default_factory=dict)
    described: tuple[int, int] | None = None
    """VCPUs and memory in GiB as EC2 describes them, for a type that the project's tables do not have."""


class Cloud:
    """The AWS calls of the agent."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=10.0, trust_env=False)
        self._found: set[str] = set()
        self._turn = 0
        # None changes under its id: a type, a launch template version and a subnet's block are fixed.
        self._types: dict[str, tuple[int, int]] = {}
        self._subnets: dict[str, Subnet] = {}
        self._templates: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}

    async def node_groups(self) -> list[NodeGroup]:
        """Every node group of every cluster.

        Raises:
            CloudUnreachableError: nothing may be concluded.
        """
        try:
            return [group for region in self._regions() for group in await self._in_region(region)]
        except (httpx.HTTPError, ET.ParseError, KeyError, ValueError) as error:
            raise CloudUnreachableError(f"{type(error).__name__}: {error}") from error

    @property
    def regions(self) -> set[str]:
        """Regions that have clusters, as far as known."""
        return set(self._found)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def described(self, region: str, name: str) -> tuple[int, int] | None:
        """VCPUs and memory in GiB of a type that the project's tables do not have; None for one that they have."""
        if name in instance_types():
            return None
        if name not in self._types:
            tree = await self.ec2(region, "DescribeInstanceTypes", {"InstanceType.1": name})
            try:
                self._types[name] = int(text_of(tree, "defaultVCpus")), int(text_of(tree, "sizeInMiB")) // 1024
            except (KeyError, ValueError) as error:
                raise CloudUnreachableError(f"EC2 describes no instance type {name}") from error
        return self._types[name]

    async def volume(
        self, region: str, zone: str, gib: int, parameters: Mapping[str, str], tags: Mapping[str, str]
    ) -> str:
        """The id of an EBS volume; the one with the same ``CSIVolumeName`` is found again instead of made twice.

        Args:
            region: Its region.
            zone: Its zone.
            gib: Its size.
            parameters: Those of a StorageClass: type, encrypted, kmsKeyId, iops, throughput.
            tags: Its tags, ``CSIVolumeName`` among them.

        Raises:
            CloudUnreachableError: EC2 refused it or did not answer.
        """
        try:
            known = {"Filter.1.Name": "tag:CSIVolumeName", "Filter.1.Value.1": tags["CSIVolumeName"]}
            found = find_all(await self.ec2(region, "DescribeVolumes", known), "volumeId")
            if found and found[0].text:
                return found[0].text
            form = {"AvailabilityZone": zone, "Size": str(gib), "VolumeType": parameters.get("type", "gp3")}
            form |= {"Encrypted": parameters.get("encrypted", "false"), "TagSpecification.1.ResourceType": "volume"}
            for key, name in (("kmsKeyId", "KmsKeyId"), ("iops", "Iops"), ("throughput", "Throughput")):
                form |= {name: parameters[key]} if key in parameters else {}
            for number, (key, value) in enumerate(tags.items(), 1):
                form |= {
                    f"TagSpecification.1.Tag.{number}.Key": key,
                    f"TagSpecification.1.Tag.{number}.Value": value,
                }
            return text_of(await self.ec2(region, "CreateVolume", form), "volumeId")
        except (httpx.HTTPError, ET.ParseError, KeyError) as error:
            raise CloudUnreachableError(f"CreateVolume: {error}") from error

    async def delete_volume(self, region: str, ident: str) -> None:
        """Delete an EBS volume; one that does not exist counts as deleted.

        Raises:
            CloudUnreachableError: EC2 did not answer.
        """
        try:
            await self.ec2(region, "DeleteVolume", {"VolumeId": ident})
        except httpx.HTTPStatusError as error:
            if "InvalidVolume.NotFound" not in error.response.text:
                raise CloudUnreachableError(f"DeleteVolume {ident}: {error.response.text[:200]}") from error
        except (httpx.HTTPError, ET.ParseError) as error:
            raise CloudUnreachableError(f"DeleteVolume {ident}: {error}") from error

    def _regions(self) -> set[str]:
        if not self._found:
            return set(REGIONS)
        self._turn += 1
        return self._found | {REGIONS[self._turn % len(REGIONS)]}

    async def _in_region(self, region: str) -> list[NodeGroup]:
        groups = []
        for cluster in (await self._eks(region, "/clusters"))["clusters"]:
            self._found.add(region)
            for name in (await self._eks(region, f"/clusters/{cluster}/node-groups"))["nodegroups"]:
                answer = await self._eks(region, f"/clusters/{cluster}/node-groups/{name}")
                groups.append(await self._group(region, answer["nodegroup"]))
        return groups

    async def _group(self, region: str, data: dict[str, Any]) -> NodeGroup:
        disk, tags = await self._template(region, data.get("launchTemplate") or {})
        instance_type = (data.get("instanceTypes") or ["t3.medium"])[0]
        return NodeGroup(
            arn=data["nodegroupArn"],
            cluster=data["clusterName"],
            name=data["nodegroupName"],
            region=region,
            version=str(data.get("version") or ""),
            # What could not be made has no nodes.
            desired=0 if data.get("status") == "CREATE_FAILED" else int(data["scalingConfig"]["desiredSize"]),
            degraded=data.get("status") == "DEGRADED",
            instance_type=instance_type,
            capacity_type=data.get("capacityType") or "ON_DEMAND",
            subnets=tuple([await self.subnet(region, subnet) for subnet in sorted(data["subnets"])]),
            disk_gib=disk or int(data.get("diskSize") or _DEFAULT_DISK_GIB),
            labels=dict(data.get("labels") or {}),
            taints=tuple(data.get("taints") or ()),
            instance_tags=tags,
            described=await self.described(region, instance_type),
        )

    async def subnet(self, region: str, ident: str) -> Subnet:
        """Return a subnet."""
        if ident not in self._subnets:
            tree = await self.ec2(region, "DescribeSubnets", {"SubnetId.1": ident})
            self._subnets[ident] = Subnet(
                id=ident, cidr=text_of(tree, "cidrBlock"), zone=text_of(tree, "availabilityZone")
            )
        return self._subnets[ident]

    async def _template(self, region: str, wanted: dict[str, str]) -> tuple[int, dict[str, str]]:
        """Root volume in GiB (0: the template does not say) and instance tags."""
        ident, version = wanted.get("id"), str(wanted.get("version", "$Default"))
        if not ident:
            return 0, {}
        if (ident, version) in self._templates:
            return self._templates[ident, version]
        query = {"LaunchTemplateId": ident, "LaunchTemplateVersion.1": version}
        tree = await self.ec2(region, "DescribeLaunchTemplateVersions", query)
        sizes = [int(node.text or 0) for node in find_all(tree, "volumeSize")]
        tags = {
            text_of(item, "key"): text_of(item, "value")
            for specification in find_all(tree, "tagSpecificationSet")
            for entry in specification
            if any(node.text == "instance" for node in find_all(entry, "resourceType"))
            for item_set in find_all(entry, "tagSet")
            for item in item_set
        }
        answer = (max(sizes, default=0), tags)
        if version.isdigit():
            self._templates[ident, version] = answer
        return answer

    async def _eks(self, region: str, path: str) -> Any:
        response = await self._http.get(path, headers=signed(region, "eks"))
        response.raise_for_status()
        return response.json()

    async def ec2(self, region: str, action: str, parameters: Mapping[str, str]) -> ET.Element:
        """Call an operation of EC2 and return its answer.

        Raises:
            httpx.HTTPError: it was refused, or nothing answers.
        """
        form = {"Action": action, "Version": "2016-11-15", **parameters}
        response = await self._http.post("/", data=form, headers=signed(region, "ec2"))
        response.raise_for_status()
        return ET.fromstring(response.text)  # noqa: S314 - our own loopback server


def find_all(tree: ET.Element, name: str) -> list[ET.Element]:
    """Return all elements of a name, whatever their namespace."""
    return [node for node in tree.iter() if node.tag.rpartition("}")[2] == name]


def text_of(tree: ET.Element, name: str) -> str:
    """Return the text of the first element of a name.

    Raises:
        KeyError: there is none.
    """
    found = find_all(tree, name)
    if not found or found[0].text is None:
        raise KeyError(name)
    return found[0].text
