"""Kubernetes objects by which kube-prometheus-stack takes rules and dashboards."""

from collections.abc import Mapping
from typing import Any

import yaml

from monitoring.documents import written

NAME = "llm-platform"
DASHBOARD_LABEL = {"grafana_dashboard": "1"}
"""Label of the ConfigMaps that Grafana's sidecar reads (``grafana.sidecar.dashboards`` of the chart's values)."""


def prometheus_rule(rules: str, *, namespace: str, release: str) -> str:
    """The PrometheusRule with the groups of a rule file.

    Args:
        rules: The rule file.
        namespace: Its namespace.
        release: Name of the Helm release: the chart's Prometheus takes rules with it in the label ``release`` only.
    """
    return written(
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": _metadata(NAME, namespace, {"release": release}),
            "spec": yaml.safe_load(rules),
        }
    )


def dashboard_config_map(name: str, dashboard: str, *, namespace: str) -> str:
    """The ConfigMap with a dashboard's JSON."""
    return written(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _metadata(f"{NAME}-{name}", namespace, DASHBOARD_LABEL),
            "data": {f"llm-{name}.json": dashboard},
        }
    )


def _metadata(name: str, namespace: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/part-of": NAME, **labels}}
