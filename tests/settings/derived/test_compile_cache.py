"""The key of what an engine compiles."""

from typing import Any

import pytest

from settings.derived.capacity import pool_facts
from settings.derived.compile_cache import cache_key
from settings.models.pools import GpuPool, KarpenterGpuPool, PoolFacts
from settings.models.services.vllm import VllmSettings

BUCKET = {"source": "bucket", "size_gib": 7.5, "prefix": "weights/qwen"}


def service(**changes: Any) -> VllmSettings:
    usual = {
        "model": "Qwen/Qwen3-4B",
        "pool": "gpu",
        "max_model_len": 8192,
        "weights": BUCKET,
        "image": f"vllm/vllm-openai:v0.32.0@sha256:{'0a' * 32}",
        "compile_cache": True,
    }
    return VllmSettings.model_validate({**usual, **changes})


def pool(*types: str) -> PoolFacts:
    made = GpuPool(kind="gpu", instance_types=types, max=2)
    return pool_facts({"gpu": made}, {"chat": service()})["gpu"]


def key(found: PoolFacts | None = None, **changes: Any) -> str:
    return cache_key(service(**changes), found or pool("g6.2xlarge"), ["--max-model-len=8192"])


def test_it_stays_from_version_to_version() -> None:
    """Another key is a GPU for one start of every engine: this value changes for a reason, with ``_FORMAT``."""
    assert key() == "23d880a41ead2e6ec3991322b5a230482f76c1ed69798a5904c525f5ed7ff1e4"


def test_the_pool_counts_by_its_families_and_gpus() -> None:
    assert key() == key(pool("g6.4xlarge")) == key(pool("g6.4xlarge", "g6.2xlarge"))
    assert key() != key(pool("g5.2xlarge"))
    assert key() != key(pool("gr6.4xlarge")), "the same GPU beside another processor"
    karpenter = KarpenterGpuPool(
        kind="gpu", provisioner="karpenter", instance_types=("g6.2xlarge",), limits={"gpus": 1}
    )
    assert key() == key(pool_facts({"gpu": karpenter}, {"chat": service()})["gpu"])


@pytest.mark.parametrize(
    "changes",
    [
        {"image": f"vllm/vllm-openai:v0.32.0@sha256:{'0b' * 32}"},
        {"tensor_parallel": 2},
        {"pipeline_parallel": 2},
        {"model": "Qwen/Qwen3-8B"},
        {"weights": {**BUCKET, "revision": "v2"}},
        {"weights": {"source": "hub", "size_gib": 7.5}},
    ],
)
def test_what_the_code_depends_on(changes: dict[str, Any]) -> None:
    assert key() != key(**changes)


def test_the_tag_beside_a_digest_does_not_count_nor_a_slash() -> None:
    assert key() == key(image=f"mirror.example.com/vllm/vllm-openai@sha256:{'0a' * 32}")
    assert key() == key(weights={**BUCKET, "prefix": "weights/qwen/"})
