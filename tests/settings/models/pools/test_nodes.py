"""What nodes of every pool have."""

import pytest

from settings.models.pools import known_type
from tests.settings.models.pools.karpenter_pools import CPU, GPU, read


def test_a_type_of_the_tables_is_known() -> None:
    assert known_type("g5.2xlarge") == "g5.2xlarge"


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("g5.2xlarg", "nearest: g5.2xlarge"),
        ("x" * 41, "write it like g5.2xlarge"),
        ("g5g.xlarge", "has an Arm processor"),
        ("m7g.large", "has an Arm processor"),
        ("p6e-gb200.36xlarge", "has an Arm processor"),
        ("g6f.large", "nearest: g6.xlarge"),
    ],
)
def test_any_other_type_is_refused_with_the_nearest(name: str, fix: str) -> None:
    with pytest.raises(ValueError, match=fix):
        known_type(name)


@pytest.mark.parametrize(("pool", "least"), [(GPU, 60), (CPU, 20)])
def test_a_disk_holds_the_images(pool: dict[str, object], least: int) -> None:
    _, issues = read({**pool, "disk_gib": least - 1})
    assert [str(issue) for issue in issues] == [f"llm-platform:pools.k.disk_gib: is {least - 1}: {least} at least"]


def test_gpus_of_one_name_differ_by_their_memory() -> None:
    pool = {**GPU, "instance_types": ["p4d.24xlarge", "p4de.24xlarge"], "limits": {"gpus": 8}}
    _, (issue,) = read(pool)
    assert "(p4d.24xlarge A100 of 40 GiB, p4de.24xlarge A100 of 80 GiB)" in issue.message
