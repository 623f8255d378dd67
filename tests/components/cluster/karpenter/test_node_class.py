from collections.abc import Mapping
from typing import Any

import pytest

from components.cluster.karpenter.node_class import image_alias
from settings.models.cluster import ClusterSettings
from settings.models.pools import KarpenterGpuPool, Pool
from tests.components.builders import ADMIN, KARPENTER_POOLS, cluster, karpenter
from tests.deployment import Deployment, Registration

GPU: Mapping[str, Any] = {
    "kind": "gpu",
    "provisioner": "karpenter",
    "instance_types": ("g5.xlarge", "g5.2xlarge"),
    "limits": {"gpus": 2},
}


def node_class(name: str = "g5-burst", run: Deployment | None = None) -> Registration:
    return (run or karpenter()).one("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", f"llm-karpenter-{name}")


def spec(name: str = "g5-burst", run: Deployment | None = None) -> dict[str, Any]:
    return dict(node_class(name, run).inputs["spec"])


def of_pool(**changes: Any) -> dict[str, Any]:
    pools: dict[str, Pool] = {
        "system": KARPENTER_POOLS["system"],
        "gpu": KarpenterGpuPool.model_validate({**GPU, **changes}),
    }
    return spec("gpu", cluster(pools=pools))


def test_it_is_called_as_the_pool_is() -> None:
    assert node_class().inputs["metadata"]["name"] == "g5-burst"
    assert node_class("x86-burst").inputs["metadata"]["name"] == "x86-burst"


def test_nodes_get_the_profile_that_exists_and_karpenter_makes_none() -> None:
    assert spec()["instanceProfile"] == "llm-karpenter-nodes-0123456"
    assert "role" not in spec()


def test_the_image_is_a_dated_release() -> None:
    assert spec()["amiSelectorTerms"] == [{"alias": "al2023@v20260714"}]
    other = cluster(pools=KARPENTER_POOLS, node_release="1.35.6-20260630")
    assert spec(run=other)["amiSelectorTerms"] == [{"alias": "al2023@v20260630"}]


def test_a_release_that_no_setting_states_is_for_new_pools_only() -> None:
    assert "spec.amiSelectorTerms" in node_class().ignore_changes
    stated = node_class(run=cluster(pools=KARPENTER_POOLS, node_release="1.35.6-20260630"))
    assert "spec.amiSelectorTerms" not in stated.ignore_changes


def test_a_version_without_a_release_is_an_error() -> None:
    settings = ClusterSettings.model_validate({"api_access": {"private": True}, "admins": [ADMIN]})
    with pytest.raises(LookupError, match=r"1\.99 is known: set cluster\.node_release"):
        image_alias(settings.model_copy(update={"version": "1.99"}))


def test_subnets_are_named_by_id() -> None:
    assert spec()["subnetSelectorTerms"] == [{"id": "llm-nodes-a-id"}]
    assert spec("x86-burst")["subnetSelectorTerms"] == [{"id": "llm-nodes-a-id"}, {"id": "llm-nodes-b-id"}]


def test_nodes_have_the_group_that_eks_gives_managed_nodes_not_the_components_own() -> None:
    assert spec()["securityGroupSelectorTerms"] == [{"id": "sg-of-eks"}]


def test_pods_do_not_reach_the_metadata_service() -> None:
    options = spec()["metadataOptions"]
    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


def test_the_disk_is_that_of_node_groups() -> None:
    (mapping,) = spec()["blockDeviceMappings"]
    assert mapping["deviceName"] == "/dev/xvda"
    assert mapping["ebs"] == {
        "volumeType": "gp3",
        "volumeSize": "200Gi",
        "iops": 3000,
        "throughput": 600,
        "encrypted": True,
        "deleteOnTermination": True,
    }


def test_instances_carry_the_stacks_tags() -> None:
    assert spec()["tags"] == {"owner": "ml-platform"}


def test_tags_that_karpenter_gives_itself_are_not_given_to_it() -> None:
    tags = {
        "kubernetes.io/cluster/llm-dev": "shared",
        "kubernetes.io/clusters": "x",
        "eks:eks-cluster-name": "llm-dev",
        "karpenter.sh/nodepool": "x",
        "karpenter.sh/nodeclaim": "x",
        "karpenter.k8s.aws/ec2nodeclass": "x",
        "karpenter.sh/nodepools": "x",
        "owner": "ml-platform",
    }
    run = cluster(pools=KARPENTER_POOLS, tags=tags)
    assert spec(run=run)["tags"] == {"karpenter.sh/nodepools": "x", "owner": "ml-platform"}


def test_disks_of_the_instance_are_used_where_every_type_has_as_much_as_the_pool_states() -> None:
    assert spec()["instanceStorePolicy"] == "RAID0"
    assert of_pool()["instanceStorePolicy"] == "RAID0", "250 GB are 232 GiB"
    assert "instanceStorePolicy" not in of_pool(disk_gib=240)
    assert "instanceStorePolicy" not in spec("x86-burst")


def test_reservations_are_named_by_id() -> None:
    reserved = of_pool(capacity_types=("reserved", "on_demand"), capacity_reservations=("cr-0123456789abcdef0",))
    assert reserved["capacityReservationSelectorTerms"] == [{"id": "cr-0123456789abcdef0"}]
    assert "capacityReservationSelectorTerms" not in spec()


def test_it_has_what_nodes_need_and_is_deleted_while_all_of_it_is_there() -> None:
    made = karpenter()
    needed = [
        *made.of_type("Release"),
        *made.of_type("aws:ec2/route:Route"),
        *made.of_type("aws:iam/instanceProfile:InstanceProfile"),
        *made.of_type("aws:eks/accessEntry:AccessEntry"),
        *made.of_type("aws:sqs/queuePolicy:QueuePolicy"),
        *made.of_type("EventTarget"),
        made.one("eks:index:Addon", "llm-aws-ebs-csi-driver"),
        *(one for one in made.of_type("RolePolicyAttachment") if one.name.startswith("llm-karpenter-nodes-")),
    ]
    waited = {one.urn for one in needed if not one.name.startswith("llm-load")}
    assert len(waited) > 10
    assert waited <= node_class().depends_on


def test_a_deletion_may_take_the_grace_period_and_a_quarter_of_an_hour() -> None:
    assert node_class().timeouts == {"delete": "2700s"}


def test_pulumi_waits_until_karpenter_accepts_it() -> None:
    assert node_class().inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
