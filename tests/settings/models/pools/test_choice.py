"""Which model reads a pool."""

import pytest

from settings.models.pools import UnknownPoolError, pool_model
from tests.settings.models.pools.karpenter_pools import CPU, GPU, read


@pytest.mark.parametrize(
    ("pool", "name"),
    [
        ({"kind": "system"}, "SystemPool"),
        ({"kind": "cpu", "provisioner": "node_group"}, "CpuPool"),
        ({"kind": "gpu"}, "GpuPool"),
        (CPU, "KarpenterCpuPool"),
        (GPU, "KarpenterGpuPool"),
    ],
)
def test_kind_and_provisioner_choose_the_model(pool: dict[str, object], name: str) -> None:
    assert pool_model(pool).__name__ == name


@pytest.mark.parametrize(
    ("pool", "key", "fix"),
    [
        ({}, "kind", "is missing: choose from cpu, gpu, system"),
        ({"kind": ["gpu"]}, "kind", "choose from cpu, gpu, system"),
        ({"kind": "gpu", "provisioner": "asg"}, "provisioner", "choose from karpenter, node_group"),
        ({"kind": "gpu", "provisioner": None}, "provisioner", "choose from karpenter, node_group"),
        ({"kind": "system", "provisioner": "karpenter"}, "provisioner", "the system pool runs Karpenter itself"),
    ],
)
def test_what_no_model_reads_is_refused_at_its_key(pool: dict[str, object], key: str, fix: str) -> None:
    with pytest.raises(UnknownPoolError, match=fix) as caught:
        pool_model(pool)
    assert caught.value.key == key
    _, issues = read(pool)
    assert [issue.path for issue in issues] == [f"pools.k.{key}"]


def test_anything_but_a_map_is_one_issue() -> None:
    _, issues = read([1])
    assert [str(issue) for issue in issues] == ["llm-platform:pools.k: is [1]: write a map, KEY: VALUE"]
