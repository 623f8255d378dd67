"""Which release's options an image is judged by."""

import pytest

from planner.vllm_options.releases import DEFAULT, Release, in_spans, judged_by, known_release, newest, releases
from settings.models.services.vllm import DEFAULT_IMAGE


@pytest.mark.parametrize(
    ("image", "minor"),
    [
        ("vllm/vllm-openai:v0.9.2", 9),
        ("vllm/vllm-openai:0.9.2", 9),
        ("vllm/vllm-openai:v0.8.5.post1", 8),
        ("vllm/vllm-openai:v0.8.2", 8),
        ("vllm/vllm-openai:v0.19.0-cu130", 19),
        ("vllm/vllm-openai:v0.15.1-x86_64", 15),
        ("vllm/vllm-openai:v0.11.2@sha256:" + "0" * 64, 11),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/vllm:v0.32.0", 32),
    ],
)
def test_an_image_of_a_known_release_is_judged_by_it(image: str, minor: int) -> None:
    assert known_release(image) == judged_by(image) == Release(minor)


@pytest.mark.parametrize(
    "image",
    [
        "vllm/vllm-openai@sha256:" + "0" * 64,
        "vllm/vllm-openai:nightly-" + "a" * 40,
        "acme/llm:2026-11-01",
        "vllm/vllm-openai:v1.0.0",
        "vllm/vllm-openai:v0.99.0",
    ],
)
def test_an_image_of_no_known_release_is_judged_by_the_newest(image: str) -> None:
    assert known_release(image) is None
    assert judged_by(image) == newest()


def test_an_image_older_than_the_table_is_judged_by_the_oldest() -> None:
    assert known_release("vllm/vllm-openai:v0.6.6") is None
    assert judged_by("vllm/vllm-openai:v0.6.6") == releases()[0]


def test_the_default_is_the_default_images() -> None:
    assert known_release(DEFAULT_IMAGE) == DEFAULT
    assert DEFAULT in releases()


def test_ranges_name_releases() -> None:
    assert in_spans("8-10,12") == {Release(8), Release(9), Release(10), Release(12)}
    assert str(Release(12)) == "0.12"
