"""Weights from the bucket never take more memory than the pod may: the whole catalogue on the sizes people take."""

from collections import Counter

import pytest

from components.vllm.sizing import sizing
from foundation.model_fit import service_fit
from foundation.pool_settings import PoolFacts
from foundation.service_settings import ServiceSettings
from foundation.streaming import loader_config
from planner.fit import Verdict
from planner.instances import InstanceType, instance_types
from planner.memory.tensors import largest_tensor_bytes
from planner.memory.weights import checkpoint_bytes
from planner.model.catalogue import Known, known_models

FAMILIES = ("g5", "g6", "g6e", "p4d", "p5")
MACHINES = [machine for machine in instance_types().values() if machine.family in FAMILIES]
DEGREES = (1, 2, 4, 8)


def service(model: str, degree: int, **changes: object) -> ServiceSettings:
    usual = {
        "model": model,
        "pool": "gpu",
        "tensor_parallel": degree,
        "max_model_len": 4096,
        "weights": {"source": "bucket", "prefix": "weights/model"},
    }
    return ServiceSettings.model_validate(usual | changes)


def facts(machine: InstanceType) -> PoolFacts:
    return PoolFacts(
        kind="gpu", instance_types=(machine.name,), gpus_per_node=machine.gpus, desired=1, max=1, labels={}, taints=()
    )


def passed(machine: InstanceType, known: Known, degree: int) -> bool:
    answer = service_fit(service(known.name, degree), facts(machine))
    return answer is not None and answer.verdict is Verdict.FITS


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_no_combination_that_fits_has_buffers_above_the_pods_limit(machine: InstanceType) -> None:
    pool, seen = facts(machine), Counter[str]()
    for degree in (degree for degree in DEGREES if degree <= machine.gpus):
        for known in known_models():
            if not passed(machine, known, degree):
                continue
            settings = service(known.name, degree)
            config, limit = loader_config(settings, pool), sizing(settings, pool).memory_mib * 1024**2
            assert config["memory_limit"] >= largest_tensor_bytes(known.shape), known.name
            buffers = degree * min(config["memory_limit"], checkpoint_bytes(known.shape))
            # Processes and vLLM's copies take more than a third of the smallest pods.
            assert buffers < 0.6 * limit, (known.name, degree)
            assert set(config) <= {"concurrency", "memory_limit", "distributed"}, "vLLM refuses any other key"
            assert "distributed" not in config or (config["distributed"] is True and degree > 1)
            seen["shared" if config.get("distributed") else "alone" if degree == 1 else "no room"] += 1
    assert seen["alone"] > 0
    assert seen["no room"] <= 0.05 * seen.total(), seen


def test_processes_share_the_reading() -> None:
    machine = instance_types()["g6e.12xlarge"]
    large = loader_config(service("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", 4), facts(machine))
    assert large == {"concurrency": 32, "memory_limit": 18 * 1024**3, "distributed": True}
    stages = service("Qwen/Qwen3-32B", 1, pipeline_parallel=4)
    assert loader_config(stages, facts(machine))["distributed"] is True, "torch's world has the stages too"
    old = service("Qwen/Qwen3-32B", 4, image="vllm/vllm-openai:v0.11.0")
    assert "distributed" not in loader_config(old, facts(machine))


def test_a_gpu_without_room_for_sharing_reads_by_itself() -> None:
    pool = facts(instance_types()["g5.48xlarge"])
    assert "distributed" not in loader_config(service("meta-llama/Llama-3.1-70B-Instruct", 8), pool)
    assert "distributed" in loader_config(service("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", 8), pool)


def test_a_model_that_is_not_known_has_a_bound_or_the_streamer_finds_it() -> None:
    weights = {"source": "bucket", "prefix": "weights/new", "size_gib": 15}
    small = loader_config(service("someone/new-7b", 1, weights=weights), facts(instance_types()["g5.xlarge"]))
    assert small["memory_limit"] == 0, "just the largest tensor, whatever it is"
    roomy = loader_config(service("someone/new-7b", 1, weights=weights), facts(instance_types()["g5.8xlarge"]))
    assert roomy["memory_limit"] == 24 * 1024**3
