"""The DCGM exporter: metrics of each node's GPUs, in a namespace of its own, since its pods are root on their node."""

import pulumi_kubernetes as k8s

from components.kubernetes.environment import environment
from components.kubernetes.scope import Scope
from components.monitoring.context import MonitoringArgs
from components.monitoring.network import dcgm_policy
from settings.artifacts.images import DCGM_EXPORTER as IMAGE
from settings.derived.monitoring.names import DCGM_PORT
from settings.derived.priorities import CRITICAL
from settings.models.pools import ACCELERATOR_LABEL, GPU_TAINT

REQUESTS = {"cpu": "50m", "memory": "128Mi"}
MEMORY_LIMIT = "1Gi"
"""With 512 MiB, the chart's own, 48 % of one fleet's pods on nodes of 8 GPUs were killed for memory (pytorch/ci-infra#1011)."""
POD_RESOURCES = "/var/lib/kubelet/pod-resources"
"""The kubelet's socket, by which the exporter knows which pod has a GPU; it uses no Kubernetes API."""
COLLECT_MILLISECONDS = 15_000
"""Half of the default between two scrapes."""


def dcgm_exporter(scope: Scope, args: MonitoringArgs) -> k8s.apps.v1.DaemonSet:
    """A DaemonSet: one pod on every node with NVIDIA GPUs, those of Karpenter included."""
    policy = dcgm_policy(scope)
    return k8s.apps.v1.DaemonSet(
        scope.name,
        # Nodes with GPUs may be none now, and their pods are not what an update waits for.
        metadata=scope.metadata(annotations={"pulumi.com/skipAwait": "true"}),
        spec=k8s.apps.v1.DaemonSetSpecArgs(
            selector=scope.match_labels,
            update_strategy=k8s.apps.v1.DaemonSetUpdateStrategyArgs(type="RollingUpdate"),
            template=k8s.core.v1.PodTemplateSpecArgs(metadata=scope.pod_metadata(), spec=_pod(args)),
        ),
        opts=scope.options([*args.platform.ready, policy]),
    )


def _pod(args: MonitoringArgs) -> k8s.core.v1.PodSpecArgs:
    variables = {
        "DCGM_EXPORTER_LISTEN": f":{DCGM_PORT}",
        "DCGM_EXPORTER_KUBERNETES": "true",
        "DCGM_EXPORTER_INTERVAL": str(COLLECT_MILLISECONDS),
    }
    node = k8s.core.v1.EnvVarArgs(
        name="NODE_NAME",
        value_from=k8s.core.v1.EnvVarSourceArgs(
            field_ref=k8s.core.v1.ObjectFieldSelectorArgs(field_path="spec.nodeName")
        ),
    )
    health = k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(path="/health", port="metrics"),
        initial_delay_seconds=45,
        period_seconds=15,
        timeout_seconds=5,
        failure_threshold=6,
    )
    return k8s.core.v1.PodSpecArgs(
        priority_class_name=CRITICAL,
        automount_service_account_token=False,
        enable_service_links=False,
        node_selector={ACCELERATOR_LABEL: "nvidia"},
        tolerations=[k8s.core.v1.TolerationArgs(key=GPU_TAINT, operator="Exists", effect="NoSchedule")],
        containers=[
            k8s.core.v1.ContainerArgs(
                name="dcgm-exporter",
                image=args.image(IMAGE.reference),
                env=[*environment(variables), node],
                ports=[k8s.core.v1.ContainerPortArgs(name="metrics", container_port=DCGM_PORT, protocol="TCP")],
                liveness_probe=health,
                resources=k8s.core.v1.ResourceRequirementsArgs(requests={**REQUESTS}, limits={"memory": MEMORY_LIMIT}),
                # Root with SYS_ADMIN: without it DCGM has no profiling fields (DCGM_FI_PROF_*).
                security_context=k8s.core.v1.SecurityContextArgs(
                    run_as_user=0,
                    run_as_non_root=False,
                    allow_privilege_escalation=True,
                    capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"], add=["SYS_ADMIN"]),
                ),
                volume_mounts=[
                    k8s.core.v1.VolumeMountArgs(name="pod-resources", mount_path=POD_RESOURCES, read_only=True)
                ],
            )
        ],
        volumes=[
            k8s.core.v1.VolumeArgs(
                name="pod-resources", host_path=k8s.core.v1.HostPathVolumeSourceArgs(path=POD_RESOURCES)
            )
        ],
    )
