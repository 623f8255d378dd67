"""Grafana: the platform's dashboards over its Prometheus, for people whom an OpenID Connect issuer knows.

It keeps nothing: data source and dashboards are files, people and their sessions are in a database that goes with the pod.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pulumi_kubernetes as k8s

from components.iam import PolicyDocument, Statement
from components.kubernetes.cluster_service import cluster_service
from components.kubernetes.content import checksum, source
from components.kubernetes.environment import aws_region, environment
from components.kubernetes.pod_security import container_security
from components.kubernetes.scope import Scope
from components.monitoring.context import MonitoringArgs
from components.monitoring.grafana_variables import (
    DASHBOARD_FOLDER,
    DATA_FOLDER,
    PROVISIONING_FOLDER,
    SIGN_IN_FOLDER,
    variables,
)
from components.monitoring.network import grafana_policy
from components.monitoring.workload import CONFIG, config_map, deployment, empty, of_config_map, pod, probe
from components.network.https_ingress import HTTPS_PORT
from components.roles import PLATFORM
from components.serving.identity import service_account
from components.serving.script_pod import SCRIPT_PATH
from monitoring.dashboards.files import committed
from monitoring.provisioning import dashboard_provider, data_source
from settings.artifacts.images import GRAFANA as IMAGE
from settings.artifacts.images import PYTHON
from settings.derived.monitoring.names import GRAFANA_PORT, PROMETHEUS, PROMETHEUS_PORT
from settings.derived.system_pool.workloads import GRAFANA as WORKLOAD
from settings.models.monitoring import GrafanaOidcSettings

USER = 472
"""User ``grafana`` of the image."""
# Named by its path: it imports boto3, which no start of the program needs.
SCRIPT = Path(__file__).parents[1] / "payloads" / "grafana_sign_in.py"
DASHBOARDS, SIGN_IN, START, DATA, TMP = "dashboards", "sign-in", "start", "data", "tmp"
"""Names of its volumes, and suffixes of its ConfigMaps."""
START_FAILURES = 60
"""Ten minutes for the image, and for the tables of its database, which is new at each start."""
_FILES = {"data-source.yaml": "datasources/prometheus.yaml", "provider.yaml": "dashboards/llm-platform.yaml"}
"""Key of the ConfigMap to the path below Grafana's provisioning folder."""
_mount = k8s.core.v1.VolumeMountArgs


def grafana(scope: Scope, args: MonitoringArgs, oidc: GrafanaOidcSettings) -> k8s.apps.v1.Deployment:
    """Make it.

    Args:
        scope: The workload.
        args: Arguments of monitoring.
        oidc: How people sign in.
    """
    files, script = _provisioning(args), source(SCRIPT)
    dashboards = {f"llm-{name}.json": text for name, text in committed(args.settings.runbooks).items()}
    read = Statement(
        sid="ReadClientSecret", actions=["secretsmanager:GetSecretValue"], resources=[oidc.client_secret_arn]
    )
    before = [
        *args.platform.ready,
        *service_account(
            scope,
            args.platform.trust,
            boundary=args.permissions_boundary,
            description="Grafana: reads the secret of its OIDC client",
            role=f"{PLATFORM}-{scope.name}",
            document=PolicyDocument([read]),
        ),
        config_map(scope, files),
        config_map(scope, dashboards, DASHBOARDS),
        config_map(scope, {SCRIPT.name: script}, START),
        grafana_policy(scope, urlsplit(oidc.issuer).port or HTTPS_PORT),
    ]
    cluster_service(scope, {"http": (GRAFANA_PORT, GRAFANA_PORT)})
    # Dashboards are read again while it runs, the rest at its start only.
    rolls = {"llm-platform/config": checksum(*files.values(), script)}
    return deployment(scope, _pod(scope, args, oidc), after=before, annotations=rolls)


def _provisioning(args: MonitoringArgs) -> dict[str, str]:
    prometheus = f"http://{PROMETHEUS}:{PROMETHEUS_PORT}"
    return {
        "data-source.yaml": data_source(prometheus, scrape_seconds=args.settings.scrape_seconds),
        "provider.yaml": dashboard_provider(DASHBOARD_FOLDER),
    }


def _pod(scope: Scope, args: MonitoringArgs, oidc: GrafanaOidcSettings) -> k8s.core.v1.PodSpecArgs:
    container = k8s.core.v1.ContainerArgs(
        name="grafana",
        image=args.image(IMAGE.reference),
        env=environment(variables(args, oidc)),
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=GRAFANA_PORT, protocol="TCP")],
        startup_probe=probe("/api/health", failures=START_FAILURES),
        readiness_probe=probe("/api/health", failures=3),
        liveness_probe=probe("/api/health", failures=6),
        resources=_resources(),
        security_context=container_security(read_only_root=True),
        volume_mounts=[
            _mount(name=CONFIG, mount_path=PROVISIONING_FOLDER, read_only=True),
            _mount(name=DASHBOARDS, mount_path=DASHBOARD_FOLDER, read_only=True),
            _mount(name=SIGN_IN, mount_path=SIGN_IN_FOLDER, read_only=True),
            _mount(name=DATA, mount_path=DATA_FOLDER),
            # Plugins of the image are processes, whose sockets are here.
            _mount(name=TMP, mount_path="/tmp"),  # noqa: S108
        ],
    )
    volumes = [
        _provisioned(scope),
        of_config_map(scope, DASHBOARDS),
        of_config_map(scope, START),
        empty(SIGN_IN, "1Mi", in_memory=True),
        empty(DATA, "1Gi"),
        empty(TMP, "64Mi"),
    ]
    return pod(scope, args, container, volumes, user=USER, init_containers=[_sign_in(args, oidc)])


def _sign_in(args: MonitoringArgs, oidc: GrafanaOidcSettings) -> k8s.core.v1.ContainerArgs:
    """Writes the issuer's addresses, the client's secret and the database's key."""
    return k8s.core.v1.ContainerArgs(
        name=SIGN_IN,
        image=args.image(PYTHON.reference),
        command=["python3", f"{SCRIPT_PATH}/{SCRIPT.name}"],
        env=environment(
            {
                "ISSUER": oidc.issuer,
                "SECRET_ARN": oidc.client_secret_arn,
                "FOLDER": SIGN_IN_FOLDER,
                "DATA": DATA_FOLDER,
                "PYTHONUNBUFFERED": "1",
                **aws_region(args.facts.region),
            }
        ),
        resources=_resources(),
        security_context=container_security(read_only_root=True),
        volume_mounts=[
            _mount(name=START, mount_path=SCRIPT_PATH, read_only=True),
            _mount(name=SIGN_IN, mount_path=SIGN_IN_FOLDER),
            _mount(name=DATA, mount_path=DATA_FOLDER),
        ],
    )


def _resources() -> k8s.core.v1.ResourceRequirementsArgs:
    return k8s.core.v1.ResourceRequirementsArgs(
        requests={**WORKLOAD.requests}, limits={"memory": WORKLOAD.requests["memory"]}
    )


def _provisioned(scope: Scope) -> k8s.core.v1.VolumeArgs:
    items = [k8s.core.v1.KeyToPathArgs(key=key, path=path) for key, path in _FILES.items()]
    return k8s.core.v1.VolumeArgs(
        name=CONFIG, config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=scope.named(CONFIG), items=items)
    )
