"""GPUs follow the engines that have them."""

from rehearsal.images.dcgm_exporter.gpus import Gpus
from rehearsal.images.gpu.faults import GpuFault
from rehearsal.images.gpu.use import GpuUse


def use(process: int, *, gpus: int = 1, busy: float = 0.0) -> GpuUse:
    return GpuUse(
        namespace="chat",
        pod=f"pod-{process}",
        container="vllm",
        gpus=gpus,
        memory_share=0.5,
        busy_seconds=busy,
        process=process,
    )


def gpus(count: int = 2) -> Gpus:
    return Gpus(count, node="ip-10-0-0-1.ec2.internal", model="NVIDIA A10G", memory_mib=22_000)


def test_an_idle_gpu() -> None:
    found = gpus()
    found.sample([], {}, 1)
    one = found.all[0]
    assert one.owner is None
    assert one.value("DCGM_FI_DEV_GPU_UTIL") == one.value("DCGM_FI_DEV_XID_ERRORS") == 0
    assert one.value("DCGM_FI_DEV_FB_USED") + one.value("DCGM_FI_DEV_FB_FREE") == 22_000
    assert one.uuid != found.all[1].uuid
    assert one.uuid == gpus().all[0].uuid


def test_utilization_is_the_share_of_the_interval_in_which_the_engine_computed() -> None:
    found = gpus()
    found.sample([use(7, busy=10)], {}, 1)
    assert found.all[0].busy == 0, "what was before the first sample is not of the interval"
    found.sample([use(7, busy=10.5)], {}, 2)
    assert found.all[0].value("DCGM_FI_DEV_GPU_UTIL") == 25
    assert found.all[0].value("DCGM_FI_DEV_FB_USED") == 11_000
    assert found.all[0].value("DCGM_FI_DEV_GPU_TEMP") > 32
    assert found.all[1].busy == 0
    energy = found.all[0].value("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION")
    found.sample([use(7, busy=20)], {}, 2)
    assert found.all[0].value("DCGM_FI_DEV_GPU_UTIL") == 100
    assert found.all[0].value("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION") > energy


def test_each_process_keeps_its_gpus() -> None:
    found = gpus(4)
    found.sample([use(1, gpus=2), use(2)], {}, 1)
    assert [gpu.owner.pod if gpu.owner else "" for gpu in found.all] == ["pod-1", "pod-1", "pod-2", ""]
    found.sample([use(2), use(3)], {}, 1)
    assert [gpu.owner.pod if gpu.owner else "" for gpu in found.all] == ["pod-3", "", "pod-2", ""]


def test_a_fault() -> None:
    found = gpus()
    found.sample([], {1: GpuFault(xid=79, temperature=96)}, 1)
    assert found.all[1].value("DCGM_FI_DEV_XID_ERRORS") == 79
    assert found.all[1].value("DCGM_FI_DEV_GPU_TEMP") == 96
    assert found.all[0].value("DCGM_FI_DEV_XID_ERRORS") == 0
