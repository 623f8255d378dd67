"""Main memory for weights from the bucket, in the settings."""

from typing import Any

import pytest

from tests.settings.bad_settings import PLATFORM
from tests.settings.reading import changed, lines, read, run

BUCKET = {"source": "bucket", "prefix": "weights/model"}


def stack(machine: str, **service: Any) -> dict[str, Any]:
    pool = {"kind": "gpu", "instance_types": [machine], "max": 2, "disk_gib": 300}
    small = {**PLATFORM["services"]["small"], "pool": "here", **service}
    small.pop("quantization", None)
    return changed(changed(PLATFORM, "pools.here", pool), "services", {"small": small})


def test_too_little_main_memory_is_refused_with_a_type_that_has_enough() -> None:
    settings = stack(
        "g5.xlarge",
        model="Qwen/Qwen3-8B",
        max_model_len=4096,
        weights=BUCKET,
        args={"cpu-offload-gb": 6},
    )
    told = [line for line in lines(run(settings)) if "main memory" in line]
    assert len(told) == 1
    assert "services.small.pool: a pod with 1 of the GPUs of g5.xlarge may take 12 GiB" in told[0]
    assert told[0].endswith("take a larger size of g5, such as g5.2xlarge")


@pytest.mark.parametrize(
    ("image", "size", "machine", "enough"),
    [
        ("v0.32.0", 5, "g5.2xlarge", ""),
        ("v0.32.0", 24, "g5.2xlarge", "g5.4xlarge"),
        ("v0.26.0", 12, "g5.2xlarge", "g5.4xlarge"),
        ("v0.32.0", 60, "g5.4xlarge", "g5.8xlarge"),
        ("v0.32.0", "60", "g5.4xlarge", "g5.8xlarge"),
    ],
)
@pytest.mark.parametrize("more", [{}, {"enable-lora": True}])
@pytest.mark.parametrize("weights", [BUCKET, {"source": "hub"}])
def test_kv_cache_in_main_memory_is_refused_with_a_type_that_has_enough(
    image: str, size: object, machine: str, enough: str, more: dict[str, Any], weights: dict[str, Any]
) -> None:
    settings = stack(
        machine,
        model="Qwen/Qwen3-8B",
        max_model_len=4096,
        weights=weights,
        image=f"vllm/vllm-openai:{image}",
        args={"kv-offloading-size": size, **more},
    )
    deployment = run(settings)
    if not enough:
        assert deployment.error is None
        return
    found = [line for line in lines(deployment) if "main memory" in line]
    (line,) = found
    assert "services.small.pool: a pod with 1 of the GPUs" in line or "services.small.pool: a pod with 1 GPUs" in line
    assert "of it for kv-offloading-size" in line
    assert line.endswith(f"such as {enough}")


def test_it_is_refused_too_where_the_fit_is_not_computed() -> None:
    """LoRA changes the GPU's memory in ways the planner does not compute; the main memory is the same."""
    settings = stack(
        "g5.xlarge",
        model="Qwen/Qwen3-8B",
        max_model_len=4096,
        weights=BUCKET,
        args={"cpu-offload-gb": 6, "enable-lora": True},
    )
    told = [line for line in lines(run(settings)) if "main memory" in line]
    assert len(told) == 1
    assert told[0].endswith("take a larger size of g5, such as g5.2xlarge")


def test_what_is_assumed_of_an_unknown_model_is_reported_where_it_matters() -> None:
    unknown = {"model": "someone/new-7b", "max_model_len": 4096, "weights": {**BUCKET, "size_gib": 14}}
    told = [line for line in read(stack("g5.xlarge", **unknown)).warnings if "largest tensor" in line]
    assert len(told) == 1
    assert "services.small.weights: the largest tensor of someone/new-7b is not known; at 5.9 GiB" in told[0]
    assert told[0].endswith("take a larger size of g5, such as g5.2xlarge")
    assert not [line for line in read(stack("g5.4xlarge", **unknown)).warnings if "largest tensor" in line]


def test_the_loaders_options_are_the_platforms() -> None:
    told = lines(run(stack("g5.xlarge", args={"model-loader-extra-config": {"memory_limit": 1}})))
    assert any("services.small.args.model-loader-extra-config: is the platform's own: " in line for line in told)
    assert any("memory_limit" in line and "omit it" in line for line in told)
