"""The Role of those who read Prometheus through the Kubernetes API."""

from tests.components.monitoring.builders import monitoring

MADE = monitoring()


def test_it_allows_get_of_prometheus_and_nothing_else() -> None:
    role = MADE.one("Role", "prometheus-reader").inputs
    assert role["metadata"]["namespace"] == "llm-monitoring"
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["services/proxy"], "resourceNames": ["prometheus:9090"], "verbs": ["get"]}
    ]


def test_the_group_of_readers_has_it() -> None:
    binding = MADE.one("RoleBinding", "prometheus-reader").inputs
    assert binding["roleRef"]["kind"] == "Role"
    assert binding["roleRef"]["name"] == "prometheus-reader"
    (subject,) = binding["subjects"]
    assert (subject["kind"], subject["name"]) == ("Group", "llm-platform:metrics-readers")


def test_its_port_is_that_of_the_service() -> None:
    (port,) = MADE.one("Service", "prometheus").inputs["spec"]["ports"]
    (rule,) = MADE.one("Role", "prometheus-reader").inputs["rules"]
    assert rule["resourceNames"] == [f"prometheus:{port['port']:g}"]
