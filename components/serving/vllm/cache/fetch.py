"""The init container that fetches a service's compile cache, and ends with 0 whatever it finds."""

import pulumi_kubernetes as k8s

from components.kubernetes.environment import environment
from components.kubernetes.pod_security import container_security
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from components.serving.vllm.cache.archive import (
    CPU,
    FOLDER,
    MEMORY_MIB,
    SCRIPT,
    SCRIPT_PATH,
    SUFFIX,
    VOLUME,
    variables,
)
from settings.artifacts.images import PYTHON
from settings.models.services.vllm import VllmSettings

MARKER = ".there"
"""File in the volume by which the Job's containers know that the archive is in the bucket."""


def fetch_container(scope: Scope, service: VllmSettings, context: ServingContext) -> k8s.core.v1.ContainerArgs:
    """The init container of a pod that serves."""
    return archive_container(scope, service, context, "fetch")


def archive_container(
    service_scope: Scope, service: VllmSettings, context: ServingContext, word: str
) -> k8s.core.v1.ContainerArgs:
    """The container that runs ``compile_cache.py`` with one of its words, by which it is named."""
    return k8s.core.v1.ContainerArgs(
        name=f"{SUFFIX}-{word}",
        image=context.image(PYTHON.reference),
        command=["python3", SCRIPT, word],
        env=environment({**variables(service_scope.name, service, context), "MARKER": f"{FOLDER}/{MARKER}"}),
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={"cpu": CPU, "memory": f"{MEMORY_MIB}Mi"}, limits={"memory": f"{MEMORY_MIB}Mi"}
        ),
        security_context=container_security(read_only_root=True),
        volume_mounts=[k8s.core.v1.VolumeMountArgs(name=VOLUME, mount_path=FOLDER), script_mount()],
    )


def script_mount() -> k8s.core.v1.VolumeMountArgs:
    """The scripts, in a container."""
    return k8s.core.v1.VolumeMountArgs(name=SUFFIX, mount_path=SCRIPT_PATH, read_only=True)


def script_volume(service_scope: Scope) -> k8s.core.v1.VolumeArgs:
    """The volume of the scripts."""
    scripts = k8s.core.v1.ConfigMapVolumeSourceArgs(name=service_scope.named(SUFFIX))
    return k8s.core.v1.VolumeArgs(name=SUFFIX, config_map=scripts)
