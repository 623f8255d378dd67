"""Monitoring inside the cluster: Prometheus, Alertmanager, the exporter of GPU nodes, and Grafana where it is wanted."""

import pulumi

from components.kubernetes.pod_security import PRIVILEGED, RESTRICTED
from components.monitoring.alertmanager import alertmanager
from components.monitoring.context import MonitoringArgs
from components.monitoring.dcgm import dcgm_exporter
from components.monitoring.grafana import grafana
from components.monitoring.namespaces import closed_namespace
from components.monitoring.prometheus import prometheus
from components.monitoring.readers import readers
from components.monitoring.token import scrape_token
from components.monitoring.workspace import workspace
from settings.derived.monitoring.names import (
    ALERTMANAGER,
    DCGM_EXPORTER,
    GPU_NAMESPACE,
    GRAFANA,
    NAMESPACE,
    NAMESPACE_OUTPUT,
    PROMETHEUS,
    QUERY_OUTPUT,
    READERS,
    TOKEN_KEY,
    VOLUME_OUTPUT,
)


class Monitoring(pulumi.ComponentResource):
    """Prometheus reads the platform and its engines, Alertmanager publishes what its rules find."""

    namespace: pulumi.Output[str]
    """Kubernetes namespace of its pods."""
    scrape_token: pulumi.Output[str]
    """What engines take for ``/metrics``; secret."""
    query_url: pulumi.Output[str] | None
    """Base URL of the workspace's query API; None without remote write."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the monitoring ``name``."""
        super().__init__("llm:monitoring:Monitoring", name, None, opts)
        self._volume_gib = args.volume_gib
        self.namespace = closed_namespace(NAMESPACE, args, RESTRICTED, self)
        token = scrape_token(args, self.namespace, self)
        self.scrape_token = token.values[TOKEN_KEY]
        written = workspace(name, args, self)
        self.query_url = written.query_url if written else None
        alertmanager(args.scope(ALERTMANAGER, self.namespace, self), args)
        prometheus(args.scope(PROMETHEUS, self.namespace, self), args, token, written)
        readers(args.scope(READERS, self.namespace, self))
        if args.settings.grafana:
            grafana(args.scope(GRAFANA, self.namespace, self), args, args.settings.grafana.oidc)
        if args.gpus:
            gpu_namespace = closed_namespace(GPU_NAMESPACE, args, PRIVILEGED, self)
            dcgm_exporter(args.scope(DCGM_EXPORTER, gpu_namespace, self), args)
        self.register_outputs(
            {"namespace": self.namespace, "scrape_token": self.scrape_token, "query_url": self.query_url}
        )

    def export(self) -> None:
        """Export what the portal, commands and the next update need."""
        pulumi.export(NAMESPACE_OUTPUT, self.namespace)
        pulumi.export(VOLUME_OUTPUT, self._volume_gib)
        if self.query_url is not None:
            pulumi.export(QUERY_OUTPUT, self.query_url)
