"""Alertmanager: it groups alerts of Prometheus and publishes them to the SNS topic."""

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.kubernetes.cluster_service import cluster_service
from components.kubernetes.content import checksum
from components.kubernetes.environment import aws_region, environment
from components.kubernetes.pod_security import container_security
from components.kubernetes.scope import Scope
from components.monitoring.configuration import ALERTMANAGER_FILE, alertmanager_files
from components.monitoring.context import MonitoringArgs
from components.monitoring.network import alertmanager_policy
from components.monitoring.workload import CONFIG, config_map, deployment, empty, of_config_map, pod, probe
from components.roles import PLATFORM
from components.serving.identity import service_account
from settings.artifacts.images import ALERTMANAGER as IMAGE
from settings.derived.monitoring.names import ALERTMANAGER_PORT
from settings.derived.system_pool.workloads import ALERTMANAGER as WORKLOAD

USER = 65534
"""User ``nobody`` of the image."""
CONFIG_FOLDER = "/etc/alertmanager/config"
DATA, DATA_FOLDER = "data", "/alertmanager"
"""Silences and what was sent. On the node's disk on purpose: a volume would keep the pod in one zone, and its loss costs no
more than silences to be set again and alerts that fire sent once more."""


def alertmanager(scope: Scope, args: MonitoringArgs) -> k8s.apps.v1.Deployment:
    """Make the Deployment of one Alertmanager, with its role, Service and network policy; it publishes to the stack's topic."""
    files = alertmanager_files(args)
    before = [
        *args.platform.ready,
        *service_account(
            scope,
            args.platform.trust,
            boundary=args.permissions_boundary,
            description="Alertmanager: publishes alerts to the stack's topic",
            role=f"{PLATFORM}-{scope.name}",
            document=PolicyDocument([*args.publish]),
        ),
        config_map(scope, files),
        alertmanager_policy(scope),
    ]
    cluster_service(scope, {"http": (ALERTMANAGER_PORT, ALERTMANAGER_PORT)})
    # It reads its configuration at its start only.
    rolls = {"llm-platform/config": pulumi.Output.from_input(files[ALERTMANAGER_FILE]).apply(checksum)}
    return deployment(scope, _pod(scope, args), after=before, annotations=rolls)


def _pod(scope: Scope, args: MonitoringArgs) -> k8s.core.v1.PodSpecArgs:
    mount = k8s.core.v1.VolumeMountArgs
    container = k8s.core.v1.ContainerArgs(
        name="alertmanager",
        image=args.image(IMAGE.reference),
        args=[
            f"--config.file={CONFIG_FOLDER}/{ALERTMANAGER_FILE}",
            f"--storage.path={DATA_FOLDER}",
            f"--web.listen-address=0.0.0.0:{ALERTMANAGER_PORT}",
            # One of it: it looks for no others.
            "--cluster.listen-address=",
            "--log.level=warn",
        ],
        env=environment(aws_region(args.facts.region)),
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=ALERTMANAGER_PORT, protocol="TCP")],
        readiness_probe=probe("/-/ready", failures=3),
        liveness_probe=probe("/-/healthy", failures=6),
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={**WORKLOAD.requests}, limits={"memory": WORKLOAD.requests["memory"]}
        ),
        security_context=container_security(read_only_root=True),
        volume_mounts=[
            mount(name=CONFIG, mount_path=CONFIG_FOLDER, read_only=True),
            mount(name=DATA, mount_path=DATA_FOLDER),
        ],
    )
    return pod(scope, args, container, [of_config_map(scope), empty(DATA, "1Gi")], user=USER)
