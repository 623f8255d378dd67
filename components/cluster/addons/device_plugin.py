"""The NVIDIA device plugin: without it a node has GPUs, but Kubernetes has no ``nvidia.com/gpu`` to give out."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.addons.addon import SYSTEM_NAMESPACE, AddOn
from components.cluster.context import ClusterContext
from components.kubernetes.pod_security import container_security
from components.kubernetes.scope import Scope
from settings.artifacts.images import DEVICE_PLUGIN
from settings.models.pools import ACCELERATOR_LABEL, GPU_TAINT

SOCKETS = "/var/lib/kubelet/device-plugins"
NAME = "nvidia-device-plugin"


def device_plugin(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """A DaemonSet: one plugin pod on every node with NVIDIA GPUs."""
    scope = Scope(
        name=NAME,
        namespace=SYSTEM_NAMESPACE,
        parent=context.parent,
        selector={"app.kubernetes.io/name": NAME},
        pod_labels=context.args.labels,
    )
    return k8s.apps.v1.DaemonSet(
        context.named(NAME),
        metadata=scope.metadata(),
        spec=k8s.apps.v1.DaemonSetSpecArgs(
            selector=scope.match_labels,
            update_strategy=k8s.apps.v1.DaemonSetUpdateStrategyArgs(type="RollingUpdate"),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=scope.pod_metadata(), spec=_pod(context.args.images.pulled(DEVICE_PLUGIN.reference))
            ),
        ),
        opts=pulumi.ResourceOptions(parent=context.parent, provider=context.kubernetes, depends_on=list(after)),
    )


def _pod(image: str) -> k8s.core.v1.PodSpecArgs:
    return k8s.core.v1.PodSpecArgs(
        priority_class_name="system-node-critical",
        automount_service_account_token=False,
        node_selector={ACCELERATOR_LABEL: "nvidia"},
        tolerations=[k8s.core.v1.TolerationArgs(key=GPU_TAINT, operator="Exists", effect="NoSchedule")],
        containers=[
            k8s.core.v1.ContainerArgs(
                name=NAME,
                image=image,
                env=[k8s.core.v1.EnvVarArgs(name="FAIL_ON_INIT_ERROR", value="true")],
                resources=k8s.core.v1.ResourceRequirementsArgs(
                    requests={"cpu": "50m", "memory": "64Mi"}, limits={"memory": "256Mi"}
                ),
                security_context=container_security(),
                volume_mounts=[k8s.core.v1.VolumeMountArgs(name="sockets", mount_path=SOCKETS)],
            )
        ],
        volumes=[k8s.core.v1.VolumeArgs(name="sockets", host_path=k8s.core.v1.HostPathVolumeSourceArgs(path=SOCKETS))],
    )


ADDON = AddOn(
    key=NAME,
    install=device_plugin,
    wanted=lambda context: any(facts.kind == "gpu" for facts in context.args.pool_facts.values()),
    # GPU pods wait in Kubernetes until the plugin has reported a node's GPUs.
    awaited=False,
)
