"""Where in the bucket the compile cache of a service is, and who may do what with it."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.iam import Statement
from components.kubernetes.content import source
from components.kubernetes.environment import aws_region
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from components.serving.vllm.command import compiling_arguments
from components.serving.vllm.weights import weights_statements
from settings.derived.bucket_prefixes import COMPILE_CACHE
from settings.derived.compile_cache import cache_key
from settings.models.services.vllm import VllmSettings

SUFFIX = "compile-cache"
"""Of its objects' names; also the name of the volume of the scripts."""
SCRIPT_PATH = "/etc/compile-cache"
_PAYLOADS = Path(__file__).parents[3] / "payloads"
# By their paths: what they import, such as boto3, is in the pods' images.
_CACHE, _ENGINE = _PAYLOADS / "compile_cache.py", _PAYLOADS / "compile_once.py"
SCRIPT, ENGINE_SCRIPT = (f"{SCRIPT_PATH}/{file.name}" for file in (_CACHE, _ENGINE))
VOLUME = "cache"
"""Name of the volume that vLLM's cache is in."""
FOLDER = "/var/cache/compile"
"""Where containers that fill or pack the volume have it."""
CPU, MEMORY_MIB = "500m", 512
"""Of such a container; it keeps a MiB of the archive in memory, and the page cache of what it writes counts too."""


def key(name: str, service: VllmSettings, context: ServingContext) -> str:
    """The key of what the engine of service ``name`` compiles."""
    return cache_key(service, context.facts.pools[service.pool], compiling_arguments(name, service, context))


def prefix(name: str, context: ServingContext) -> pulumi.Output[str]:
    """The prefix of a service, which no other service of the cluster has."""
    return pulumi.Output.concat(COMPILE_CACHE, "/", context.namespace.namespace, "/", name)


def engine_statements(name: str, service: VllmSettings, context: ServingContext) -> list[Statement]:
    """What the role of an engine may do: read its weights, and get its archive where it has one."""
    weights, access = weights_statements(service, context), context.bucket_access
    if not service.has_compile_cache:
        return weights
    return [*(weights or [access.decrypt()]), access.get("GetCompileCache", prefix(name, context))]


def job_statements(name: str, service: VllmSettings, context: ServingContext) -> list[Statement]:
    """The same for the Job, which alone puts the archive."""
    access = context.bucket_access
    put = access.put_new("PutCompileCacheOnce", prefix(name, context))
    return [*engine_statements(name, service, context), put, access.encrypt()]


def variables(name: str, service: VllmSettings, context: ServingContext) -> dict[str, pulumi.Input[str]]:
    """Environment of the containers that fetch or store the archive."""
    return {
        "BUCKET": context.platform.bucket_name,
        "KEY": pulumi.Output.concat(prefix(name, context), "/", key(name, service, context), ".tar"),
        "FOLDER": FOLDER,
        "PYTHONUNBUFFERED": "1",
        **aws_region(context.facts.region),
    }


def script_config_map(scope: Scope) -> k8s.core.v1.ConfigMap:
    """The ConfigMap of the scripts."""
    return k8s.core.v1.ConfigMap(
        scope.named(SUFFIX),
        metadata=scope.metadata(SUFFIX),
        data={file.name: source(file) for file in (_CACHE, _ENGINE)},
        opts=scope.options(),
    )
