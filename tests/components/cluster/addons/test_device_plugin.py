from functools import cache

from tests.components.builders import cluster
from tests.harness import Deployment


@cache
def deployed() -> Deployment:
    return cluster()


def test_the_device_plugin_runs_on_gpu_nodes_only():
    spec = deployed().one("DaemonSet").inputs["spec"]["template"]["spec"]
    assert spec["nodeSelector"] == {"accelerator": "nvidia"}
    assert spec["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert spec["volumes"][0]["hostPath"]["path"] == "/var/lib/kubelet/device-plugins"
    assert spec["containers"][0]["image"].startswith("nvcr.io/nvidia/k8s-device-plugin:v")
    assert cluster(gpu=False).of_type("DaemonSet") == []
