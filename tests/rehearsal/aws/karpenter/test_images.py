"""Images of EKS nodes: names of parameters, ids, and what EC2 says of them."""

import datetime as dt

import pytest

from rehearsal.aws.client import AwsClient, AwsError
from rehearsal.aws.karpenter.images import RECOMMENDED, of_id, parameter

PREFIX = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023"
DATED = f"{PREFIX}/x86_64/nvidia/amazon-eks-node-al2023-x86_64-nvidia-1.35-v20260423/image_id"
TODAY = dt.date(2026, 11, 1)


def test_each_variant_and_architecture_has_an_image_of_its_own():
    places = [
        ("x86_64", "standard"),
        ("x86_64", "nvidia"),
        ("x86_64", "neuron"),
        ("arm64", "standard"),
        ("arm64", "nvidia"),
    ]
    found = [parameter(f"{PREFIX}/{one}/{other}/recommended/image_id", "us-east-1", TODAY) for one, other in places]
    assert None not in found
    assert len(set(found)) == len(places)


def test_an_id_says_which_image_it_is():
    image = of_id(parameter(DATED, "us-east-1", TODAY), "us-east-1")
    assert (image.version, image.architecture, image.variant, image.date) == ("1.35", "x86_64", "nvidia", "20260423")
    assert of_id(parameter(DATED, "us-east-1", TODAY), "eu-west-1") is None
    assert of_id("ami-03cf127a", "us-east-1") is None


@pytest.mark.parametrize(
    "name",
    [
        DATED.replace("20260423", "20261201"),  # not released yet
        DATED.replace("20260423", "20261399"),
        DATED.replace("nvidia-1.35", "standard-1.35"),
        f"{PREFIX}/x86_64/windows/recommended/image_id",
        "/my/parameter",
    ],
)
def test_a_parameter_that_aws_has_not_is_not_found(name):
    assert parameter(name, "us-east-1", TODAY) is None


def test_the_release_of_a_node_group():
    name = f"{PREFIX}/x86_64/standard/recommended/release_version"
    assert parameter(name, "us-east-1", TODAY) == f"1.35.0-{RECOMMENDED}"


def test_ssm_and_ec2_answer(sandbox):
    aws = AwsClient(sandbox)
    image = aws.call("ssm", "us-east-1", "get_parameter", {"Name": DATED})["Parameter"]["Value"]
    filters = {"Filters": [{"Name": "image-id", "Values": [image]}]}
    (found,) = aws.call("ec2", "us-east-1", "describe_images", filters)["Images"]
    assert (found["ImageId"], found["Architecture"], found["State"]) == (image, "x86_64", "available")
    assert found["Name"] == "amazon-eks-node-al2023-x86_64-nvidia-1.35-v20260423"
    with pytest.raises(AwsError, match="ParameterNotFound"):
        aws.call("ssm", "us-east-1", "get_parameter", {"Name": f"{PREFIX}/x86_64/windows/recommended/image_id"})
