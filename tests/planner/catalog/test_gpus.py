"""GPUs by the names people give them, and what is known of them."""

import pytest

from planner.catalog.gpus import UnknownGpuError, gpu_named, gpu_of, known_gpus
from planner.catalog.instances import instance_type, instance_types


@pytest.mark.parametrize(
    ("name", "found", "visible"),
    [
        ("H100", "H100", 79.18),
        ("NVIDIA H100 80GB HBM3", "H100", 79.18),
        ("NVIDIA A100-SXM4-80GB", "A100 80GB", 79.2),
        ("A100-40GB", "A100 40GB", 39.4),
        ("a100", "A100 80GB", 79.2),
        ("l40s", "L40S", 44.31),
        ("RTX 4090", "RTX 4090", 23.52),
        ("NVIDIA GeForce RTX 3090", "RTX 3090", 23.58),
        ("4090", "RTX 4090", 23.52),
        ("Tesla T4", "T4", 14.56),
        ("Tesla V100-SXM2-16GB", "V100", 15.77),
    ],
)
def test_a_gpu_by_any_of_its_names(name: str, found: str, visible: float) -> None:
    gpu = gpu_named(name)
    assert (gpu.name, gpu.visible_gib) == (found, visible)


def test_a_gpu_the_table_does_not_know_needs_its_memory() -> None:
    with pytest.raises(UnknownGpuError, match=r"'H100X' is not in the table: nearest: H100.*--visible-gib"):
        gpu_named("H100X")
    gpu = gpu_named("MI300X", 191.5)
    assert (gpu.name, gpu.visible_gib, gpu.capability) == ("MI300X", 191.5, None)
    assert gpu.bfloat16
    assert gpu.fp8


def test_a_gpu_whose_memory_the_table_does_not_know() -> None:
    with pytest.raises(
        UnknownGpuError, match="what CUDA shows of a A30 is not in the table: say it with --visible-gib"
    ):
        gpu_named("A30")
    assert gpu_named("A30", 23.6).capability == 8.0


def test_given_memory_goes_before_the_table() -> None:
    assert gpu_named("H100", 93.1).visible_gib == 93.1


@pytest.mark.parametrize(
    ("type_", "gpu", "visible"),
    [
        ("g4dn.xlarge", "T4", 14.56),
        ("g5.xlarge", "A10G", 22.06),
        ("g6.xlarge", "L4", 22.06),
        ("g6e.xlarge", "L40S", 44.31),
        ("p4d.24xlarge", "A100", 39.4),
        ("p4de.24xlarge", "A100", 79.2),
        ("p5.48xlarge", "H100", 79.18),
        ("p5e.48xlarge", "H200", 139.81),
    ],
)
def test_the_gpu_of_an_instance_type(type_: str, gpu: str, visible: float) -> None:
    found = gpu_of(instance_type(type_))
    assert (found.name, found.visible_gib) == (gpu, visible)
    assert found.measured


def test_every_gpu_of_the_instance_table_has_memory_below_what_ec2_states() -> None:
    for machine in instance_types().values():
        if machine.gpu:
            found = gpu_of(machine)
            assert 0.9 * machine.gpu.memory_mib / 1024 < found.visible_gib <= machine.gpu.memory_mib / 1024
            assert found.measured or found.visible_gib < machine.gpu.memory_mib / 1024


def test_an_instance_type_without_a_gpu() -> None:
    with pytest.raises(UnknownGpuError, match=r"m5.xlarge has no GPU: take one such as g6e.xlarge"):
        gpu_of(instance_type("m5.xlarge"))


def test_what_generations_compute() -> None:
    abilities = {
        name: (gpu.bfloat16, gpu.fp8_weights, gpu.fp8)
        for name in ("T4", "A10G", "L4", "H100")
        for gpu in (gpu_named(name),)
    }
    assert abilities == {
        "T4": (False, False, False),
        "A10G": (True, True, False),
        "L4": (True, True, True),
        "H100": (True, True, True),
    }
    assert len(known_gpus()) > 20
