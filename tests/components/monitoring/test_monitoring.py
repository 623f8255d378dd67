"""The component: namespaces, what waits for what, exports, what a platform without GPUs has not."""

from tests.components.monitoring.builders import WORKSPACE, monitoring, pod

MADE = monitoring()
LEVEL = "pod-security.kubernetes.io/enforce"


def test_its_namespace_is_restricted_and_that_of_the_exporter_is_not() -> None:
    labels = {one.name: one.inputs["metadata"]["labels"] for one in MADE.of_type("Namespace")}
    assert labels["llm-monitoring"][LEVEL] == "restricted"
    assert labels["llm-monitoring-gpu"][LEVEL] == "privileged"


def test_both_namespaces_are_closed_by_default() -> None:
    denied = [one for one in MADE.of_type("NetworkPolicy") if one.inputs["metadata"]["name"] == "default-deny"]
    assert {one.inputs["metadata"]["namespace"] for one in denied} == {"llm-monitoring", "llm-monitoring-gpu"}
    for one in denied:
        assert one.inputs["spec"]["policyTypes"] == ["Ingress", "Egress"]
        assert not one.inputs["spec"].get("ingress")


def test_everything_waits_for_the_platform() -> None:
    ready = MADE.one("LogGroup", "ready").urn
    for kind in ("Namespace", "Deployment", "DaemonSet"):
        assert all(ready in one.depends_on for one in MADE.of_type(kind)), kind


def test_prometheus_starts_when_all_that_it_reads_is_there() -> None:
    waits = MADE.one("Deployment", "prometheus").depends_on
    names = {one.urn.partition("$")[2] for one in MADE.registrations if one.urn in waits}
    for kind in (
        "ConfigMap",
        "PersistentVolumeClaim",
        "NetworkPolicy",
        "ClusterRoleBinding",
        "Secret",
        "ServiceAccount",
    ):
        assert any(f":{kind}::" in name for name in names), kind


def test_the_scrape_token_is_drawn_once_and_secret() -> None:
    secret = MADE.one("Secret", "scrape-token")
    assert secret.ignore_changes == ("data.scrape_token",)
    assert "data.scrape_token" in secret.secrets or "data" in secret.secrets
    assert secret.inputs["metadata"]["name"] == "scrape-token"


def test_without_gpus_nothing_is_privileged() -> None:
    made = monitoring(gpu=False)
    assert not made.of_type("DaemonSet")
    assert [one.name for one in made.of_type("Namespace")] == ["llm-monitoring"]


def test_pods_run_on_the_system_pool_before_others() -> None:
    for name in ("prometheus", "alertmanager"):
        spec = pod(MADE, name)
        assert spec["nodeSelector"] == {"llm-platform/pool": "system"}
        assert spec["priorityClassName"] == "llm-platform-critical"


def test_one_pod_of_each_ends_before_the_next_and_none_is_kept_from_eviction() -> None:
    for name in ("prometheus", "alertmanager"):
        spec = MADE.one("Deployment", name).inputs["spec"]
        assert spec["replicas"] == 1
        assert spec["strategy"]["type"] == "Recreate"
    assert not MADE.of_type("PodDisruptionBudget")


def test_outputs_are_the_namespace_and_where_the_workspace_is_asked() -> None:
    assert MADE.exports == {"monitoring_namespace": "llm-monitoring", "prometheus_volume_gib": 10}
    written = monitoring(remote_write={"workspace_arn": WORKSPACE}).exports
    assert written["amp_query_url"] == (
        "https://aps-workspaces.us-west-2.amazonaws.com/workspaces/ws-12345678-1234-1234-1234-123456789012"
    )


def test_images_come_from_the_mirror() -> None:
    made = monitoring(mirror="registry.example.com/copies")
    images = {
        one["image"]
        for kind in ("Deployment", "DaemonSet")
        for registration in made.of_type(kind)
        for one in registration.inputs["spec"]["template"]["spec"]["containers"]
    }
    assert len(images) == 3
    assert all(image.startswith("registry.example.com/copies/") for image in images)
