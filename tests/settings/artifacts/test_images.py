import re

import pytest

from planner.image_tags import moves, tag_of
from settings.artifacts.images import IMAGES, VLLM, ContainerImage, in_mirror
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


def test_what_a_mirror_has() -> None:
    assert in_mirror(VLLM.reference, MIRROR)
    assert in_mirror(f"{MIRROR}/ours:v1", MIRROR)
    assert not in_mirror("vllm/vllm-openai:v0.31.0", MIRROR)
