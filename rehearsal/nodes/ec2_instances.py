"""Running instances of EC2 that carry a tag."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from rehearsal.aws.karpenter.images import of_id
from rehearsal.nodes.aws import Cloud, CloudUnreachableError, Subnet, find_all, text_of


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance.

    Attributes:
        described: VCPUs and memory in GiB as EC2 describes them, for a type that the project's tables do not have.
        version: Kubernetes version of its image; empty if that is not known.
        user_data: As EC2 has it, in base64.
    """

    id: str
    region: str
    type: str
    subnet: Subnet
    address: str
    spot: bool
    disk_gib: int
    version: str
    user_data: str
    described: tuple[int, int] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


class TaggedInstances:
    """Reader of the instances with one tag; what it has read of an instance does not change."""

    def __init__(self, cloud: Cloud, tag: str) -> None:
        self._cloud, self._tag = cloud, tag
        self._known: dict[str, Instance] = {}

    async def running(self) -> list[Instance]:
        """Return those that run, in every region that has a cluster.

        Raises:
            CloudUnreachableError: nothing may be concluded.
        """
        try:
            found = [
                await self._instance(region, item)
                for region in sorted(self._cloud.regions)
                for item in await self._described(region)
            ]
        except (httpx.HTTPError, ET.ParseError, KeyError, ValueError) as error:
            raise CloudUnreachableError(f"{type(error).__name__}: {error}") from error
        self._known = {instance.id: instance for instance in found}
        return found

    async def _described(self, region: str) -> list[ET.Element]:
        query = {
            "Filter.1.Name": "tag-key",
            "Filter.1.Value.1": self._tag,
            "Filter.2.Name": "instance-state-name",
            "Filter.2.Value.1": "running",
        }
        items: list[ET.Element] = []
        token: dict[str, str] = {}
        while True:
            tree = await self._cloud.ec2(region, "DescribeInstances", query | token)
            items += [item for found in find_all(tree, "instancesSet") for item in found]
            more = [node.text for node in find_all(tree, "nextToken") if node.text]
            if not more:
                return items
            token = {"NextToken": more[0]}

    async def _instance(self, region: str, item: ET.Element) -> Instance:
        ident = text_of(item, "instanceId")
        return self._known.get(ident) or await self._read(region, ident, item)

    async def _read(self, region: str, ident: str, item: ET.Element) -> Instance:
        kind, image = text_of(item, "instanceType"), of_id(text_of(item, "imageId"), region)
        attached = {"Filter.1.Name": "attachment.instance-id", "Filter.1.Value.1": ident}
        volumes = await self._cloud.ec2(region, "DescribeVolumes", attached)
        attribute = {"InstanceId": ident, "Attribute": "userData"}
        user_data = find_all(await self._cloud.ec2(region, "DescribeInstanceAttribute", attribute), "value")
        return Instance(
            id=ident,
            region=region,
            type=kind,
            subnet=await self._cloud.subnet(region, text_of(item, "subnetId")),
            address=text_of(item, "privateIpAddress"),
            spot=bool(find_all(item, "spotInstanceRequestId")),
            disk_gib=max((int(node.text or 0) for node in find_all(volumes, "size")), default=0),
            version=image.version if image else "",
            user_data=(user_data[0].text or "") if user_data else "",
            described=await self._cloud.described(region, kind),
            tags=dict(_tags(item)),
        )


def _tags(item: ET.Element) -> Iterator[tuple[str, str]]:
    for child in item:
        if child.tag.rpartition("}")[2] == "tagSet":
            for tag in child:
                yield text_of(tag, "key"), "".join(node.text or "" for node in find_all(tag, "value"))
