"""Which tags of images can move, and the vLLM release that a tag names."""

import pytest

from planner.image_tags import moves, tag_of, vllm_release

COMMIT = "2f4117c5ab0c8b8ee8e3ae0f6b8b6e6a1d7c9e01"

MOVING = [
    "latest",
    "Latest",
    "nightly",
    "latest-nightly",
    "nightly-aarch64",
    "main",
    "master",
    "stable",
    "dev",
    "edge",
    "head",
    "canary",
    "v0",
    "v0-latest",
    "0",
    "16",
    "16-alpine",
    "3-slim",
    "cu130-nightly",
    "cu130",
    "cuda12.4",
    "ubuntu22.04",
    "py3.11",
    "rocm6.2-nightly",
    "v0.32.0-latest",
    "nightly-v0.32",
    "v0.x",
    "v0.32.x",
    "gptoss",
    "deadbeef",
    "x86_64",
    "pr-12345",
]
FIXED = [
    "v0.32.0",
    "0.32.0",
    "v0.32",
    "v0.8.5.post1",
    "v0.20.0rc1",
    "v0.32.0-cu129",
    "v0.32.0-x86_64",
    "v0.32.0-ubuntu2404",
    "release-1.2.3",
    "24.05-py3",
    "3.10",
    "1.27-alpine",
    "r36.4.0",
    "server-b4521",
    f"nightly-{COMMIT}",
    f"cu130-nightly-{COMMIT}",
    COMMIT,
    "sha-2f4117c",
    "main-2f4117c",
    "nightly-20260814",
    "jammy-20240111",
    "RELEASE.2024-05-10T01-41-38Z",
    "2026.08.14",
]


@pytest.mark.parametrize("tag", MOVING)
def test_a_tag_without_a_version_or_commit_moves(tag: str) -> None:
    assert moves(tag)


@pytest.mark.parametrize("tag", FIXED)
def test_a_version_a_date_or_a_commit_stays(tag: str) -> None:
    assert not moves(tag)


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("vllm/vllm-openai:v0.32.0", "v0.32.0"),
        ("registry:5000/vllm", None),
        ("registry:5000/vllm:nightly", "nightly"),
        ("vllm/vllm-openai", None),
        (f"vllm/vllm-openai:latest@sha256:{'a' * 64}", None),
    ],
)
def test_a_tag_is_what_follows_the_name(image: str, tag: str | None) -> None:
    assert tag_of(image) == tag


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("vllm/vllm-openai:v0.32.0", (0, 32, 0)),
        ("vllm/vllm-openai:0.10.2-cu129", (0, 10, 2)),
        ("vllm/vllm-openai:v0.8.5.post1", (0, 8, 5)),
        ("mirror.example:5000/vllm-openai:v0.9", (0, 9, 0)),
        (f"vllm/vllm-openai:v0.20.1@sha256:{'a' * 64}", (0, 20, 1)),
        (f"vllm/vllm-openai:nightly-{COMMIT}", None),
        ("10.0.0.1:5000/vllm", None),
    ],
)
def test_the_release_in_a_tag(image: str, release: tuple[int, int, int] | None) -> None:
    assert vllm_release(image) == release
