"""KEDA's metrics adapter: the API ``external.metrics.k8s.io``, from which HPAs read what the operator measured."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.addons.keda.permissions import API_SERVICE
from components.cluster.addons.keda.workload import (
    CERTIFICATES_FOLDER,
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
from settings.artifacts.images import KEDA_ADAPTER as IMAGE
from settings.derived.autoscaling.names import (
    ADAPTER_PORT,
    METRICS_GROUP,
    METRICS_VERSION,
    NAMESPACE,
    OPERATOR,
    OPERATOR_PORT,
)
from settings.derived.naming import selector_labels
from settings.derived.system_pool.workloads import KEDA_ADAPTER as WORKLOAD

METRICS_PORT = 8080
ARGUMENTS = (
    f"--secure-port={ADAPTER_PORT}",
    f"--port={METRICS_PORT}",
    "--zap-log-level=error",
    f"--client-ca-file={CERTIFICATES_FOLDER}/ca.crt",
    f"--tls-cert-file={CERTIFICATES_FOLDER}/tls.crt",
    f"--tls-private-key-file={CERTIFICATES_FOLDER}/tls.key",
    f"--cert-dir={CERTIFICATES_FOLDER}",
    f"--metrics-service-address={OPERATOR}.{NAMESPACE}.svc.cluster.local:{OPERATOR_PORT}",
)
PRIORITY = 100
"""Of the API group and its version, as in the release; there is no other server of it."""


def adapter(scope: Scope, args: GpuClusterArgs, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
    """Make it, and register its API."""
    policy = network_policy(
        scope,
        [ingress_rule(ADAPTER_PORT, cidrs=args.control_cidrs)],
        [egress_rule(OPERATOR_PORT, pods=[selector_labels(OPERATOR, OPERATOR)])],
    )
    reached = cluster_service(scope, {"https": (443, ADAPTER_PORT), METRICS_PORT_NAME: (METRICS_PORT, METRICS_PORT)})
    running = deployment(
        scope,
        args,
        _container(args),
        after=[*after, policy],
        volumes=[k8s.core.v1.VolumeArgs(name="tmp", empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit="64Mi"))],
    )
    registered = k8s.apiregistration.v1.APIService(
        API_SERVICE,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=API_SERVICE, labels={**scope.labels}),
        # No caBundle: the operator writes its own, whenever it renews it.
        spec=k8s.apiregistration.v1.APIServiceSpecArgs(
            group=METRICS_GROUP,
            version=METRICS_VERSION,
            group_priority_minimum=PRIORITY,
            version_priority=PRIORITY,
            service=k8s.apiregistration.v1.ServiceReferenceArgs(name=scope.name, namespace=scope.namespace),
        ),
        opts=scope.options([running, reached]),
    )
    return [running, registered]


def _container(args: GpuClusterArgs) -> k8s.core.v1.ContainerArgs:
    port = k8s.core.v1.ContainerPortArgs
    return k8s.core.v1.ContainerArgs(
        name="keda-metrics-apiserver",
        image=args.images.pulled(IMAGE.reference),
        command=["/keda-adapter"],
        args=[*ARGUMENTS],
        env=environment(),
        ports=[
            port(name="https", container_port=ADAPTER_PORT, protocol="TCP"),
            port(name=METRICS_PORT_NAME, container_port=METRICS_PORT, protocol="TCP"),
        ],
        liveness_probe=_probe("/healthz"),
        readiness_probe=_probe("/readyz"),
        resources=k8s.core.v1.ResourceRequirementsArgs(requests={**WORKLOAD.requests}, limits={**LIMITS}),
        security_context=container_security(read_only_root=True),
        volume_mounts=[
            CERTIFICATES_MOUNT,
            k8s.core.v1.VolumeMountArgs(name="tmp", mount_path="/tmp"),  # noqa: S108 - a mount point in the container
        ],
    )


def _probe(path: str) -> k8s.core.v1.ProbeArgs:
    return k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(path=path, port=ADAPTER_PORT, scheme="HTTPS"), initial_delay_seconds=5
    )
