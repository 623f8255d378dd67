"""The agent finds node groups wherever a stack may put them, with what their instance types have."""

import asyncio

import httpx
import pytest
from pulumi_aws import Region

from planner.catalog.partitions import PARTITIONS, partition_of
from rehearsal.nodes.aws import REGIONS, Cloud, CloudUnreachableError

GROUP = {
    "nodegroupArn": "arn:aws:eks:us-east-1:123456789012:nodegroup/llm/cpu/1",
    "nodegroupName": "cpu",
    "clusterName": "llm",
    "scalingConfig": {"desiredSize": 1},
    "subnets": [],
}
PATHS = {
    "/clusters": {"clusters": ["llm"]},
    "/clusters/llm/node-groups": {"nodegroups": ["cpu"]},
}
DESCRIBED = """<DescribeInstanceTypesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><instanceTypeSet><item>
<vCpuInfo><defaultVCpus>16</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>65536</sizeInMiB></memoryInfo>
</item></instanceTypeSet></DescribeInstanceTypesResponse>"""


def cloud(instance_type: str, ec2: httpx.Response, calls: list[str]) -> Cloud:
    """A cloud with one node group, in the first region."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            calls.append(request.content.decode())
            return ec2
        if f"/{REGIONS[0]}/" not in request.headers["authorization"]:
            return httpx.Response(200, json={"clusters": []})
        group = {"nodegroup": GROUP | {"instanceTypes": [instance_type]}}
        return httpx.Response(200, json=PATHS.get(request.url.path, group))

    made = Cloud("http://unused")
    made._http = httpx.AsyncClient(base_url="http://unused", transport=httpx.MockTransport(answer))
    return made


def test_every_region_that_settings_take_is_looked_at():
    assert set(REGIONS) == {region.value for region in Region if partition_of(region.value) in PARTITIONS}
    assert len(set(REGIONS)) == len(REGIONS)


@pytest.mark.parametrize(("name", "described", "count"), [("g5.xlarge", None, 0), ("m4.4xlarge", (16, 64), 1)])
def test_a_type_that_the_tables_lack_is_described_once(name, described, count):
    calls: list[str] = []
    made = cloud(name, httpx.Response(200, text=DESCRIBED), calls)

    async def twice():
        return [group.described for _ in range(2) for group in await made.node_groups()]

    assert asyncio.run(twice()) == [described, described]
    assert len(calls) == count


def test_nothing_is_concluded_where_ec2_does_not_describe_a_type():
    made = cloud("m4.4xlarge", httpx.Response(400, text="<Response/>"), [])
    with pytest.raises(CloudUnreachableError, match="400"):
        asyncio.run(made.node_groups())
