"""Objects the node agent's tests put into a cluster."""

from typing import Any

Object = dict[str, Any]
TOLERATION = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
ALLOW_LIST = """
class AllowList:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"].startswith("/v1/") or scope["path"] == "/health":
            await self.app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
"""


def device_plugin() -> Object:
    """The NVIDIA device plugin's DaemonSet."""
    labels = {"app": "nvidia-device-plugin"}
    folder = "/var/lib/kubelet/device-plugins"
    container = {
        "name": "plugin",
        "image": "nvcr.io/nvidia/k8s-device-plugin:v0.18.2",
        "volumeMounts": [{"name": "sockets", "mountPath": folder}],
    }
    spec = {
        "nodeSelector": {"accelerator": "nvidia"},
        "tolerations": [TOLERATION],
        "containers": [container],
        "volumes": [{"name": "sockets", "hostPath": {"path": folder}}],
    }
    template = {"metadata": {"labels": labels}, "spec": spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "nvidia-device-plugin", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def vllm_pod(*, gpus: int = 1, tolerate: bool = True, tag: str = "v0.32.0", pre_stop: int = 1) -> Object:
    """The pod spec of a vLLM service, in small."""
    container = {
        "name": "vllm",
        "image": f"vllm/vllm-openai:{tag}",
        "command": ["vllm", "serve"],
        "args": [
            "org/model", "--host=0.0.0.0", "--port=8000", "--served-model-name=model", "--shutdown-timeout=20",
            "--max-model-len=4096", f"--tensor-parallel-size={gpus}", "--middleware=allow.AllowList",
        ],
        "env": [
            {"name": "VLLM_API_KEY", "valueFrom": {"secretKeyRef": {"name": "vllm", "key": "api_key"}}},
            {"name": "PYTHONPATH", "value": "/etc/middleware"},
        ],
        "ports": [{"name": "http", "containerPort": 8000}],
        "resources": {"limits": {"nvidia.com/gpu": str(gpus)}},
        "startupProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 10, "failureThreshold": 30},
        "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 5},
        "lifecycle": {"preStop": {"sleep": {"seconds": pre_stop}}},
        "securityContext": {"allowPrivilegeEscalation": False},
        "volumeMounts": [
            {"name": "middleware", "mountPath": "/etc/middleware", "readOnly": True},
            {"name": "cache", "mountPath": "/home/vllm/.cache"},
        ],
    }  # fmt: skip
    return {
        "terminationGracePeriodSeconds": 40,
        "securityContext": {"runAsUser": 2000, "runAsGroup": 0, "runAsNonRoot": True},
        "tolerations": [TOLERATION] if tolerate else [],
        "containers": [container],
        "volumes": [
            {"name": "middleware", "configMap": {"name": "allow"}},
            {"name": "cache", "emptyDir": {}},
        ],
    }


def deployment(name: str, pod: Object, *, replicas: int = 1, surge: int = 0) -> Object:
    """A Deployment of ``pod``."""
    labels = {"app": name}
    rolling = {"maxSurge": surge, "maxUnavailable": 0 if surge else 1}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "llm"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def load_balancer(name: str, *, port: int = 8080, ranges: list[str] | None = None) -> Object:
    """A Service of type LoadBalancer before the Deployment ``name``."""
    spec: Object = {
        "type": "LoadBalancer",
        "loadBalancerClass": "service.k8s.aws/nlb",
        "selector": {"app": name},
        "ports": [{"name": "http", "port": port, "targetPort": "http"}],
    }
    if ranges:
        spec["loadBalancerSourceRanges"] = ranges
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "llm"}, "spec": spec}


def mirror_job() -> Object:
    """A Job that runs the mirror script, as the component's does."""
    values = {"MODEL": "org/model", "REVISION": "main", "BUCKET": "models", "PREFIX": "weights/org/model"}
    container = {
        "name": "mirror",
        "image": "public.ecr.aws/lambda/python:3.13",
        "command": ["python3", "/etc/mirror/mirror.py"],
        "env": [{"name": name, "value": value} for name, value in values.items()],
        "volumeMounts": [{"name": "script", "mountPath": "/etc/mirror"}],
    }
    pod = {
        "serviceAccountName": "reader",
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "script", "configMap": {"name": "mirror"}}],
    }
    meta = {"name": "mirror", "namespace": "llm"}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": {"template": {"spec": pod}}}


def fixtures() -> list[Object]:
    """What the pods above refer to."""
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "llm"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "vllm", "namespace": "llm"},
         "stringData": {"api_key": "secret-key"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "allow", "namespace": "llm"},
         "data": {"allow.py": ALLOW_LIST}},
        {"apiVersion": "v1", "kind": "Secret", "type": "llm-platform/recorded-helm-release", "metadata": {
            "name": "recorded-helm-release.alb", "namespace": "kube-system",
            "annotations": {"llm-platform/chart": "aws-load-balancer-controller"}}},
        device_plugin(),
    ]  # fmt: skip
