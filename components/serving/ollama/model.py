"""How an Ollama service gets its model: the init container that fills a replica's volume, and the mirror into the bucket."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.kubernetes.content import source
from components.kubernetes.environment import aws_region, environment
from components.kubernetes.pod_security import container_security
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from components.serving.mirror import Mirror
from components.serving.script_pod import SCRIPT_PATH
from settings.artifacts.images import PYTHON
from settings.models.services.ollama import OllamaSettings

SCRIPT = Path(__file__).parents[2] / "payloads" / "ollama_model.py"
NAMES_SCRIPT = SCRIPT.with_name("ollama_names.py")
SCRIPT_SUFFIX = "script"
MODELS = "/models"
"""OLLAMA_MODELS: where the volume is mounted."""
VOLUME = "models"


def model_policy(service: OllamaSettings, context: ServingContext) -> PolicyDocument | None:
    """Permissions to read the model; None for one from the registry, which needs nothing in AWS."""
    bucket = service.bucket_source
    return PolicyDocument(context.bucket_access.read(bucket.prefix)) if bucket else None


def model_mirror(service: OllamaSettings, context: ServingContext) -> Mirror | None:
    """The copy from the registry into the bucket; None for a service that has none."""
    bucket = service.bucket_source
    if bucket is None or not bucket.mirror:
        return None
    variables: dict[str, pulumi.Input[str]] = {
        "MODEL": service.model,
        "SOURCE": "registry",
        "TARGET": bucket_url(context, bucket.prefix),
    }
    return Mirror(script=SCRIPT, variables=variables, prefix=bucket.prefix)


def scripts(context: ServingContext) -> dict[str, str]:
    """Scripts of the init containers: file name to source."""
    files = (SCRIPT, NAMES_SCRIPT) if context.facts.gateway else (SCRIPT,)
    return {file.name: source(file) for file in files}


def script_config_map(scope: Scope, context: ServingContext) -> k8s.core.v1.ConfigMap:
    """The ConfigMap with the scripts of the init containers."""
    return k8s.core.v1.ConfigMap(
        scope.named(SCRIPT_SUFFIX),
        metadata=scope.metadata(SCRIPT_SUFFIX),
        data=scripts(context),
        opts=scope.options(),
    )


def init_containers(scope: Scope, service: OllamaSettings, context: ServingContext) -> list[k8s.core.v1.ContainerArgs]:
    """What runs before the server: the volume is filled and, behind a gateway, the model gets its public names.

    A volume that has the model is left as it is, without any request.
    """
    bucket = service.bucket_source
    fill: dict[str, pulumi.Input[str]] = {
        "SOURCE": bucket_url(context, bucket.prefix) if bucket else "registry",
        "TARGET": MODELS,
        "PYTHONUNBUFFERED": "1",
        **(aws_region(context.facts.region) if bucket else {}),
    }
    containers = [_container("model", SCRIPT, service, context, fill)]
    if context.facts.gateway:
        names = " ".join(name for name in context.model_names(scope.name, service) if name != service.model)
        containers.append(_container("names", NAMES_SCRIPT, service, context, {"NAMES": names, "TARGET": MODELS}))
    return containers


def _container(
    name: str, script: Path, service: OllamaSettings, context: ServingContext, variables: dict[str, pulumi.Input[str]]
) -> k8s.core.v1.ContainerArgs:
    return k8s.core.v1.ContainerArgs(
        name=name,
        image=context.image(PYTHON.reference),
        command=["python3", f"{SCRIPT_PATH}/{script.name}"],
        env=environment({"MODEL": service.model, **variables}),
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={"cpu": "1", "memory": "1Gi"}, limits={"memory": "1Gi"}
        ),
        security_context=container_security(read_only_root=True),
        volume_mounts=[
            k8s.core.v1.VolumeMountArgs(name=VOLUME, mount_path=MODELS),
            k8s.core.v1.VolumeMountArgs(name=SCRIPT_SUFFIX, mount_path=SCRIPT_PATH, read_only=True),
        ],
    )


def bucket_url(context: ServingContext, prefix: str) -> pulumi.Output[str]:
    """The ``s3://`` URL of a prefix of the platform's bucket."""
    return pulumi.Output.concat("s3://", context.platform.bucket_name, "/", prefix.strip("/"))
