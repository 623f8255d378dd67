"""EKS clusters: excluded zones, and the version as boto3 sees it."""

import boto3
import pytest

from preflight.checks.zones import EXCLUDED
from rehearsal.aws.types.eks import cluster as eks
from rehearsal.plugins.errors import ProviderError
from tests.rehearsal.aws.scene import Scene


def test_a_zone_that_eks_excludes_is_refused_by_its_id(stack):
    scene = Scene(stack)
    subnets = [scene.subnet().id, scene.subnet("e", "10.0.3.0/24").id]
    with pytest.raises(ProviderError, match="does not support creating control plane instances in us-east-1e"):
        stack.create(
            "aws:eks/cluster:Cluster",
            "excluded",
            roleArn=scene.role()["arn"],
            version="1.35",
            vpcConfig={"subnetIds": subnets, "endpointPrivateAccess": True},
        )
    assert eks._WITHOUT_EKS == EXCLUDED


def test_an_upgraded_cluster_is_described_with_its_new_version(stack, sandbox):
    cluster = Scene(stack).cluster()
    inputs = {key: value for key, value in cluster.inputs.items() if key not in {"name", "__defaults"}}
    client = boto3.client(
        "eks",
        region_name="us-east-1",
        endpoint_url=sandbox.aws_url,
        aws_access_key_id="r",
        aws_secret_access_key="r",
    )
    assert client.describe_cluster(name=cluster.id)["cluster"]["version"] == "1.35"
    cluster.update(**{**inputs, "version": "1.36"})
    assert client.describe_cluster(name=cluster.id)["cluster"]["version"] == "1.36"
