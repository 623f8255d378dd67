import re

import pytest

from planner.image_tags import moves, tag_of
from settings.artifacts.images import IMAGES, LOAD_BALANCER_CONTROLLER, VLLM, ContainerImage, chart_repository, pulled
from settings.artifacts.reference import ImageReference

MIRROR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror"


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.repository)
def test_every_image_has_a_tag_that_stays(image: ContainerImage) -> None:
    tag = tag_of(image.reference)
    assert tag
    assert not moves(tag)
    assert image.digest is None or re.fullmatch(r"sha256:[0-9a-f]{64}", image.digest)


def test_no_two_images_have_one_place_in_a_mirror() -> None:
    paths = [ImageReference.of(image.reference).path for image in IMAGES]
    assert len(set(paths)) == len(paths)


def test_without_a_mirror_names_are_as_written() -> None:
    assert [pulled(image.reference, None) for image in IMAGES] == [image.reference for image in IMAGES]


def test_a_mirror_has_the_path_without_the_registry() -> None:
    assert pulled(VLLM.reference, MIRROR) == f"{MIRROR}/{VLLM.reference}"
    assert pulled(LOAD_BALANCER_CONTROLLER.reference, MIRROR) == f"{MIRROR}/eks/aws-load-balancer-controller:v2.14.0"


@pytest.mark.parametrize("reference", ["vllm/vllm-openai:v0.31.0", f"{MIRROR}/ours:v1", "registry.example.com/a:1"])
def test_a_services_own_image_stays(reference: str) -> None:
    assert pulled(reference, MIRROR) == reference


def test_charts_keep_their_repository_without_a_mirror() -> None:
    assert chart_repository(LOAD_BALANCER_CONTROLLER, None) is None
    assert chart_repository(LOAD_BALANCER_CONTROLLER, MIRROR) == f"{MIRROR}/eks/aws-load-balancer-controller"
