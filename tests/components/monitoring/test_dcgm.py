"""The DCGM exporter: on nodes with GPUs, with the memory that eight of them need."""

from monitoring.scrape import names as scraped
from settings.derived.monitoring import names
from tests.components.monitoring.builders import container, monitoring, pod

MADE = monitoring()
NAME = "dcgm-exporter"


def test_it_runs_on_every_node_with_gpus() -> None:
    spec = pod(MADE, NAME, "DaemonSet")
    assert spec["nodeSelector"] == {"accelerator": "nvidia"}
    assert [one["key"] for one in spec["tolerations"]] == ["nvidia.com/gpu"]
    assert MADE.one("DaemonSet").inputs["metadata"]["namespace"] == "llm-monitoring-gpu"


def test_it_takes_no_gpu_and_has_a_gibibyte() -> None:
    resources = container(MADE, NAME, "DaemonSet")["resources"]
    assert resources["limits"] == {"memory": "1Gi"}
    assert "nvidia.com/gpu" not in resources["requests"]


def test_it_has_one_capability_and_no_token() -> None:
    context = container(MADE, NAME, "DaemonSet")["securityContext"]
    assert context["capabilities"] == {"drop": ["ALL"], "add": ["SYS_ADMIN"]}
    assert "privileged" not in context
    assert pod(MADE, NAME, "DaemonSet")["automountServiceAccountToken"] is False


def test_prometheus_finds_it_by_label_and_port() -> None:
    labels = MADE.one("DaemonSet").inputs["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/name"] == scraped.DCGM_APP
    (port,) = container(MADE, NAME, "DaemonSet")["ports"]
    assert port["containerPort"] == scraped.DCGM_PORT == names.DCGM_PORT
