"""Faults are files beside the pods and nodes that they hit."""

from contextlib import ExitStack

import pytest

from cli.console import UsageError
from rehearsal.chaos.alerting.stage import Stage
from rehearsal.images.gpu import faults
from rehearsal.images.gpu.faults import GpuFault
from rehearsal.images.vllm.faults import EngineFaults


class Client:
    """Two pods of a service on a node with a GPU, and one that waits."""

    def list(self, _version, kind, *, label_selector=""):
        if kind == "Node":
            names = {"cpu": "0", "gpu": "1"}
            return [
                {"metadata": {"name": name}, "status": {"allocatable": {"nvidia.com/gpu": count}}}
                for name, count in names.items()
            ]
        if not label_selector.endswith("/instance=chat"):
            return []
        return [
            {"metadata": {"namespace": "llm", "name": name}, "spec": {"nodeName": node}}
            for name, node in (("a", "gpu"), ("b", "gpu"), ("c", None))
        ]


class Fleet:
    def nodes(self):
        return [type("Node", (), {"name": name})() for name in ("cpu", "gpu")]


@pytest.fixture
def stage(tmp_path):
    sandbox = type("Sandbox", (), {"nodes": tmp_path})()
    return Stage(sandbox=sandbox, stack="dev", client=Client(), fleet=Fleet(), outputs={})


def test_a_fault_of_engines_is_cleared_when_its_time_fails(stage, tmp_path):
    fault = EngineFaults(no_metrics=True)
    failing = ExitStack()
    folders = failing.enter_context(stage.engine_fault("chat", fault))
    assert folders == [tmp_path / "llm_a", tmp_path / "llm_b"]
    assert [EngineFaults.read(folder) for folder in folders] == [fault, fault]
    error = RuntimeError("the watch failed")
    assert not failing.__exit__(type(error), error, None)
    assert EngineFaults.read(tmp_path / "llm_a") == EngineFaults()


def test_a_service_without_pods(stage):
    with pytest.raises(UsageError, match="--service other: no pod of it runs"):
        stage.engines("other")


def test_a_fault_of_a_gpu(stage, tmp_path):
    node = stage.gpu_node("").name
    with stage.gpu_fault(node, GpuFault(xid=79)):
        assert faults.read(tmp_path / "gpu") == {0: GpuFault(xid=79)}
    assert faults.read(tmp_path / "gpu") == {}
    with pytest.raises(UsageError, match="--node cpu: no node of that name has GPUs"):
        stage.gpu_node("cpu")
