"""The pod that serves a model."""

from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.keys import DrawnKeys
from components.kubernetes.content import source
from components.kubernetes.environment import aws_region, environment
from components.kubernetes.pod_security import container_security, pod_security
from components.kubernetes.scope import Scope
from components.payloads import path_allow_list
from components.serving.context import ServingContext
from components.serving.namespace import HF_SECRET_KEY
from components.serving.vllm.cache.fetch import fetch_container, script_volume
from components.serving.vllm.command import COMMAND, PORT, serve_arguments
from components.serving.vllm.keys import API_KEY, SCRAPE_TOKEN
from components.serving.vllm.sizing import sizing
from settings.derived.priorities import class_name
from settings.derived.shutdown import GRACE_SECONDS, PRE_STOP_SECONDS
from settings.derived.timeouts import PROBE_PERIOD_SECONDS, Timing
from settings.models.pools import GPU_TAINT, POOL_LABEL
from settings.models.services.vllm import BucketWeights, HubWeights, VllmSettings, image_at_least

USER = 2000
"""The image's user ``vllm``, which it does not start as; a number without a passwd entry would fail in getpwuid."""
ROOT_GROUP = 0
HOME = "/home/vllm"
MIDDLEWARE = "middleware"
"""Suffix of the ConfigMap, and name of the volume."""
MIDDLEWARE_PATH = "/etc/llm-platform"
PROBE_TIMEOUT_SECONDS = 5
LIVENESS_FAILURES = 6
READINESS_FAILURES = 3
FIRST_OFFLINE_FROM_S3 = (0, 20)
"""First vLLM that does not take ``s3://...`` for a Hub repository when ``HF_HUB_OFFLINE`` is set."""


def middleware_files() -> dict[str, str]:
    """Files mounted beside vLLM: name to Python source."""
    path = Path(path_allow_list.__file__)
    return {path.name: source(path)}


def pod(
    scope: Scope, service: VllmSettings, context: ServingContext, keys: DrawnKeys, timing: Timing
) -> k8s.core.v1.PodSpecArgs:
    """The pod's specification."""
    cached = service.has_compile_cache
    return k8s.core.v1.PodSpecArgs(
        service_account_name=scope.name,
        # IRSA mounts a token of its own; vLLM has no business with the Kubernetes API.
        automount_service_account_token=False,
        # A Service called vllm would put VLLM_PORT into the environment, which vLLM reads as its own setting.
        enable_service_links=False,
        **on_gpu_nodes(service),
        topology_spread_constraints=[
            k8s.core.v1.TopologySpreadConstraintArgs(
                max_skew=1,
                topology_key="topology.kubernetes.io/zone",
                when_unsatisfiable="ScheduleAnyway",
                label_selector=scope.match_labels,
            )
        ],
        termination_grace_period_seconds=GRACE_SECONDS,
        priority_class_name=class_name(service.priority),
        security_context=pod_security(USER, ROOT_GROUP, fs_group=USER),
        init_containers=[fetch_container(scope, service, context)] if cached else None,
        containers=[_container(scope, service, context, keys, timing)],
        volumes=[*volumes(scope, service, context), *([script_volume(scope)] if cached else [])],
    )


def on_gpu_nodes(service: VllmSettings) -> dict[str, Any]:
    """Fields of a pod's specification by which it runs on the service's pool."""
    return {
        "node_selector": {POOL_LABEL: service.pool},
        "tolerations": [k8s.core.v1.TolerationArgs(key=GPU_TAINT, operator="Exists", effect="NoSchedule")],
    }


