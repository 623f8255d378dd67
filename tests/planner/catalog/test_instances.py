"""Tables of instance types."""

import pytest

from planner.catalog.instances import UnknownInstanceTypeError, instance_type, instance_types


@pytest.mark.parametrize(
    ("name", "gpu", "gpus", "bfloat16", "fp8"),
    [
        ("g4dn.xlarge", "T4", 1, False, False),
        ("g5.12xlarge", "A10G", 4, True, False),
        ("g6.2xlarge", "L4", 1, True, True),
        ("g6e.12xlarge", "L40S", 4, True, True),
        ("p3.2xlarge", "V100", 1, False, False),
        ("p4d.24xlarge", "A100", 8, True, False),
        ("p5.48xlarge", "H100", 8, True, True),
    ],
)
def test_what_the_gpus_of_each_family_can_do(name: str, gpu: str, gpus: int, *, bfloat16: bool, fp8: bool) -> None:
    machine = instance_type(name)
    assert machine.gpu is not None
    assert (machine.gpu.name, machine.gpus) == (gpu, gpus)
    assert (machine.gpu.bfloat16, machine.gpu.fp8) == (bfloat16, fp8)


def test_cpu_types_have_no_gpus() -> None:
    machine = instance_type("m5.xlarge")
    assert (machine.vcpus, machine.memory_gib, machine.gpus, machine.gpu) == (4, 16, 0, None)
    assert machine.family == "m5"


@pytest.mark.parametrize(
    ("name", "gib"), [("g5.xlarge", 232.8), ("g4dn.xlarge", 116.4), ("p3.2xlarge", 0), ("c6i.xlarge", 0)]
)
def test_disks_of_the_instance_itself(name: str, gib: float) -> None:
    assert instance_type(name).instance_store_gib == pytest.approx(gib, abs=0.1)


def test_an_unknown_type_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownInstanceTypeError, match=r"nearest: g5\.2xlarge"):
        instance_type("g5.2xlarg")


def test_every_row_is_whole() -> None:
    assert len(instance_types()) > 100
    for name, machine in instance_types().items():
        assert machine.name == name
        assert machine.vcpus > 0
        assert machine.memory_gib > 0
        assert (machine.gpus > 0) == (machine.gpu is not None)
