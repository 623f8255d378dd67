"""KEDA's operator: it evaluates triggers, makes HPAs, and scales from and to zero."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.addons.keda.workload import (
    CERTIFICATES_MOUNT,
    LIMITS,
    METRICS_PORT_NAME,
    deployment,
    environment,
)
from components.cluster.args import GpuClusterArgs
from components.kubernetes.cluster_service import cluster_service
from components.kubernetes.network_policy import egress_rule, ingress_rule, network_policy
from components.kubernetes.pod_security import container_security
from components.kubernetes.scope import Scope
from settings.artifacts.images import KEDA as IMAGE
from settings.derived.autoscaling.names import ADAPTER, OPERATOR_METRICS_PORT, OPERATOR_PORT
from settings.derived.monitoring.names import NAMESPACE as MONITORING
from settings.derived.monitoring.names import PROMETHEUS_PORT
from settings.derived.naming import selector_labels
from settings.derived.system_pool.workloads import KEDA_OPERATOR as WORKLOAD

HEALTH_PORT = 8081
TIMEOUT_MS = 3000
"""Of a query (``KEDA_HTTP_DEFAULT_TIMEOUT``), as KEDA's own default is."""
ARGUMENTS = (
    "--leader-elect",
    "--zap-log-level=info",
    "--zap-encoder=json",
    "--zap-time-encoding=rfc3339",
    "--enable-cert-rotation=true",
    # There are no admission webhooks: what they check, settings and guardrails check before anything is deployed.
    "--enable-webhook-patching=false",
)


def operator(scope: Scope, args: GpuClusterArgs, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
    """Make the Deployment of KEDA's operator with its Service and network policy; returns what the adapter waits for."""
    policy = network_policy(
        scope,
        [
            ingress_rule(OPERATOR_PORT, pods=[selector_labels(ADAPTER, ADAPTER)]),
            ingress_rule(OPERATOR_METRICS_PORT, namespaces=[MONITORING]),
        ],
        [egress_rule(PROMETHEUS_PORT, namespaces=[MONITORING])],
    )
    reached = cluster_service(
        scope,
        {
            "metricsservice": (OPERATOR_PORT, OPERATOR_PORT),
            METRICS_PORT_NAME: (OPERATOR_METRICS_PORT, OPERATOR_METRICS_PORT),
        },
    )
    return [reached, deployment(scope, args, _container(args), after=[*after, policy], makes_certificates=True)]


def _container(args: GpuClusterArgs) -> k8s.core.v1.ContainerArgs:
    port = k8s.core.v1.ContainerPortArgs
    return k8s.core.v1.ContainerArgs(
        name="keda-operator",
        image=args.images.pulled(IMAGE.reference),
        command=["/keda"],
        args=[*ARGUMENTS],
        env=[
            *environment(),
            k8s.core.v1.EnvVarArgs(name="KEDA_HTTP_DEFAULT_TIMEOUT", value=str(TIMEOUT_MS)),
            # It would resolve the variables of a target's container, API keys of engines among them.
            k8s.core.v1.EnvVarArgs(name="KEDA_RESTRICT_SECRET_ACCESS", value="true"),
        ],
        ports=[
            port(name=METRICS_PORT_NAME, container_port=OPERATOR_METRICS_PORT, protocol="TCP"),
            port(name="health", container_port=HEALTH_PORT, protocol="TCP"),
            port(name="metricsservice", container_port=OPERATOR_PORT, protocol="TCP"),
        ],
        liveness_probe=_probe("/healthz", delay=25),
        readiness_probe=_probe("/readyz", delay=20),
        resources=k8s.core.v1.ResourceRequirementsArgs(requests={**WORKLOAD.requests}, limits={**LIMITS}),
        security_context=container_security(read_only_root=True),
        volume_mounts=[CERTIFICATES_MOUNT],
    )


def _probe(path: str, *, delay: int) -> k8s.core.v1.ProbeArgs:
    return k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(path=path, port=HEALTH_PORT), initial_delay_seconds=delay
    )
