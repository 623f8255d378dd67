import pytest

from settings.artifacts.images import DEVICE_PLUGIN, IMAGES, LOAD_BALANCER_CONTROLLER, VLLM
from settings.artifacts.sources import ImageSources

MIRROR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
MIRRORED = ImageSources(mirror=MIRROR)
CACHED = ImageSources(
    caches={"docker.io": f"{REGISTRY}/llm-dev/docker-hub", "public.ecr.aws": f"{REGISTRY}/llm-dev/ecr-public"}
)


def test_without_either_names_are_as_written() -> None:
    assert [ImageSources().pulled(image.reference) for image in IMAGES] == [image.reference for image in IMAGES]
    assert ImageSources().chart_repository(LOAD_BALANCER_CONTROLLER) is None


def test_a_mirror_has_the_path_without_the_registry() -> None:
    assert MIRRORED.pulled(VLLM.reference) == f"{MIRROR}/{VLLM.reference}"
    assert MIRRORED.pulled(LOAD_BALANCER_CONTROLLER.reference) == f"{MIRROR}/eks/aws-load-balancer-controller:v2.14.0"
    assert MIRRORED.chart_repository(LOAD_BALANCER_CONTROLLER) == f"{MIRROR}/eks/aws-load-balancer-controller"


@pytest.mark.parametrize("reference", ["vllm/vllm-openai:v0.31.0", f"{MIRROR}/ours:v1", "registry.example.com/a:1"])
def test_beside_a_mirror_a_services_own_image_stays(reference: str) -> None:
    assert MIRRORED.pulled(reference) == reference


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        (VLLM.reference, f"{REGISTRY}/llm-dev/docker-hub/{VLLM.reference}"),
        ("vllm/vllm-openai:v0.31.0", f"{REGISTRY}/llm-dev/docker-hub/vllm/vllm-openai:v0.31.0"),
        ("docker.io/a/b@sha256:00", f"{REGISTRY}/llm-dev/docker-hub/a/b@sha256:00"),
        ("busybox:1.37", f"{REGISTRY}/llm-dev/docker-hub/library/busybox:1.37"),
        ("public.ecr.aws/a/b:1", f"{REGISTRY}/llm-dev/ecr-public/a/b:1"),
        (DEVICE_PLUGIN.reference, DEVICE_PLUGIN.reference),
        (f"{REGISTRY}/ours:v1", f"{REGISTRY}/ours:v1"),
    ],
)
def test_a_cache_has_every_image_of_its_registry(reference: str, name: str) -> None:
    assert CACHED.pulled(reference) == name


def test_charts_take_images_from_a_cache() -> None:
    assert (
        CACHED.chart_repository(LOAD_BALANCER_CONTROLLER)
        == f"{REGISTRY}/llm-dev/ecr-public/eks/aws-load-balancer-controller"
    )
    assert CACHED.chart_repository(DEVICE_PLUGIN) is None
