"""Prometheus: its account, volume, configuration, pod and Service."""

from collections.abc import Sequence

import pulumi_kubernetes as k8s

from components.keys import DrawnKeys
from components.kubernetes.cluster_service import cluster_service
from components.kubernetes.environment import aws_region, environment
from components.kubernetes.pod_security import container_security
from components.kubernetes.scope import Scope
from components.kubernetes.storage import volume_claim
from components.monitoring.configuration import PROMETHEUS_FILE, prometheus_files
from components.monitoring.context import MonitoringArgs
from components.monitoring.discovery import discovery
from components.monitoring.network import prometheus_policy
from components.monitoring.workload import CONFIG, config_map, deployment, of_config_map, pod, probe
from components.monitoring.workspace import Workspace
from components.roles import PLATFORM
from components.serving.identity import service_account
from planner.units import MIB
from settings.artifacts.images import PROMETHEUS as IMAGE
from settings.derived.monitoring.names import PROMETHEUS_PORT
from settings.derived.monitoring.sizes import MonitoringSize
from settings.derived.system_pool.workloads import prometheus_workload

USER = 65534
"""User ``nobody`` of the image."""
CONFIG_FOLDER = "/etc/prometheus/config"
TOKEN, TOKEN_FOLDER = "token", "/etc/prometheus/token"
DATA, DATA_FOLDER = "data", "/prometheus"
START_FAILURES = 60
"""Ten minutes for the read of the log at a start."""
GRACE_SECONDS = 120
"""It writes what it has in memory before it ends (the Prometheus operator gives it 600 s; a size of ours takes less)."""
QUERY_SHARE = 8
"""A query may load samples of an eighth of the memory; a sample takes 16 bytes (flag ``--query.max-samples``)."""
_SAMPLE_BYTES = 16


def prometheus(
    scope: Scope, args: MonitoringArgs, token: DrawnKeys, workspace: Workspace | None
) -> k8s.apps.v1.Deployment:
    """Make the Deployment of one Prometheus, with its role, Service, network policy, and volume where it has one."""
    account = service_account(
        scope,
        args.platform.trust,
        boundary=args.permissions_boundary,
        description="Prometheus: writes samples to the workspace, where there is one",
        role=f"{PLATFORM}-{scope.name}",
        document=workspace.write_policy if workspace else None,
    )
    before = [
        *args.platform.ready,
        *account,
        *discovery(scope),
        config_map(scope, prometheus_files(args, workspace)),
        volume_claim(scope, args.volume_gib, args.facts.volume_key),
        prometheus_policy(scope, args),
        token.secret,
    ]
    cluster_service(scope, {"http": (PROMETHEUS_PORT, PROMETHEUS_PORT)})
    return deployment(scope, _pod(scope, args, token), after=before)


def arguments(args: MonitoringArgs) -> list[str]:
    """Its command line; the configuration is read again when a file of it changes, so the pod does not roll for it."""
    return [
        f"--config.file={CONFIG_FOLDER}/{PROMETHEUS_FILE}",
        f"--storage.tsdb.path={DATA_FOLDER}",
        f"--storage.tsdb.retention.time={args.settings.retention_hours}h",
        f"--storage.tsdb.retention.size={_samples_mib(args.size)}MB",
        f"--query.max-samples={_most_samples(args.size)}",
        f"--web.listen-address=0.0.0.0:{PROMETHEUS_PORT}",
        "--enable-feature=auto-reload-config",
        "--log.level=warn",
    ]


def _samples_mib(size: MonitoringSize) -> int:
    return int(size.samples_gib * 1024)


def _most_samples(size: MonitoringSize) -> int:
    return size.memory_mib * MIB // QUERY_SHARE // _SAMPLE_BYTES


def _pod(scope: Scope, args: MonitoringArgs, token: DrawnKeys) -> k8s.core.v1.PodSpecArgs:
    workload = prometheus_workload(args.size)
    container = k8s.core.v1.ContainerArgs(
        name="prometheus",
        image=args.image(IMAGE.reference),
        args=[*arguments(args)],
        env=environment(aws_region(args.facts.region)),
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=PROMETHEUS_PORT, protocol="TCP")],
        startup_probe=probe("/-/ready", failures=START_FAILURES),
        readiness_probe=probe("/-/ready", failures=3),
        liveness_probe=probe("/-/healthy", failures=6),
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={**workload.requests}, limits={"memory": workload.requests["memory"]}
        ),
        security_context=container_security(read_only_root=True),
        volume_mounts=_mounts(),
    )
    volumes = [
        of_config_map(scope),
        k8s.core.v1.VolumeArgs(name=TOKEN, secret=k8s.core.v1.SecretVolumeSourceArgs(secret_name=token.name)),
        k8s.core.v1.VolumeArgs(
            name=DATA, persistent_volume_claim=k8s.core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=scope.name)
        ),
    ]
    return pod(scope, args, container, volumes, user=USER, api_token=True, grace_seconds=GRACE_SECONDS)


def _mounts() -> Sequence[k8s.core.v1.VolumeMountArgs]:
    mount = k8s.core.v1.VolumeMountArgs
    return [
        mount(name=CONFIG, mount_path=CONFIG_FOLDER, read_only=True),
        mount(name=TOKEN, mount_path=TOKEN_FOLDER, read_only=True),
        mount(name=DATA, mount_path=DATA_FOLDER),
    ]
