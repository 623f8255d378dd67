"""The pod that serves a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.manifests import restricted, source
from components.payloads import path_allow_list
from components.serving.namespace import HF_SECRET_KEY
from components.serving.vllm.command import COMMAND, PORT, serve_words
from components.serving.vllm.keys import API_KEY, SCRAPE_TOKEN, ServiceKeys
from components.serving.vllm.sizing import Sizing
from settings.derived.timeouts import GRACE_SECONDS, PRE_STOP_SECONDS, PROBE_PERIOD_SECONDS, Timing
from settings.models.pools import GPU_TAINT, POOL_LABEL, PoolFacts
from settings.models.services import BucketWeights, HubWeights, ServiceSettings, image_at_least

USER = 2000
"""The image's user ``vllm``, which it does not start as; a number without a passwd entry would fail in getpwuid."""
ROOT_GROUP = 0
HOME = "/home/vllm"
MIDDLEWARE_PATH = "/etc/llm-platform"
PROBE_TIMEOUT_SECONDS = 5
LIVENESS_FAILURES = 6
READINESS_FAILURES = 3
FIRST_OFFLINE_FROM_S3 = (0, 20)
"""First vLLM that does not take ``s3://...`` for a Hub repository when ``HF_HUB_OFFLINE`` is set."""


@dataclass(frozen=True, kw_only=True)
class PodParts:
    """What the pod of one service is made of."""

    name: str
    """Name of the service and of its service account."""
    service: ServiceSettings
    """Model, weights, options."""
    pool: PoolFacts
    """The pool it runs on."""
    region: str
    """AWS region of the bucket."""
    bucket: pulumi.Input[str]
    """Bucket of weights."""
    keys: ServiceKeys
    """Its two keys."""
    hf_secret: str | None
    """Name of the Secret with the Hub's token."""
    sizing: Sizing
    """Requests and limits."""
    timing: Timing
    """How long its start may take."""
    selector: Mapping[str, str]
    """Labels that select its pods."""


def middleware_files() -> dict[str, str]:
    """What is mounted beside vLLM: file name to Python source."""
    path = Path(path_allow_list.__file__)
    return {path.name: source(path)}


def pod(parts: PodParts) -> k8s.core.v1.PodSpecArgs:
    """The pod's specification."""
    return k8s.core.v1.PodSpecArgs(
        service_account_name=parts.name,
        # IRSA mounts a token of its own; vLLM has no business with the Kubernetes API.
        automount_service_account_token=False,
        # A Service called vllm would put VLLM_PORT into the environment, which vLLM reads as its own setting.
        enable_service_links=False,
        node_selector={POOL_LABEL: parts.service.pool},
        tolerations=[k8s.core.v1.TolerationArgs(key=GPU_TAINT, operator="Exists", effect="NoSchedule")],
        topology_spread_constraints=[
            k8s.core.v1.TopologySpreadConstraintArgs(
                max_skew=1,
                topology_key="topology.kubernetes.io/zone",
                when_unsatisfiable="ScheduleAnyway",
                label_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict(parts.selector)),
            )
        ],
        termination_grace_period_seconds=GRACE_SECONDS,
        security_context=k8s.core.v1.PodSecurityContextArgs(
            run_as_user=USER,
            run_as_group=ROOT_GROUP,
            fs_group=USER,
            run_as_non_root=True,
            seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(parts)],
        volumes=_volumes(parts),
    )


