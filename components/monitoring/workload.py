"""What the Deployments of monitoring have in common: one pod on the system pool, and its files.

None has a PodDisruptionBudget: with one replica it would allow no eviction and keep the node from being drained, or allow
every one and mean nothing. While such a pod moves, nothing is read or sent; alarms of CloudWatch go on.
"""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.pod_security import pod_security
from components.kubernetes.scope import Scope
from components.monitoring.context import MonitoringArgs
from settings.derived.priorities import CRITICAL

CONFIG = "config"
"""Suffix of a workload's ConfigMap, and name of its volume."""
HISTORY = 3
PROGRESS_SECONDS = 900
"""For the one pod: a node, a volume, the image, and Prometheus' read of its log."""


def config_map(scope: Scope, data: Mapping[str, pulumi.Input[str]], suffix: str = CONFIG) -> k8s.core.v1.ConfigMap:
    """Files of a workload."""
    return k8s.core.v1.ConfigMap(
        scope.named(suffix), metadata=scope.metadata(suffix), data=dict(data), opts=scope.options()
    )


def deployment(
    scope: Scope,
    spec: k8s.core.v1.PodSpecArgs,
    *,
    after: Sequence[pulumi.Resource],
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> k8s.apps.v1.Deployment:
    """The Deployment of one pod, which ends before the next one starts: two would write to one volume, or send twice.

    Args:
        scope: The workload.
        spec: The pod.
        after: What it needs in place when it starts.
        annotations: Of the pod; a change of them rolls it.
    """
    timeout = f"{PROGRESS_SECONDS}s"
    timeouts = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout))
    return k8s.apps.v1.Deployment(
        scope.name,
        metadata=scope.metadata(),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=1,
            revision_history_limit=HISTORY,
            progress_deadline_seconds=PROGRESS_SECONDS,
            selector=scope.match_labels,
            strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
            template=k8s.core.v1.PodTemplateSpecArgs(metadata=scope.pod_metadata(annotations), spec=spec),
        ),
        opts=pulumi.ResourceOptions.merge(scope.options(after), timeouts),
    )


def pod(
    scope: Scope,
    args: MonitoringArgs,
    container: k8s.core.v1.ContainerArgs,
    volumes: Sequence[k8s.core.v1.VolumeArgs],
    *,
    user: int,
    api_token: bool = False,
    init_containers: Sequence[k8s.core.v1.ContainerArgs] = (),
    grace_seconds: int = 30,
) -> k8s.core.v1.PodSpecArgs:
    """The pod of a workload, on the system pool.

    Args:
        scope: The workload; its service account has the same name.
        args: Arguments of monitoring.
        container: Its container.
        volumes: Its volumes.
        user: UID and GID that it runs as, and that its volumes belong to.
        api_token: Whether it calls the Kubernetes API.
        init_containers: What runs before.
        grace_seconds: How long it may take to end.
    """
    return k8s.core.v1.PodSpecArgs(
        service_account_name=scope.name,
        automount_service_account_token=api_token,
        enable_service_links=False,
        priority_class_name=CRITICAL,
        node_selector=args.facts.system_labels,
        termination_grace_period_seconds=grace_seconds,
        security_context=pod_security(user, user, fs_group=user),
        init_containers=list(init_containers) or None,
        containers=[container],
        volumes=list(volumes),
    )


def probe(path: str, *, failures: int, period: int = 10) -> k8s.core.v1.ProbeArgs:
    """A check of a path at the port ``http``."""
    return k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(path=path, port="http"),
        period_seconds=period,
        timeout_seconds=5,
        failure_threshold=failures,
    )


def empty(name: str, size: str, *, in_memory: bool = False) -> k8s.core.v1.VolumeArgs:
    """A directory on the node's disk, or in its memory, that goes with the pod."""
    source = k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit=size, medium="Memory" if in_memory else None)
    return k8s.core.v1.VolumeArgs(name=name, empty_dir=source)


def of_config_map(scope: Scope, suffix: str = CONFIG) -> k8s.core.v1.VolumeArgs:
    """The workload's ConfigMap as a volume of the name ``suffix``."""
    return k8s.core.v1.VolumeArgs(
        name=suffix, config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=scope.named(suffix))
    )
