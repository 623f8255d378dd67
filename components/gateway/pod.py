"""The gateway's pod: an init container that fetches the archive, Envoy, and the policy beside it."""

import pulumi
import pulumi_kubernetes as k8s

from components.gateway.archive import Archive
from components.gateway.configuration import CONFIG_FOLDER, FILE, RUN_FOLDER
from components.gateway.context import GatewayArgs
from components.gateway.volumes import API_TOKEN, ARCHIVE_MOUNT, SCRIPT, TOKEN_MOUNT, mounts, volumes
from components.kubernetes.environment import aws_region, environment
from components.kubernetes.pod_security import container_security, pod_security
from components.kubernetes.scope import Scope
from components.serving.script_pod import SCRIPT_PATH
from gateway.envoy.filters import ANSWER_BYTES
from gateway.envoy.values import parse_bytes
from settings.artifacts.images import ENVOY as ENVOY_IMAGE
from settings.artifacts.images import PYTHON
from settings.derived.gateway.names import DRAIN_PORT, LISTEN_PORT, METRICS_PORT
from settings.derived.priorities import CRITICAL
from settings.derived.shutdown import GATEWAY_GRACE_SECONDS, HEALTH_CHECK_SECONDS
from settings.derived.system_pool.workloads import ENVOY, POLICY
from settings.models.gateway import ENVOY_HEAP_MIB

USER = 101
"""User ``envoy`` of Envoy's image. Both containers run as it, since they share files and sockets."""
ENVOY_THREADS = 2
ENVOY_LIMIT_MIB = ENVOY_HEAP_MIB + ENVOY_THREADS * parse_bytes(ANSWER_BYTES) // 2**20
"""Envoy refuses requests when its heap is full, and beside it each thread may parse one body at that moment."""
POLICY_LIMIT_MIB = 512
RESPONSES_LIMIT_MIB = 256
"""What the process that writes response logs may have beside: buffers of 64 MiB, and what it takes by itself."""
START_FAILURES = 30
_HOST_LABEL, _ZONE_LABEL = "kubernetes.io/hostname", "topology.kubernetes.io/zone"


def pod(scope: Scope, args: GatewayArgs, archive: Archive) -> k8s.core.v1.PodSpecArgs:
    """The pod's specification."""
    return k8s.core.v1.PodSpecArgs(
        service_account_name=args.names.service_account,
        # The token for the Kubernetes API is mounted into the policy alone: Envoy reads what clients send.
        automount_service_account_token=False,
        enable_service_links=False,
        priority_class_name=CRITICAL,
        node_selector=args.facts.system_labels,
        topology_spread_constraints=[_spread(scope, _HOST_LABEL, "DoNotSchedule"), _spread(scope, _ZONE_LABEL)],
        termination_grace_period_seconds=GATEWAY_GRACE_SECONDS,
        security_context=pod_security(USER, USER, fs_group=USER),
        init_containers=[_fetch(args, archive)],
        containers=[_envoy(args), _policy(args)],
        volumes=volumes(scope),
    )


def _spread(scope: Scope, label: str, otherwise: str = "ScheduleAnyway") -> k8s.core.v1.TopologySpreadConstraintArgs:
    """Over nodes that take pods, each rollout's pods by themselves; over zones as far as there are nodes."""
    return k8s.core.v1.TopologySpreadConstraintArgs(
        topology_key=label,
        max_skew=1,
        when_unsatisfiable=otherwise,
        node_taints_policy="Honor",
        match_label_keys=["pod-template-hash"],
        label_selector=scope.match_labels,
    )


def _fetch(args: GatewayArgs, archive: Archive) -> k8s.core.v1.ContainerArgs:
    """Gets the archive, checks and unpacks it, and writes what Envoy and the policy start with."""
    variables: dict[str, pulumi.Input[str]] = {
        "BUCKET": args.platform.bucket_name,
        "KEY": archive.key,
        "SHA256": archive.sha256,
        "FOLDER": ARCHIVE_MOUNT,
        **_python(args),
    }
    return k8s.core.v1.ContainerArgs(
        name="fetch",
        image=args.image(PYTHON.reference),
        command=[
            *("python3", f"{SCRIPT_PATH}/{SCRIPT.name}"),
            *("python3", "-m", "gateway.envoy", "--config", f"{CONFIG_FOLDER}/{FILE}"),
        ],
        env=environment(variables),
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={**POLICY.requests}, limits={"memory": f"{POLICY_LIMIT_MIB}Mi"}
        ),
        security_context=container_security(read_only_root=True),
        volume_mounts=mounts("archive", "config", "run", "script", "tmp", written=("archive", "run", "tmp")),
    )


