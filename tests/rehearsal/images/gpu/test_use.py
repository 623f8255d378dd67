import os
import subprocess

from rehearsal.images.gpu.use import GpuUse


def use(process: int, pod: str = "a") -> GpuUse:
    return GpuUse(
        namespace="chat", pod=pod, container="vllm", gpus=1, memory_share=0.9, busy_seconds=1.5, process=process
    )


def test_only_processes_that_live_use_gpus(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    use(ended.pid, "gone").write(tmp_path)
    use(os.getpid()).write(tmp_path)
    use(os.getpid()).write(tmp_path)
    assert GpuUse.read_all(tmp_path) == [use(os.getpid())]


def test_a_node_without_files(tmp_path):
    assert GpuUse.read_all(tmp_path) == []