def _container(parts: PodParts) -> k8s.core.v1.ContainerArgs:
    def probe(failures: int) -> k8s.core.v1.ProbeArgs:
        return k8s.core.v1.ProbeArgs(
            http_get=k8s.core.v1.HTTPGetActionArgs(path="/health", port="http"),
            period_seconds=PROBE_PERIOD_SECONDS,
            timeout_seconds=PROBE_TIMEOUT_SECONDS,
            failure_threshold=failures,
        )

    return k8s.core.v1.ContainerArgs(
        name="vllm",
        image=parts.service.image,
        command=list(COMMAND),
        args=serve_words(parts.name, parts.service, parts.bucket, parts.pool),
        env=_environment(parts),
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=PORT, protocol="TCP")],
        startup_probe=probe(parts.timing.startup_failure_threshold),
        readiness_probe=probe(READINESS_FAILURES),
        liveness_probe=probe(LIVENESS_FAILURES),
        lifecycle=k8s.core.v1.LifecycleArgs(
            # Endpoints learn of the end first, and vLLM goes on answering until no new request comes.
            pre_stop=k8s.core.v1.LifecycleHandlerArgs(sleep=k8s.core.v1.SleepActionArgs(seconds=PRE_STOP_SECONDS))
        ),
        resources=k8s.core.v1.ResourceRequirementsArgs(requests=parts.sizing.requests, limits=parts.sizing.limits),
        security_context=restricted(),
        volume_mounts=_mounts(parts),
    )


def _environment(parts: PodParts) -> list[k8s.core.v1.EnvVarArgs]:
    plain = {
        "HOME": HOME,
        # Images before 0.21 have no user of this number and no home for it: what would ask for them is told here.
        "USER": "vllm",
        "TRITON_CACHE_DIR": f"{HOME}/.cache/triton",
        "VLLM_NO_USAGE_STATS": "1",
    }
    secret = {"VLLM_API_KEY": (parts.keys.name, API_KEY)}
    if parts.service.path_allow_list:
        plain["PYTHONPATH"] = MIDDLEWARE_PATH
        secret[path_allow_list.SCRAPE_TOKEN_VARIABLE] = (parts.keys.name, SCRAPE_TOKEN)
    if isinstance(parts.service.weights, BucketWeights):
        plain |= {"AWS_REGION": parts.region, "AWS_DEFAULT_REGION": parts.region}
        if image_at_least(parts.service.image, FIRST_OFFLINE_FROM_S3):
            plain["HF_HUB_OFFLINE"] = "1"
    if isinstance(parts.service.weights, HubWeights) and parts.service.needs_hub_token and parts.hf_secret:
        secret["HF_TOKEN"] = (parts.hf_secret, HF_SECRET_KEY)
    return [
        *(k8s.core.v1.EnvVarArgs(name=name, value=value) for name, value in plain.items()),
        *(secret_variable(name, *where) for name, where in secret.items()),
    ]


def secret_variable(name: str, secret: str, key: str) -> k8s.core.v1.EnvVarArgs:
    """A variable whose value stands in a Secret."""
    return k8s.core.v1.EnvVarArgs(
        name=name,
        value_from=k8s.core.v1.EnvVarSourceArgs(secret_key_ref=k8s.core.v1.SecretKeySelectorArgs(name=secret, key=key)),
    )


def _mounts(parts: PodParts) -> Sequence[k8s.core.v1.VolumeMountArgs]:
    places = {"cache": f"{HOME}/.cache", "tmp": "/tmp", "shm": "/dev/shm"}  # noqa: S108 - mount points in the container
    mounts = [k8s.core.v1.VolumeMountArgs(name=name, mount_path=path) for name, path in places.items()]
    if parts.service.path_allow_list:
        mounts.append(k8s.core.v1.VolumeMountArgs(name="middleware", mount_path=MIDDLEWARE_PATH, read_only=True))
    return mounts


def _volumes(parts: PodParts) -> Sequence[k8s.core.v1.VolumeArgs]:
    def empty(name: str, size_gib: int, medium: str | None = None) -> k8s.core.v1.VolumeArgs:
        directory = k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{size_gib}Gi", medium=medium)
        return k8s.core.v1.VolumeArgs(name=name, empty_dir=directory)

    volumes = [
        empty("cache", parts.sizing.cache_gib),
        empty("tmp", parts.sizing.tmp_gib),
        empty("shm", parts.sizing.shm_gib, "Memory"),
    ]
    if parts.service.path_allow_list:
        files = k8s.core.v1.ConfigMapVolumeSourceArgs(name=f"{parts.name}-middleware")
        volumes.append(k8s.core.v1.VolumeArgs(name="middleware", config_map=files))
    return volumes
