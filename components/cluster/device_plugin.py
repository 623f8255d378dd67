"""The NVIDIA device plugin: without it a node has GPUs, but Kubernetes has no ``nvidia.com/gpu`` to give out."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from settings.models.pools import ACCELERATOR_LABEL, GPU_TAINT

IMAGE = "nvcr.io/nvidia/k8s-device-plugin:v0.18.2"
SOCKETS = "/var/lib/kubelet/device-plugins"
SELECTOR = {"app.kubernetes.io/name": "nvidia-device-plugin"}


def device_plugin(
    name: str,
    labels: Mapping[str, str],
    *,
    parent: pulumi.Resource,
    provider: k8s.Provider,
    ready: Sequence[pulumi.Resource],
) -> k8s.apps.v1.DaemonSet:
    """One plugin pod on every node with NVIDIA GPUs."""
    labels = {**labels, **SELECTOR}
    return k8s.apps.v1.DaemonSet(
        f"{name}-nvidia-device-plugin",
        metadata=k8s.meta.v1.ObjectMetaArgs(name="nvidia-device-plugin", namespace="kube-system", labels=labels),
        spec=k8s.apps.v1.DaemonSetSpecArgs(
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SELECTOR),
            update_strategy=k8s.apps.v1.DaemonSetUpdateStrategyArgs(type="RollingUpdate"),
            template=k8s.core.v1.PodTemplateSpecArgs(metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels), spec=_pod()),
        ),
        opts=pulumi.ResourceOptions(parent=parent, provider=provider, depends_on=list(ready)),
    )


def _pod() -> k8s.core.v1.PodSpecArgs:
    return k8s.core.v1.PodSpecArgs(
        priority_class_name="system-node-critical",
        automount_service_account_token=False,
        node_selector={ACCELERATOR_LABEL: "nvidia"},
        tolerations=[k8s.core.v1.TolerationArgs(key=GPU_TAINT, operator="Exists", effect="NoSchedule")],
        containers=[
            k8s.core.v1.ContainerArgs(
                name="nvidia-device-plugin",
                image=IMAGE,
                env=[k8s.core.v1.EnvVarArgs(name="FAIL_ON_INIT_ERROR", value="true")],
                resources=k8s.core.v1.ResourceRequirementsArgs(
                    requests={"cpu": "50m", "memory": "64Mi"}, limits={"memory": "256Mi"}
                ),
                security_context=k8s.core.v1.SecurityContextArgs(
                    allow_privilege_escalation=False, capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"])
                ),
                volume_mounts=[k8s.core.v1.VolumeMountArgs(name="sockets", mount_path=SOCKETS)],
            )
        ],
        volumes=[k8s.core.v1.VolumeArgs(name="sockets", host_path=k8s.core.v1.HostPathVolumeSourceArgs(path=SOCKETS))],
    )