def _envoy(args: GatewayArgs) -> k8s.core.v1.ContainerArgs:
    return k8s.core.v1.ContainerArgs(
        name="envoy",
        image=args.image(ENVOY_IMAGE.reference),
        command=["envoy"],
        args=[
            # Envoy's own parser takes no ``--option=value``.
            *("--config-path", f"{RUN_FOLDER}/envoy.json"),
            *("--concurrency", str(ENVOY_THREADS)),
            # A typing mistake in a file of the policy must not replace a good cluster by an empty one.
            "--reject-unknown-dynamic-fields",
            # Its shared memory is not writable, and a pod is replaced, not restarted hot.
            "--disable-hot-restart",
            # Each request's line reaches the usage log at once: COMMAND_LINE of gateway.envoy.access_log, which a test compares.
            *("--file-flush-interval-msec", "100"),
            *("--file-flush-min-size-kb", "0"),
            *("--log-level", "warning"),
        ],
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=LISTEN_PORT, protocol="TCP")],
        startup_probe=_ready_probe(START_FAILURES),
        readiness_probe=_ready_probe(2),
        liveness_probe=k8s.core.v1.ProbeArgs(
            tcp_socket=k8s.core.v1.TCPSocketActionArgs(port="http"), period_seconds=10, failure_threshold=6
        ),
        lifecycle=_drain(),
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={**ENVOY.requests}, limits={"memory": f"{ENVOY_LIMIT_MIB}Mi"}
        ),
        security_context=container_security(read_only_root=True),
        volume_mounts=mounts("config", "run", "tmp", written=("run", "tmp")),
    )


def _policy(args: GatewayArgs) -> k8s.core.v1.ContainerArgs:
    probe = k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(path="/metrics", port="metrics"),
        period_seconds=10,
        timeout_seconds=5,
        failure_threshold=6,
    )
    return k8s.core.v1.ContainerArgs(
        name="policy",
        image=args.image(PYTHON.reference),
        command=["python3", "-m", "gateway.policy"],
        # The init container's copy: the ConfigMap changes before this pod is replaced.
        args=["--config", f"{RUN_FOLDER}/{FILE}"],
        env=environment(_python(args)),
        ports=[
            k8s.core.v1.ContainerPortArgs(name="metrics", container_port=METRICS_PORT, protocol="TCP"),
            k8s.core.v1.ContainerPortArgs(name="drain", container_port=DRAIN_PORT, protocol="TCP"),
        ],
        liveness_probe=probe,
        lifecycle=_drain(),
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={**POLICY.requests}, limits={"memory": f"{_policy_limit_mib(args)}Mi"}
        ),
        security_context=container_security(read_only_root=True),
        volume_mounts=[
            *mounts("archive", "run", "tmp", written=("run", "tmp")),
            k8s.core.v1.VolumeMountArgs(name=API_TOKEN, mount_path=TOKEN_MOUNT, read_only=True),
        ],
    )


def _policy_limit_mib(args: GatewayArgs) -> int:
    return POLICY_LIMIT_MIB + (RESPONSES_LIMIT_MIB if args.gateway.response_logs else 0)


def _python(args: GatewayArgs) -> dict[str, pulumi.Input[str]]:
    return {
        "PYTHONPATH": ARCHIVE_MOUNT,
        "PYTHONUNBUFFERED": "1",
        # The archive's folder is read-only for the policy.
        "PYTHONDONTWRITEBYTECODE": "1",
        **aws_region(args.facts.region),
    }


def _ready_probe(failures: int) -> k8s.core.v1.ProbeArgs:
    return k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(path="/ready", port="http"),
        period_seconds=HEALTH_CHECK_SECONDS,
        timeout_seconds=HEALTH_CHECK_SECONDS - 1,
        failure_threshold=failures,
    )


def _drain() -> k8s.core.v1.LifecycleArgs:
    """Both containers wait for the same drain before they get SIGTERM, which would cut streams."""
    return k8s.core.v1.LifecycleArgs(
        pre_stop=k8s.core.v1.LifecycleHandlerArgs(
            http_get=k8s.core.v1.HTTPGetActionArgs(path="/drain", port=DRAIN_PORT)
        )
    )
