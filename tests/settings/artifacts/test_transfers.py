from typing import Any

from settings.artifacts.images import PYTHON
from settings.artifacts.needs import Needs
from settings.artifacts.transfers import Transfer, transfers
from settings.models.pools import GpuPool, KarpenterGpuPool, SystemPool
from tests.settings.artifacts.test_needs import vllm

IMAGES = "registry.example.com/mirror"
POOLS = {
    "system": SystemPool(kind="system", instance_types=("m5.xlarge",), max=4),
    "g5": GpuPool(kind="gpu", instance_types=("g5.2xlarge",), max=2),
}


def found(charts: str | None = None, images: str | None = None, **needs: Any) -> dict[str, Transfer]:
    """What a stack's mirrors need, by name."""
    usual: dict[str, Any] = {"platform": True, "pools": POOLS, "services": {"chat": vllm()}}
    return {one.name: one for one in transfers(Needs(**(usual | needs)), charts=charts, images=images)}


def test_without_mirrors_nothing_has_a_destination() -> None:
    assert {one.destination for one in found().values()} == {None}
    assert found()["docker.io/vllm/vllm-openai"].source == "docker.io/vllm/vllm-openai:v0.32.0"


def test_charts_and_images_have_their_place() -> None:
    there = found("oci://registry.example.com/charts", IMAGES)
    assert there["aws-load-balancer-controller"].destination == (
        "oci://registry.example.com/charts/aws-load-balancer-controller"
    )
    assert there["nvcr.io/nvidia/k8s-device-plugin"].destination == f"{IMAGES}/nvidia/k8s-device-plugin:v0.18.2"
    assert (
        found("https://charts.example.com")["aws-load-balancer-controller"].destination == "https://charts.example.com"
    )


def test_karpenter_brings_its_two_charts_and_its_image_with_a_digest() -> None:
    pool = KarpenterGpuPool.model_validate(
        {
            "kind": "gpu",
            "provisioner": "karpenter",
            "instance_types": ["g5.xlarge", "g5.2xlarge"],
            "limits": {"gpus": 4},
        }
    )
    there = found(pools={**POOLS, "elastic": pool})
    assert there["karpenter-crd"].source == "oci://public.ecr.aws/karpenter/karpenter-crd"
    assert there["karpenter"].version == "1.14.1"
    assert str(there["public.ecr.aws/karpenter/controller"].digest).startswith("sha256:")
    assert "karpenter" not in found()


def test_a_services_own_image_is_listed_with_its_setting() -> None:
    there = found(images=IMAGES, services={"chat": vllm(image="example/vllm:v0.31.0")})
    own = there["docker.io/example/vllm"]
    assert (own.used_by, own.destination) == ("services.chat.image", f"{IMAGES}/example/vllm:v0.31.0")
    assert "docker.io/vllm/vllm-openai" not in there


def test_an_image_by_digest_keeps_it() -> None:
    digest = "sha256:" + "0" * 64
    own = found(images=IMAGES, services={"chat": vllm(image=f"example/vllm@{digest}")})["docker.io/example/vllm"]
    assert own.version == digest
    assert own.destination == f"{IMAGES}/example/vllm@{digest}"


def test_an_image_that_is_in_the_mirror_is_not_copied_again() -> None:
    there = found(images=IMAGES, services={"chat": vllm(image=f"{IMAGES}/vllm/vllm-openai:v0.31.0")})
    assert not [name for name in there if "vllm" in name]


def test_a_team_stack_has_its_services_only() -> None:
    there = found(images=IMAGES, platform=False, pools={})
    assert set(there) == {"docker.io/vllm/vllm-openai"}
    assert PYTHON.repository not in there
