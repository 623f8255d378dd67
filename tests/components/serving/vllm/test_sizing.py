import pytest

from components.serving.vllm.sizing import sizing
from settings.models.pools import PoolFacts
from tests.components.builders import BUCKET, HUB, service_settings


def pool(*types: str, gpus: int) -> PoolFacts:
    return PoolFacts(kind="gpu", instance_types=types, gpus_per_node=gpus, desired=1, max=1, labels={}, taints=())


def test_a_replica_with_a_part_of_the_node_s_gpus_gets_that_part():
    one, two = (sizing(service_settings(tensor_parallel=gpus), pool("g5.12xlarge", gpus=4)) for gpus in (1, 2))
    assert (one.cpu_millicores, one.memory_mib) == (9_000, 36 * 1024), "48 vCPUs and 192 GiB for 4 GPUs"
    assert (two.cpu_millicores, two.memory_mib) == (18_000, 72 * 1024)
    assert (one.gpus, two.gpus) == (1, 2)


def test_all_replicas_of_a_full_node_fit_beside_each_other():
    share = sizing(service_settings(), pool("g5.12xlarge", gpus=4))
    assert 4 * share.memory_mib < 192 * 1024
    assert 4 * share.cpu_millicores < 48_000


def test_the_smallest_type_of_a_mixed_pool_decides():
    mixed = sizing(service_settings(), pool("g5.4xlarge", "g5.2xlarge", gpus=1))
    assert mixed == sizing(service_settings(), pool("g5.2xlarge", gpus=1))


def test_types_with_too_few_gpus_decide_nothing():
    of_karpenter = pool("g5.xlarge", "g5.12xlarge", gpus=4).model_copy(update={"provisioner": "karpenter"})
    assert sizing(service_settings(tensor_parallel=2), of_karpenter) == sizing(
        service_settings(tensor_parallel=2), pool("g5.12xlarge", gpus=4)
    )
    assert sizing(service_settings(), of_karpenter) == sizing(service_settings(), pool("g5.xlarge", gpus=1))


@pytest.mark.parametrize(
    ("args", "image", "shm_gib"),
    [
        ({}, "v0.32.0", 4),
        ({"kv-offloading-size": 10}, "v0.32.0", 14),
        ({"kv-offloading-size": "10.5"}, "v0.27.1", 15),
        ({"kv-offloading-size": 10}, "v0.26.0", 4),
        ({"mm-processor-cache-type": "shm", "mm-processor-cache-gb": 6}, "v0.32.0", 10),
    ],
)
def test_what_options_keep_in_the_shared_memory_has_room_there(args, image, shm_gib):
    service = service_settings(tensor_parallel=2, args=args, image=f"vllm/vllm-openai:{image}")
    found = sizing(service, pool("g5.12xlarge", gpus=4))
    assert (found.shm_gib, found.memory_mib) == (shm_gib, 72 * 1024)


@pytest.mark.parametrize(("weights", "room"), [(HUB, 15), (BUCKET, 0)])
def test_downloads_have_room_in_the_cache_and_streams_need_none(weights, room):
    assert room < sizing(service_settings(weights=weights), pool("g5.2xlarge", gpus=1)).cache_gib < room + 20
