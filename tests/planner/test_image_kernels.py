"""Compute capabilities that the images of each vLLM release have kernels for."""

import pytest

from planner.image_kernels import of_image, of_release, releases_for


@pytest.mark.parametrize(
    ("image", "volta", "turing", "blackwell"),
    [
        ("vllm/vllm-openai:v0.8.5", True, True, False),
        ("vllm/vllm-openai:v0.9.0", False, True, True),
        ("vllm/vllm-openai:v0.9.2", False, True, True),
        ("vllm/vllm-openai:v0.10.1", False, True, True),
        ("vllm/vllm-openai:v0.10.2", True, True, True),
        ("vllm/vllm-openai:v0.19.1", True, True, True),
        ("vllm/vllm-openai:v0.19.1-cu130", False, True, True),
        ("vllm/vllm-openai:v0.20.0", False, True, True),
        ("vllm/vllm-openai:v0.32.0", False, True, True),
        ("vllm/vllm-openai:v0.32.0-cu129", False, True, True),
        ("mirror/vllm:nightly-2f4117c5ab0c8b8ee8e3ae0f6b8b6e6a1d7c9e01", False, True, True),
    ],
)
def test_which_gpus_an_image_serves(image: str, *, volta: bool, turing: bool, blackwell: bool) -> None:
    found = of_image(image)
    assert [found.include(one) for one in (7.0, 7.5, 10.0)] == [volta, turing, blackwell]


def test_no_release_serves_pascal() -> None:
    assert not any(of_release(release).include(6.0) for release in [None, (0, 8, 5), (0, 12, 0), (0, 33, 0)])


@pytest.mark.parametrize(
    ("capability", "releases"),
    [(6.0, ""), (7.0, "0.8, or 0.10.2 to 0.19"), (7.5, "0.8 or newer"), (9.0, "0.8 or newer"), (10.0, "0.9 or newer")],
)
def test_the_releases_for_a_gpu(capability: float, releases: str) -> None:
    assert releases_for(capability) == releases
