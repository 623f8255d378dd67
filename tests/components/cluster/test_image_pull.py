"""Nodes with GPUs pull images in parallel; nodes that exist are not replaced for it."""

import base64
import email
from typing import Any

import pytest
import yaml

from components.cluster.image_pull import NODE_CONFIG
from settings.models.pools import GpuPool, KarpenterGpuPool, Pool, SystemPool
from tests.components.builders import KARPENTER_POOLS, cluster
from tests.deployment import Registration

GROUP = {"kind": "gpu", "instance_types": ("g5.2xlarge",), "max": 1}
BURST = {**{key: GROUP[key] for key in ("kind", "instance_types")}, "provisioner": "karpenter", "limits": {"gpus": 2}}


def template(name: str = "gpu", *, node_release: str | None = None, **changes: Any) -> Registration:
    pools: dict[str, Pool] = {
        "system": SystemPool(kind="system", instance_types=("m5.large",), min=2, max=3),
        "gpu": GpuPool.model_validate({**GROUP, **changes}),
    }
    release = {"node_release": node_release} if node_release else {}
    return cluster(pools=pools, **release).one("aws:ec2/launchTemplate:LaunchTemplate", f"llm-{name}")


def node_class(**changes: Any) -> Registration:
    pools: dict[str, Pool] = {
        "system": KARPENTER_POOLS["system"],
        "gpu": KarpenterGpuPool.model_validate({**BURST, **changes}),
    }
    return cluster(pools=pools).one("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "llm-karpenter-gpu")


def test_a_launch_template_has_it_as_the_part_that_nodeadm_reads() -> None:
    document = email.message_from_bytes(base64.b64decode(template().inputs["userData"]))
    (part,) = document.get_payload()  # type: ignore[misc]
    assert part.get_content_type() == "application/node.eks.aws"  # type: ignore[union-attr]
    assert yaml.safe_load(part.get_payload()) == yaml.safe_load(NODE_CONFIG)  # type: ignore[union-attr,arg-type]


def test_a_node_class_has_it_as_karpenter_takes_it() -> None:
    config = yaml.safe_load(node_class().inputs["spec"]["userData"])
    assert config["spec"] == {"featureGates": {"FastImagePull": True}}


def test_an_existing_pool_keeps_its_nodes_until_the_setting_is_stated() -> None:
    assert template().ignore_changes == ("userData",)
    assert node_class().ignore_changes == ("spec.amiSelectorTerms", "spec.userData")
    for stated in (True, False):
        assert template(parallel_image_pull=stated).ignore_changes == ()
        assert node_class(parallel_image_pull=stated).ignore_changes == ("spec.amiSelectorTerms",)


def test_it_can_be_off() -> None:
    assert "userData" not in template(parallel_image_pull=False).inputs
    assert "userData" not in node_class(parallel_image_pull=False).inputs["spec"]


def test_nodes_without_gpus_are_as_before() -> None:
    assert "userData" not in template("system").inputs
    assert template("system").ignore_changes == ()


@pytest.mark.parametrize(("release", "has"), [("1.35.0-20250820", False), ("1.35.0-20250821", True)])
def test_a_release_before_it_is_left_alone(release: str, *, has: bool) -> None:
    assert ("userData" in template(node_release=release).inputs) is has
