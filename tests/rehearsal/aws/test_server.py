"""The server's memory: kill it, start it, and everything is where it was."""

import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import boto3
import httpx
import pytest
from botocore.config import Config

from rehearsal.aws.client import AwsClient, AwsError
from rehearsal.aws.journal import Journal, Request
from rehearsal.aws.provider import AwsProvider

from .conftest import Moto, Stack, make_sandbox
from .scene import Scene


@pytest.fixture
def moto(tmp_path):
    moto = Moto(make_sandbox(tmp_path))
    moto.start()
    yield moto
    moto.kill()


def test_models_that_are_gone_take_no_memory(moto):
    AwsClient(moto.sandbox).client("sqs", "us-east-1").create_queue(QueueName="one")
    listed = httpx.get(f"{moto.sandbox.aws_url}/moto-api/data.json", timeout=60, trust_env=False).json()
    assert listed["sqs"]["Queue"] == []


def provider_of(sandbox):
    provider = AwsProvider(sandbox)
    provider.configure({"region": "us-east-1"})
    return provider


def everything(stack):
    return {(made.resource.type, made.resource.name): made.read() for made in stack.made}


def test_kill_and_start_again_keeps_every_id(moto):
    stack = Stack(provider_of(moto.sandbox))
    scene = Scene(stack)
    for name in ("gateway", "nat", "table", "group", "key", "log_group", "template", "cluster", "secret", "bucket"):
        getattr(scene, name)()
    client = boto3.client(
        "s3",
        endpoint_url=moto.sandbox.aws_url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(s3={"addressing_style": "path"}),
    )
    bucket = scene.bucket().id
    client.put_object(Bucket=bucket, Key="weights/model.safetensors", Body=b"\0\1" * 50_000)
    before = everything(stack)
    assert None not in before.values()
    for _ in range(2):
        moto.kill()
        moto.start()
        assert everything(stack) == before
        assert client.get_object(Bucket=bucket, Key="weights/model.safetensors")["Body"].read() == b"\0\1" * 50_000
    moto.kill()
    with (moto.sandbox.aws / "journal.jsonl").open("ab") as stream:
        stream.write(b'{"environ": {"REQUEST_METH')  # killed while it wrote
    moto.start()
    assert everything(stack) == before
    stack.destroy()


def test_reads_leave_no_trace(moto):
    aws = AwsClient(moto.sandbox)
    size = (moto.sandbox.aws / "journal.jsonl").stat().st_size
    first = aws.call("ec2", "eu-west-1", "describe_vpcs", {})["Vpcs"][0]["VpcId"]
    assert (moto.sandbox.aws / "journal.jsonl").stat().st_size == size
    moto.kill()
    moto.start()
    assert aws.call("ec2", "eu-west-1", "describe_vpcs", {})["Vpcs"][0]["VpcId"] == first


def test_shortages_are_kept_and_instances_stay_terminated(moto):
    aws = AwsClient(moto.sandbox)
    url = f"{moto.sandbox.aws_url}/rehearsal/shortages"
    httpx.put(url, json=[{"type": "g5.xlarge"}], timeout=60).raise_for_status()
    assert httpx.put(url, json=[{"size": 1}], timeout=60).status_code == httpx.codes.BAD_REQUEST
    launched = aws.call("ec2", "us-east-1", "run_instances", {"MinCount": 2, "MaxCount": 2, "ImageId": "ami-1"})
    one, other = (item["InstanceId"] for item in launched["Instances"])
    aws.call("ec2", "us-east-1", "terminate_instances", {"InstanceIds": [one]})
    moto.kill()
    moto.start()
    assert httpx.get(url, timeout=60).json() == [{"type": "g5.xlarge"}]
    found = aws.call("ec2", "us-east-1", "describe_instances", {})["Reservations"][0]["Instances"]
    assert {item["InstanceId"]: item["State"]["Name"] for item in found} == {one: "terminated", other: "running"}


def test_the_same_token_makes_one_vpc(moto):
    aws = AwsClient(moto.sandbox)
    make = lambda: aws.call("ec2", "us-east-1", "create_vpc", {"CidrBlock": "10.9.0.0/16"}, "token-1")  # noqa: E731
    with ThreadPoolExecutor(8) as pool:
        ids = {answer["Vpc"]["VpcId"] for answer in pool.map(lambda _: make(), range(8))}
    assert len(ids) == 1
    moto.kill()
    moto.start()
    assert make()["Vpc"]["VpcId"] in ids
    other = aws.call("ec2", "us-east-1", "create_vpc", {"CidrBlock": "10.8.0.0/16"}, "token-1")
    assert other["Vpc"]["VpcId"] not in ids


def test_a_refusal_is_not_remembered(moto):
    aws = AwsClient(moto.sandbox)
    name = {"RoleName": "late"}
    with pytest.raises(AwsError, match="NoSuchEntity"):
        aws.call("iam", "us-east-1", "tag_role", {**name, "Tags": [{"Key": "a", "Value": "b"}]}, "token-2")
    aws.call("iam", "us-east-1", "create_role", {**name, "AssumeRolePolicyDocument": "{}"})
    aws.call("iam", "us-east-1", "tag_role", {**name, "Tags": [{"Key": "a", "Value": "b"}]}, "token-2")
    assert aws.call("iam", "us-east-1", "get_role", name)["Role"]["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_call_waits_for_a_server_that_is_starting(moto):
    aws = AwsClient(moto.sandbox)
    aws.call("ec2", "us-east-1", "describe_vpcs", {})
    moto.kill()
    later = threading.Timer(0.5, moto.start)
    later.start()
    try:
        assert aws.call("ec2", "us-east-1", "create_vpc", {"CidrBlock": "10.7.0.0/16"})["Vpc"]["VpcId"]
    finally:
        later.join()


def test_reset_forgets_the_journal_too(moto):
    aws = AwsClient(moto.sandbox)
    aws.call("ec2", "us-east-1", "create_vpc", {"CidrBlock": "10.9.0.0/16"})
    request = urllib.request.Request(f"{moto.sandbox.aws_url}/moto-api/reset", method="POST")  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
        assert json.load(answer) == {"status": "ok"}
    moto.kill()
    moto.start()
    assert [vpc["IsDefault"] for vpc in aws.call("ec2", "us-east-1", "describe_vpcs", {})["Vpcs"]] == [True]


@pytest.mark.parametrize(
    ("environ", "body", "reads"),
    [
        ({"REQUEST_METHOD": "GET"}, b"", True),
        ({"REQUEST_METHOD": "PUT"}, b"", False),
        ({"REQUEST_METHOD": "POST", "HTTP_X_AMZ_TARGET": "TrentService.ListKeys"}, b"{}", True),
        ({"REQUEST_METHOD": "POST", "HTTP_X_AMZ_TARGET": "TrentService.CreateKey"}, b"{}", False),
        ({"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded"}, b"Action=DescribeVpcs", True),
        (
            {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded"},
            b"A=b&Action=CreateVpc",
            False,
        ),
    ],
)
def test_what_only_reads(environ, body, reads):
    assert Request(environ, body).changes_nothing is reads


def test_a_journal_gives_back_what_it_was_given(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    requests = [
        Request({"REQUEST_METHOD": "PUT", "PATH_INFO": f"/{index}"}, bytes([index, 255]), index) for index in range(3)
    ]
    for request in requests:
        journal.append(request)
    with closing(Journal(tmp_path / "journal.jsonl")) as other:
        assert list(other) == requests
    journal.clear()
    assert list(journal) == []
    journal.close()
