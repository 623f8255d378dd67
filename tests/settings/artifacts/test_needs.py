from typing import Any

from settings.artifacts.charts import CHARTS
from settings.artifacts.images import ALERTMANAGER, DCGM_EXPORTER, ENVOY, GRAFANA, IMAGES, PROMETHEUS, PYTHON
from settings.artifacts.needs import Needs
from settings.models.pools import GpuPool, SystemPool
from settings.models.services.base import ServiceSettings
from settings.models.services.ollama import OllamaSettings
from settings.models.services.vllm import VllmSettings

SYSTEM = SystemPool(kind="system", instance_types=("m5.xlarge",), max=4)
GPU = GpuPool(kind="gpu", instance_types=("g5.2xlarge",), max=2)


def vllm(**changes: Any) -> VllmSettings:
    weights = {"source": "hub", "size_gib": 7.5}
    usual = {"model": "Qwen/Qwen3-4B", "pool": "g5", "max_model_len": 8192, "weights": weights}
    return VllmSettings.model_validate({**usual, **changes})


def used(**services: ServiceSettings) -> set[str]:
    needs = Needs(platform=False, services=services)
    return {image.repository for image in IMAGES if image.needed(needs)}


def test_a_platform_without_services() -> None:
    needs = Needs(platform=True, pools={"system": SYSTEM})
    assert [image.used_by for image in IMAGES if image.needed(needs)] == ["chart aws-load-balancer-controller"]
    assert [chart.name for chart in CHARTS if chart.needed(needs)] == ["aws-load-balancer-controller"]


def test_a_gateway_needs_envoy_and_python() -> None:
    needs = Needs(platform=True, pools={"system": SYSTEM}, gateway=True)
    assert {ENVOY, PYTHON} <= {image for image in IMAGES if image.needed(needs)}
    without = Needs(platform=True, pools={"system": SYSTEM})
    assert not {ENVOY, PYTHON} & {image for image in IMAGES if image.needed(without)}


def test_monitoring_needs_the_exporter_of_gpu_nodes_and_grafana_where_settings_say_so() -> None:
    needs = Needs(platform=True, pools={"system": SYSTEM}, monitoring=True)
    assert {image.used_by for image in IMAGES if image.needed(needs)} == {
        "chart aws-load-balancer-controller",
        "monitoring",
    }
    needs = Needs(platform=True, pools={"system": SYSTEM, "g5": GPU}, monitoring=True, grafana=True)
    assert {DCGM_EXPORTER, GRAFANA, PROMETHEUS, ALERTMANAGER} <= {image for image in IMAGES if image.needed(needs)}


def test_gpu_nodes_need_the_device_plugin() -> None:
    needs = Needs(platform=True, pools={"system": SYSTEM, "g5": GPU})
    assert "the NVIDIA device plugin" in [image.used_by for image in IMAGES if image.needed(needs)]


def test_a_team_stack_runs_its_services_only() -> None:
    assert used(a=vllm()) == {"docker.io/vllm/vllm-openai"}
    assert used(a=vllm(image="vllm/vllm-openai:v0.31.0")) == set()


def test_scripts_need_python() -> None:
    mirrored = {"source": "bucket", "prefix": "weights/x", "size_gib": 7.5, "mirror": True}
    assert PYTHON.repository in used(a=vllm(weights=mirrored))
    assert PYTHON.repository not in used(a=vllm(weights={**mirrored, "mirror": False}))
    assert PYTHON.repository in used(a=vllm(benchmark=True))
    ollama = OllamaSettings(kind="ollama", model="llama3.1:8b", pool="cpu")
    assert used(a=ollama) == {"docker.io/ollama/ollama", PYTHON.repository}


def test_a_compile_cache_needs_python() -> None:
    pinned = f"vllm/vllm-openai:v0.32.0@sha256:{'0a' * 32}"
    assert PYTHON.repository in used(chat=vllm(compile_cache=True, image=pinned))
    assert PYTHON.repository not in used(chat=vllm(compile_cache=True))
