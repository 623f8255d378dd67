"""The one formula."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.coldstart.engine import StartUp
from settings.derived.capacity import pool_facts
from settings.derived.shutdown import GRACE_SECONDS
from settings.derived.timeouts import (
    LEAST_STARTUP_SECONDS,
    LOAD_BALANCER_SECONDS,
    PROBE_PERIOD_SECONDS,
    REGISTRATION_SECONDS,
    Timing,
    service_start,
    service_timing,
    timing,
)
from settings.models.pools import GpuPool
from settings.models.services.vllm import VllmSettings


def service(machine: str = "g6e.12xlarge", **changes: Any) -> tuple[VllmSettings, Any]:
    """A service from the bucket, and its pool."""
    usual = {
        "model": "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic",
        "pool": "gpu",
        "tensor_parallel": 4,
        "max_model_len": 8192,
        "weights": {"source": "bucket", "prefix": "weights/model"},
    }
    settings = VllmSettings.model_validate({**usual, **changes})
    pool = GpuPool(kind="gpu", instance_types=(machine,), max=2)
    return settings, pool_facts({"gpu": pool}, {"model": settings})["gpu"]


def waits_of(machine: str = "g6e.12xlarge", **changes: Any) -> Timing:
    return service_timing(*service(machine, **changes))


def test_a_70b_from_the_bucket() -> None:
    waits = waits_of()
    # Reported for it on faster or equal GPUs: 300 to 430 s.
    assert 430 * 2 < waits.startup < 3600
    assert waits.expected < waits.startup
    assert waits.progress_deadline == waits.startup + 900 + GRACE_SECONDS + LOAD_BALANCER_SECONDS
    assert waits.pulumi_timeout == f"{waits.progress_deadline + 300}s"
    assert waits.pulumi_rollout_timeout(1) == waits.pulumi_timeout
    assert waits.pulumi_rollout_timeout(3) == f"{3 * waits.progress_deadline + 300}s"


def test_a_node_of_karpenter_may_fail_once() -> None:
    settings, pool = service()
    waits, group = (
        service_timing(settings, pool.model_copy(update={"provisioner": each})) for each in ("karpenter", "node_group")
    )
    assert waits.progress_deadline == group.progress_deadline + REGISTRATION_SECONDS
    assert (waits.startup, waits.expected) == (group.startup, group.expected)
    assert waits.mirror_deadline == group.mirror_deadline, "the Job is on the system pool"


def test_a_hybrid_may_compile_for_as_long_as_was_seen() -> None:
    """vllm-project/vllm#34399: torch.compile alone took more than 800 s, in one run 2,222 s."""
    for model in (
        "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8",
        "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
        "nvidia/Nemotron-H-8B-Base-8K",
    ):
        waits = waits_of(
            "p5.48xlarge",
            model=model,
            tensor_parallel=1,
            weights={"source": "bucket", "prefix": "weights/model", "size_gib": 31},
        )
        assert waits.startup > 2222 + 31 / 0.4 + 60


@pytest.mark.parametrize(
    "model",
    [
        "Qwen/Qwen3-Next-80B-A3B-Instruct",
        "Qwen/Qwen3.5-35B-A3B",
        "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
        "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4",
        "nvidia/Nemotron-H-56B-Base-8K",
        "ai21labs/AI21-Jamba-Mini-1.5",
    ],
)
def test_a_hybrid_of_the_catalogue_too(model: str) -> None:
    """Its kind follows from its layers, not from its name."""
    assert waits_of("p5.48xlarge", model=model, max_model_len=4096).startup > 2222


def test_fp8_kernels_that_are_compiled_at_a_first_start_have_time() -> None:
    """vllm-project/vllm#47456: 202 s of DeepGEMM and FlashInfer for a mixture in FP8, beside compile, graphs and weights."""
    start = service_start(*service("p5.48xlarge", model="Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", tensor_parallel=8))
    assert start.kernels >= 202


@pytest.mark.parametrize("seconds", [5400, "5400"])
def test_the_allowance_can_be_raised(seconds: object) -> None:
    assert waits_of(startup_seconds=seconds).startup == 5400


@pytest.mark.parametrize("source", ["bucket", "hub"])
@pytest.mark.parametrize(
    ("model", "machine", "size"),
    [
        ("Qwen/Qwen3-0.6B", "p5.4xlarge", None),
        ("meta-llama/Llama-3.1-8B-Instruct", "g5.2xlarge", None),
        ("someone/a-new-7b", "g6.2xlarge", 15),
    ],
)
def test_even_small_models_may_compile_kernels_at_their_first_start(
    model: str, machine: str, size: float | None, source: str
) -> None:
    """525 s were published for one."""
    weights = (
        {"source": source}
        | ({"prefix": "weights/m"} if source == "bucket" else {})
        | ({"size_gib": size} if size else {})
    )
    assert waits_of(machine, model=model, tensor_parallel=1, weights=weights).startup > 525


def test_it_follows_what_makes_a_start_slow() -> None:
    base = service_start(*service())
    hub = service_start(*service(weights={"source": "hub"}))
    assert hub.weights > base.weights
    assert hub.compile == base.compile
    old = service_start(*service(image="vllm/vllm-openai:v0.11.0"))
    assert old.weights > 3 * base.weights, "before 0.12 each rank reads everything"
    plain = service_start(*service(model="meta-llama/Llama-3.1-70B-Instruct"))
    assert plain.compile < base.compile, "FP8 compiles longer"
    assert plain.kernels < base.kernels
    while_loading = service_start(*service(model="meta-llama/Llama-3.1-70B-Instruct", quantization="fp8"))
    assert while_loading.compile == base.compile
    newer = service_start(*service("p5.48xlarge"))
    assert (newer.compile, newer.kernels, newer.graphs) < (base.compile, base.kernels, base.graphs)
    eager = service_start(*service(args={"enforce-eager": True}))
    assert (eager.compile, eager.graphs) == (0, 0)


def test_a_setting_raises_the_allowance_and_never_lowers_it() -> None:
    computed = waits_of().startup
    assert waits_of(startup_seconds=computed + 1000).startup == computed + 1000
    assert (
        waits_of(startup_seconds=computed + 1000).progress_deadline
        == computed + 1000 + 900 + GRACE_SECONDS + LOAD_BALANCER_SECONDS
    )
    assert waits_of(startup_seconds=60).startup == computed


@given(
    seconds=st.lists(st.integers(0, 5000), min_size=5, max_size=5),
    size=st.floats(0.1, 2000),
    raised=st.none() | st.integers(60, 86400),
    replicas=st.integers(1, 100),
)
def test_every_wait_is_longer_than_the_one_inside_it(
    seconds: list[int], size: float, raised: int | None, replicas: int
) -> None:
    processes, weights, compiled, kernels, graphs = seconds
    start = StartUp(processes=processes, weights=weights, compile=compiled, kernels=kernels, graphs=graphs)
    waits = timing(start, size_gib=size, raised_to=raised)
    assert waits.startup >= max(LEAST_STARTUP_SECONDS, raised or 0, waits.expected)
    assert waits.startup_failure_threshold * PROBE_PERIOD_SECONDS >= waits.startup
    assert waits.startup < waits.progress_deadline < int(waits.pulumi_timeout.removesuffix("s"))
    assert replicas * waits.progress_deadline < int(waits.pulumi_rollout_timeout(replicas).removesuffix("s"))
    assert waits.mirror < waits.mirror_deadline < int(waits.mirror_pulumi_timeout.removesuffix("s"))
