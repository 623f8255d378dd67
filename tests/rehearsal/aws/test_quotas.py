"""EC2's quotas in moto, and node groups that pass them, seen as boto3 and the engine see them."""

import boto3
import pytest

from planner.catalog import quotas as checked
from planner.catalog.instances import instance_types
from preflight.checks import limits
from rehearsal.aws import quotas
from rehearsal.plugins.errors import InitFailedError
from tests.rehearsal.aws.conftest import Moto, make_sandbox
from tests.rehearsal.aws.scene import Scene

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
SPOT, ON_DEMAND = "L-3819A6DF", "L-DB2E81BA"


@pytest.fixture
def aws(sandbox):
    """A client of a service of this sandbox; the quotas are as before at the end."""

    def client(service):
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=sandbox.aws_url,
            aws_access_key_id="rehearsal",
            aws_secret_access_key="rehearsal",
        )

    yield client
    for code, (_, value) in quotas.QUOTAS.items():
        set_quota(client, code, value)


def set_quota(aws, code, value):
    asked = aws("service-quotas").request_service_quota_increase(ServiceCode="ec2", QuotaCode=code, DesiredValue=value)
    assert asked["RequestedQuota"]["Status"] == "APPROVED"


def group(stack, name="g5", desired=2, **others):
    scene = Scene(stack)
    inputs = {
        "clusterName": scene.cluster()["name"],
        "nodeRoleArn": scene.role()["arn"],
        "subnetIds": [scene.subnet().id],
        "instanceTypes": ["g5.2xlarge"],
        "scalingConfig": {"minSize": 0, "desiredSize": desired, "maxSize": 4},
        **others,
    }
    return inputs, lambda: stack.create(NODE_GROUP, name, **inputs)


def described(aws, made):
    names = aws("eks").list_nodegroups(clusterName=made["clusterName"])["nodegroups"]
    (name,) = names
    return aws("eks").describe_nodegroup(clusterName=made["clusterName"], nodegroupName=name)["nodegroup"]


def test_the_program_and_the_stand_in_know_the_same_quotas():
    assert {one.code: one.name for one in (*checked.ON_DEMAND.values(), *checked.SPOT.values())} == {
        code: name for code, (name, _) in quotas.QUOTAS.items()
    }
    for name in instance_types():
        for spot in (True, False):
            assert checked.quota_of(name, spot=spot).code == quotas.quota_code(name, spot=spot)


def test_a_quota_is_read_and_set(aws):
    client = aws("service-quotas")
    assert client.get_service_quota(ServiceCode="ec2", QuotaCode=SPOT)["Quota"]["Value"] == 768
    set_quota(aws, SPOT, 8)
    found = client.get_service_quota(ServiceCode="ec2", QuotaCode=SPOT)["Quota"]
    assert (found["Value"], found["QuotaName"]) == (8, "All G and VT Spot Instance Requests")
    with pytest.raises(client.exceptions.NoSuchResourceException):
        client.get_service_quota(ServiceCode="ec2", QuotaCode="L-00000000")
    assert client.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"] == 5


@pytest.mark.parametrize("limit", [limits.ADDRESSES, limits.EXECUTIONS])
def test_other_quotas_that_a_preflight_reads_have_room(aws, limit):
    quota = aws("service-quotas").get_service_quota(ServiceCode=limit.service, QuotaCode=limit.code)["Quota"]
    assert quota["Value"] > limits.LEFT_UNRESERVED


@pytest.mark.parametrize(
    ("capacity", "code", "words"),
    [
        (
            "ON_DEMAND",
            ON_DEMAND,
            "VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of 15",
        ),
        ("SPOT", SPOT, "MaxSpotInstanceCountExceeded - Max spot instance count exceeded"),
    ],
)
def test_a_group_beyond_its_quota_fails_for_good_in_awss_words(stack, aws, capacity, code, words):
    set_quota(aws, code, 15)
    inputs, make = group(stack, capacityType=capacity)
    with pytest.raises(InitFailedError, match="unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'") as failed:
        make()
    assert f"AsgInstanceLaunchFailures: Could not launch {'Spot' if capacity == 'SPOT' else 'On-Demand'}" in str(
        failed.value
    )
    assert words in str(failed.value)
    assert described(aws, inputs)["status"] == "CREATE_FAILED"
    set_quota(aws, code, 100)
    assert described(aws, inputs)["status"] == "CREATE_FAILED"
    with pytest.raises(aws("eks").exceptions.ResourceInUseException, match="not in Active State"):
        aws("eks").update_nodegroup_config(
            clusterName=inputs["clusterName"],
            nodegroupName=described(aws, inputs)["nodegroupName"],
            scalingConfig={"desiredSize": 1},
        )
    aws("eks").delete_nodegroup(
        clusterName=inputs["clusterName"], nodegroupName=described(aws, inputs)["nodegroupName"]
    )


def test_groups_of_one_quota_count_together_and_others_do_not(stack, aws):
    set_quota(aws, ON_DEMAND, 16)
    _, first = group(stack, "first", desired=1)
    first()
    _, spot = group(stack, "spot", desired=2, capacityType="SPOT")
    spot()
    _, second = group(stack, "second", desired=1)
    second()
    inputs, third = group(stack, "third", desired=1)
    with pytest.raises(InitFailedError, match="vCPU limit of 16"):
        third()
    names = aws("eks").list_nodegroups(clusterName=inputs["clusterName"])["nodegroups"]
    (failed,) = [name for name in names if name.startswith("third")]
    aws("eks").delete_nodegroup(clusterName=inputs["clusterName"], nodegroupName=failed)


def test_one_that_grows_past_its_quota_is_degraded_until_there_is_room(stack, aws):
    set_quota(aws, ON_DEMAND, 16)
    inputs, make = group(stack)
    made = make()
    larger = {**inputs, "scalingConfig": {"minSize": 0, "desiredSize": 3, "maxSize": 4}}
    made.update(**larger)
    found = described(aws, inputs)
    assert found["status"] == "DEGRADED"
    assert found["health"]["issues"][0]["code"] == "AsgInstanceLaunchFailures"
    set_quota(aws, ON_DEMAND, 24)
    made.update(**{**larger, "labels": {"a": "b"}})
    assert described(aws, inputs)["status"] == "ACTIVE"


def test_an_empty_group_needs_no_quota(stack, aws):
    set_quota(aws, ON_DEMAND, 0)
    _, make = group(stack, desired=0)
    make()


def test_quotas_and_failures_outlive_a_restart(tmp_path):
    sandbox = make_sandbox(tmp_path)
    moto = Moto(sandbox)
    moto.start()
    try:
        client = boto3.client(
            "service-quotas",
            region_name="us-east-1",
            endpoint_url=sandbox.aws_url,
            aws_access_key_id="r",
            aws_secret_access_key="r",
        )
        client.request_service_quota_increase(ServiceCode="ec2", QuotaCode=SPOT, DesiredValue=3)
        moto.kill()
        moto.start()
        assert client.get_service_quota(ServiceCode="ec2", QuotaCode=SPOT)["Quota"]["Value"] == 3
    finally:
        moto.kill()
