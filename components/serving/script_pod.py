"""The pod of a Job that runs a Python file with boto3 on the system pool."""

from collections.abc import Sequence

import pulumi_kubernetes as k8s

from components.kubernetes.pod_security import container_security, pod_security
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from settings.artifacts.images import PYTHON
from settings.derived.system_pool.workloads import SystemWorkload

SCRIPT_PATH = "/etc/llm-platform"
USER = 65532


def script_pod(
    scope: Scope,
    context: ServingContext,
    workload: SystemWorkload,
    *,
    name: str,
    volume: str,
    config_map: str,
    file: str,
    variables: Sequence[k8s.core.v1.EnvVarArgs],
) -> k8s.core.v1.PodSpecArgs:
    """The pod.

    Args:
        scope: The Job; its service account has the same name.
        context: The stack's context.
        workload: What it requests.
        name: Name of the container.
        volume: Name of the volume of the file.
        config_map: The ConfigMap that has the file.
        file: Name of the file.
        variables: Environment variables.
    """
    return k8s.core.v1.PodSpecArgs(
        service_account_name=scope.name,
        automount_service_account_token=False,
        enable_service_links=False,
        restart_policy="Never",
        node_selector=context.facts.system_labels,
        security_context=pod_security(USER, USER),
        containers=[
            k8s.core.v1.ContainerArgs(
                name=name,
                image=context.image(PYTHON.reference),
                command=["python3", f"{SCRIPT_PATH}/{file}"],
                env=list(variables),
                resources=k8s.core.v1.ResourceRequirementsArgs(
                    requests={**workload.requests}, limits={"memory": workload.requests["memory"]}
                ),
                security_context=container_security(),
                volume_mounts=[k8s.core.v1.VolumeMountArgs(name=volume, mount_path=SCRIPT_PATH, read_only=True)],
            )
        ],
        volumes=[
            k8s.core.v1.VolumeArgs(name=volume, config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=config_map))
        ],
    )