def _container(
    scope: Scope, service: VllmSettings, context: ServingContext, keys: DrawnKeys, timing: Timing
) -> k8s.core.v1.ContainerArgs:
    def probe(failures: int) -> k8s.core.v1.ProbeArgs:
        return k8s.core.v1.ProbeArgs(
            http_get=k8s.core.v1.HTTPGetActionArgs(path="/health", port="http"),
            period_seconds=PROBE_PERIOD_SECONDS,
            timeout_seconds=PROBE_TIMEOUT_SECONDS,
            failure_threshold=failures,
        )

    return k8s.core.v1.ContainerArgs(
        **engine(scope, service, context),
        name="vllm",
        command=list(COMMAND),
        env=engine_environment(service, context, keys),
        volume_mounts=mounts(service),
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=PORT, protocol="TCP")],
        startup_probe=probe(timing.startup_failure_threshold),
        readiness_probe=probe(READINESS_FAILURES),
        liveness_probe=probe(LIVENESS_FAILURES),
        lifecycle=k8s.core.v1.LifecycleArgs(
            # Endpoints drop the pod first, and vLLM goes on answering until no new request comes.
            pre_stop=k8s.core.v1.LifecycleHandlerArgs(sleep=k8s.core.v1.SleepActionArgs(seconds=PRE_STOP_SECONDS))
        ),
    )


def engine(scope: Scope, service: VllmSettings, context: ServingContext) -> dict[str, Any]:
    """Fields of the container of an engine, wherever it runs: image, arguments, GPUs."""
    size = sizing(service, context.facts.pools[service.pool])
    return {
        "image": context.image(service.image),
        "args": serve_arguments(scope.name, service, context),
        "resources": k8s.core.v1.ResourceRequirementsArgs(requests=size.requests, limits=size.limits),
        "security_context": container_security(),
    }


def engine_environment(service: VllmSettings, context: ServingContext, keys: DrawnKeys) -> list[k8s.core.v1.EnvVarArgs]:
    """The environment variables of vLLM's container: plain values, and keys by reference to their Secrets."""
    token = context.namespace.hf_secret
    plain: dict[str, pulumi.Input[str]] = {
        "HOME": HOME,
        # Images before 0.21 have no user of this number and no home for it: what looks them up finds them here.
        "USER": "vllm",
        "TRITON_CACHE_DIR": f"{HOME}/.cache/triton",
        "VLLM_NO_USAGE_STATS": "1",
    }
    secret = {"VLLM_API_KEY": (keys.name, API_KEY)}
    if service.path_allow_list:
        plain["PYTHONPATH"] = MIDDLEWARE_PATH
        secret[path_allow_list.SCRAPE_TOKEN_VARIABLE] = (keys.name, SCRAPE_TOKEN)
    if isinstance(service.weights, BucketWeights):
        plain |= aws_region(context.facts.region)
        if image_at_least(service.image, FIRST_OFFLINE_FROM_S3):
            plain["HF_HUB_OFFLINE"] = "1"
    if isinstance(service.weights, HubWeights) and service.needs_hub_token and token:
        secret["HF_TOKEN"] = (token, HF_SECRET_KEY)
    return environment(plain, secret)


def mounts(service: VllmSettings) -> list[k8s.core.v1.VolumeMountArgs]:
    """Its volume mounts."""
    places = {"cache": f"{HOME}/.cache", "tmp": "/tmp", "shm": "/dev/shm"}  # noqa: S108 - mount points in the container
    found = [k8s.core.v1.VolumeMountArgs(name=name, mount_path=path) for name, path in places.items()]
    if service.path_allow_list:
        found.append(k8s.core.v1.VolumeMountArgs(name=MIDDLEWARE, mount_path=MIDDLEWARE_PATH, read_only=True))
    return found


def volumes(scope: Scope, service: VllmSettings, context: ServingContext) -> list[k8s.core.v1.VolumeArgs]:
    """The volumes that its mounts name."""
    size = sizing(service, context.facts.pools[service.pool])

    def empty(name: str, size_gib: int, medium: str | None = None) -> k8s.core.v1.VolumeArgs:
        directory = k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{size_gib}Gi", medium=medium)
        return k8s.core.v1.VolumeArgs(name=name, empty_dir=directory)

    found = [
        empty("cache", size.cache_gib),
        empty("tmp", size.tmp_gib),
        empty("shm", size.shm_gib, "Memory"),
    ]
    if service.path_allow_list:
        files = k8s.core.v1.ConfigMapVolumeSourceArgs(name=scope.named(MIDDLEWARE))
        found.append(k8s.core.v1.VolumeArgs(name=MIDDLEWARE, config_map=files))
    return found
