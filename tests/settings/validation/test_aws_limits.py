"""What AWS would refuse minutes into an update is refused before it begins."""

import copy
from typing import Any

import pulumi
import pytest

from tests.harness import PROJECT, deploy, run_program
from tests.settings.bad_settings import PLATFORM, SECRET
from tests.settings.reading import changed, lines, read, run

GOV_ADMIN = "arn:aws-us-gov:iam::123456789012:role/platform-admin"
FIXED = {
    "scheme": "internet-facing",
    "source_ranges": ["203.0.113.0/24"],
    "eip_allocations": ["eipalloc-0123456789abcdef0", "eipalloc-0123456789abcdef1"],
}


def with_endpoints(*endpoints: dict[str, Any]) -> dict[str, Any]:
    """Good settings with one service for each endpoint."""
    service = PLATFORM["services"]["small"]
    services = {f"model-{place}": {**service, "endpoint": endpoint} for place, endpoint in enumerate(endpoints)}
    return changed(PLATFORM, "services", copy.deepcopy(services))


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("region", "cn-north-1", "region: cn-north-1 is in partition aws-cn"),
        ("region", "us-iso-east-1", "region: us-iso-east-1 is in partition aws-iso"),
        ("region", "us-gov-west-1", "cluster.admins[0]: is in partition aws, but us-gov-west-1 is in aws-us-gov"),
        (
            "permissions_boundary",
            "arn:aws-cn:iam::123456789012:policy/bound",
            "permissions_boundary: is in partition aws-cn, but us-east-1 is in aws: write arn:aws:",
        ),
        (
            "gateway",
            {
                "response_logs": {
                    "consent": "DPO DP-12",
                    "auditors": [GOV_ADMIN.replace("platform-admin", "auditor")],
                }
            },
            "gateway.response_logs.auditors[0]: is in partition aws-us-gov, but us-east-1 is in aws",
        ),
        ("tags", {f"tag-{place}": "x" for place in range(37)}, "tags: has 37 tags"),
        ("tags", {"Team": "x", "stage": "y", "team": "z"}, "tags.team: differs from Team in capitals only"),
        ("owner", "R&D <ml@example.com>", "owner: 'R&D <ml@example.com>' is not the value of an AWS tag"),
        ("owner", "o" * 257, "is not the value of an AWS tag"),
        ("cost_center", "4711#7", "cost_center: '4711#7' is not the value of an AWS tag"),
        ("tags", {"two\nlines": "x"}, "is not an AWS tag"),
        ("tags", {"AWS:x": "y"}, "is not an AWS tag"),
        (
            "cluster.api_access",
            {"private": True, "from_cidrs": ["10.9.0.0/16", "10.0.0.0/16"]},
            "cluster.api_access.from_cidrs[1]: 10.0.0.0/16 overlaps the VPC 10.0.0.0/16",
        ),
        (
            "cluster.api_access",
            {"private": True, "from_cidrs": [f"10.9.{place}.0/24" for place in range(59)]},
            "cluster.api_access.from_cidrs: has 59 networks, and the cluster's security group takes 60 rules, 58 of them",
        ),
        (
            "cluster.api_access",
            {"public_cidrs": ["203.0.113.7/32", "203.0.113.7/32"]},
            "cluster.api_access.public_cidrs: names a network twice",
        ),
        (
            "services.small.endpoint",
            {"scheme": "internet-facing", "source_ranges": ["203.0.113.0/24", "203.0.113.0/24"]},
            "services.small.endpoint.source_ranges: names a network twice",
        ),
        ("services.small.model", "-q/Qwen3-4B", "services.small.model: '-q/Qwen3-4B' is not a Hugging Face model"),
    ],
    ids=str,
)
def test_what_aws_refuses_is_one_line(key: str, value: object, told: str) -> None:
    deployment = run(changed(PLATFORM, key, value))
    assert len(lines(deployment)) == 1
    assert told in lines(deployment)[0]
    assert deployment.registrations == []


def test_govcloud_is_a_partition_of_its_own() -> None:
    settings = changed(changed(PLATFORM, "region", "us-gov-west-1"), "cluster.admins", [GOV_ADMIN])
    assert read(settings).error is None


def test_networks_joined_to_the_vpc_are_let_in() -> None:
    access = {"private": True, "from_cidrs": ["10.9.0.0/16", "192.168.0.0/24"]}
    assert read(changed(PLATFORM, "cluster.api_access", access)).error is None


def test_an_elastic_ip_serves_one_load_balancer() -> None:
    told = lines(run(with_endpoints(FIXED, FIXED)))
    assert len(told) == 2
    assert "services.model-1.endpoint.eip_allocations[0]: eipalloc-0123456789abcdef0 is model-0's already" in told[0]


def test_elastic_ips_of_their_own_are_taken() -> None:
    others = ["eipalloc-0123456789abcdef2", "eipalloc-0123456789abcdef3"]
    assert read(with_endpoints(FIXED, {**FIXED, "eip_allocations": others})).error is None


@pytest.mark.parametrize("stack", ["dev.v2", "x" * 97])
def test_a_stack_whose_cluster_eks_would_refuse(stack: str) -> None:
    deployment = deploy(run_program, stack=stack, config={f"{PROJECT}:{key}": value for key, value in PLATFORM.items()})
    assert isinstance(deployment.error, pulumi.RunError)
    assert f"llm-{stack}" in lines(deployment)[0]
    assert deployment.registrations == []


@pytest.mark.parametrize("stack", ["Dev_2", "x" * 96])
def test_a_stack_whose_cluster_eks_takes(stack: str) -> None:
    assert read(PLATFORM, stack=stack).error is None


KARPENTER_POOL = {
    "kind": "gpu",
    "provisioner": "karpenter",
    "instance_types": ["g5.xlarge", "g5.2xlarge"],
    "limits": {"gpus": 2},
}
CHAT = {"notify": {"chat_webhook_secret_arn": SECRET}}


@pytest.mark.parametrize(
    ("key", "value", "longest", "message"),
    [
        ("pools.g5-burst", KARPENTER_POOL, 76, "pools: makes the queue llm-x"),
        ("monitoring", CHAT, 48, "monitoring.notify.chat_webhook_secret_arn: makes the function llm-x"),
    ],
)
def test_a_stack_whose_name_makes_another_too_long(key: str, value: dict[str, Any], longest: int, message: str) -> None:
    settings = changed(PLATFORM, key, value)
    assert read(settings, stack="x" * longest).error is None
    deployment = read(settings, stack="x" * (longest + 1))
    assert len(lines(deployment)) == 1
    assert message in lines(deployment)[0]
    assert f"at most {longest} characters" in lines(deployment)[0]


@pytest.mark.parametrize("revision", ["--config x", "main branch", "", "$(HF_TOKEN)"])
def test_a_revision_is_a_name_and_no_option(revision: str) -> None:
    told = lines(run(changed(PLATFORM, "services.small.weights.revision", revision)))
    assert len(told) == 1
    assert "services.small.weights.revision: " in told[0]
    assert "write a branch, tag or commit" in told[0]


@pytest.mark.parametrize("revision", ["main", "refs/pr/12", "v1.0+fix", "8b3f0a1c"])
def test_branches_tags_and_commits_are_revisions(revision: str) -> None:
    assert read(changed(PLATFORM, "services.small.weights.revision", revision)).error is None
