"""What KEDA's two Deployments have in common."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.addons.keda.permissions import CERTIFICATES
from components.cluster.args import GpuClusterArgs
from components.kubernetes.pod_security import pod_security
from components.kubernetes.scope import Scope
from settings.derived.priorities import CRITICAL

USER = 1000
"""The images' own user (``USER 1000:1000`` of KEDA's Dockerfiles)."""
CERTIFICATES_FOLDER = "/certs"
CERTIFICATES_MOUNT = k8s.core.v1.VolumeMountArgs(name="certificates", mount_path=CERTIFICATES_FOLDER, read_only=True)
LIMITS = {"cpu": "1", "memory": "512Mi"}
TIMEOUT = "900s"
METRICS_PORT_NAME = "metrics"
HISTORY = 3


def deployment(
    scope: Scope,
    args: GpuClusterArgs,
    container: k8s.core.v1.ContainerArgs,
    *,
    after: Sequence[pulumi.Resource],
    makes_certificates: bool = False,
    volumes: Sequence[k8s.core.v1.VolumeArgs] = (),
) -> k8s.apps.v1.Deployment:
    """A Deployment of one pod on the system pool.

    While it is away nothing is scaled and replicas stay as they are, so that a second pod would only wait for its lease.
    """
    # The operator makes the Secret, and ends once when it finds it mounted; a pod of the adapter starts once it is there.
    certificates = k8s.core.v1.SecretVolumeSourceArgs(
        secret_name=CERTIFICATES, optional=makes_certificates, default_mode=0o440
    )
    return k8s.apps.v1.Deployment(
        scope.name,
        metadata=scope.metadata(),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=1,
            revision_history_limit=HISTORY,
            selector=scope.match_labels,
            strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=scope.pod_metadata(),
                spec=k8s.core.v1.PodSpecArgs(
                    service_account_name=scope.name,
                    automount_service_account_token=True,
                    enable_service_links=False,
                    priority_class_name=CRITICAL,
                    node_selector=args.system_facts.labels,
                    security_context=pod_security(USER, USER, fs_group=USER),
                    containers=[container],
                    volumes=[k8s.core.v1.VolumeArgs(name="certificates", secret=certificates), *volumes],
                ),
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            scope.options(after),
            pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=TIMEOUT, update=TIMEOUT)),
        ),
    )


def environment() -> list[k8s.core.v1.EnvVarArgs]:
    """Variables of both programs: they watch every namespace."""
    own = k8s.core.v1.EnvVarSourceArgs(field_ref=k8s.core.v1.ObjectFieldSelectorArgs(field_path="metadata.namespace"))
    return [
        k8s.core.v1.EnvVarArgs(name="POD_NAMESPACE", value_from=own),
        k8s.core.v1.EnvVarArgs(name="WATCH_NAMESPACE", value=""),
    ]
