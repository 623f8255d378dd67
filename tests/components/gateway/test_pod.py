"""The gateway's pod: restricted, drained before it ends, credentials for those who need them only."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.config import parse
from gateway.envoy.__main__ import CONFIG_FILE
from gateway.envoy.access_log import COMMAND_LINE
from settings.derived.shutdown import GATEWAY_DRAIN_SECONDS, GATEWAY_GRACE_SECONDS
from tests.certificates import certificate
from tests.components.gateway.builders import gateway
from tests.harness import ARCHIVE

MADE = gateway()
TEMPLATE = MADE.one("Deployment").inputs["spec"]["template"]
POD = TEMPLATE["spec"]
CONTAINERS: dict[str, dict[str, Any]] = {one["name"]: one for one in POD["containers"]}
FETCH = POD["initContainers"][0]


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one.get("value") for one in container["env"]}


def test_it_is_the_platforms_own_on_the_system_pool() -> None:
    assert POD["priorityClassName"] == "llm-platform-critical"
    assert POD["nodeSelector"] == {"llm-platform/pool": "system"}
    host, zone = POD["topologySpreadConstraints"]
    assert (host["topologyKey"], host["whenUnsatisfiable"]) == ("kubernetes.io/hostname", "DoNotSchedule")
    assert (zone["topologyKey"], zone["whenUnsatisfiable"]) == ("topology.kubernetes.io/zone", "ScheduleAnyway")
    assert host["matchLabelKeys"] == ["pod-template-hash"], "or a rollout's new pods could find no node"


@pytest.mark.parametrize("container", [FETCH, *CONTAINERS.values()], ids=lambda one: one["name"])
def test_every_container_is_restricted(container: dict[str, Any]) -> None:
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]["limits"]) == {"memory"}
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}


def test_the_pod_runs_as_one_user_that_owns_its_volumes() -> None:
    assert POD["securityContext"] == {
        "runAsUser": 101,
        "runAsGroup": 101,
        "fsGroup": 101,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_both_containers_wait_for_the_drain() -> None:
    assert POD["terminationGracePeriodSeconds"] == GATEWAY_GRACE_SECONDS
    for one in CONTAINERS.values():
        assert one["lifecycle"]["preStop"] == {"httpGet": {"path": "/drain", "port": 9903}}


def test_the_init_container_gets_the_archive_and_writes_what_envoy_starts_with() -> None:
    assert FETCH["command"] == [
        "python3",
        "/etc/llm-platform/fetch_archive.py",
        *("python3", "-m", "gateway.envoy", "--config", "/etc/gateway/gateway.json"),
    ]
    found = environment(FETCH)
    assert found["SHA256"] == ARCHIVE.stem
    assert found["KEY"] == f"gateway/{ARCHIVE.stem}.zip"
    assert (found["BUCKET"], found["FOLDER"], found["PYTHONPATH"]) == ("models-1", "/opt/gateway", "/opt/gateway")
    scripts = MADE.one("ConfigMap", "gateway-fetch").inputs["data"]
    assert set(scripts) == {"fetch_archive.py"}


def test_the_policy_reads_the_copy_of_its_configuration() -> None:
    """A process that is started again while an update has changed the ConfigMap already."""
    assert CONTAINERS["policy"]["args"] == ["--config", f"/run/gateway/{CONFIG_FILE}"]
    assert "config" not in {each["name"] for each in CONTAINERS["policy"]["volumeMounts"]}


def test_envoy_has_neither_the_api_token_nor_the_role() -> None:
    assert POD["automountServiceAccountToken"] is False
    mounted = {name: {each["mountPath"] for each in one["volumeMounts"]} for name, one in CONTAINERS.items()}
    token = "/var/run/secrets/kubernetes.io/serviceaccount"
    assert token in mounted["policy"]
    assert token not in mounted["envoy"]
    assert TEMPLATE["metadata"]["annotations"]["eks.amazonaws.com/skip-containers"] == "envoy"


def test_only_what_is_written_is_mounted_writable() -> None:
    for one in (FETCH, *CONTAINERS.values()):
        writable = {each["name"] for each in one["volumeMounts"] if not each.get("readOnly")}
        assert writable == {"run", "tmp"} | ({"archive"} if one is FETCH else set())


def test_envoys_options() -> None:
    options = CONTAINERS["envoy"]["args"]
    assert options[options.index("--config-path") + 1] == "/run/gateway/envoy.json"
    place = options.index(COMMAND_LINE[0])
    assert options[place : place + len(COMMAND_LINE)] == list(COMMAND_LINE)
    assert not [option for option in options if "=" in option]  # Envoy refuses --option=value
    for option in ("--reject-unknown-dynamic-fields", "--disable-hot-restart"):
        assert option in options
    assert CONTAINERS["envoy"]["image"] == "envoyproxy/envoy:v1.40.0"
    assert CONTAINERS["envoy"]["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    # A policy that is away must not end Envoy's streams.
    assert "httpGet" not in CONTAINERS["envoy"]["livenessProbe"]


def test_the_configuration_is_what_the_gateway_reads() -> None:
    issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI"
    made = gateway(hold_seconds=120, oidc={"issuer": issuer}, limits={"requests_per_second": 3})
    data = made.one("ConfigMap", "gateway").inputs["data"]
    config = parse(json.loads(data["gateway.json"]))
    assert (config.stack, config.table, config.namespace) == ("dev", "llm-dev-gateway", "llm-gateway")
    assert (config.listen, config.admin, config.metrics, config.drain) == (8080, 9901, 9902, 9903)
    assert (config.hold_seconds, config.hold_requests, config.max_request_bytes) == (120, 100, 8 * 1024 * 1024)
    assert config.drain_seconds == GATEWAY_DRAIN_SECONDS
    assert config.limits.requests_per_second == 3
    assert config.oidc
    assert config.oidc.issuer == issuer
    assert config.discovery is None
    assert config.bucket == "models-1"


def test_envoy_has_the_private_cas_of_the_issuer_where_its_configuration_looks(tmp_path: Path) -> None:
    bundle = certificate(tmp_path / "ca", "ca.example")[0].read_text()
    made = gateway(oidc={"issuer": "https://id.example.com/", "ca_bundle": bundle})
    data = made.one("ConfigMap", "gateway").inputs["data"]
    oidc = parse(json.loads(data["gateway.json"])).oidc
    assert oidc
    folder = {one["name"]: one["mountPath"] for one in CONTAINERS["envoy"]["volumeMounts"]}["config"]
    assert oidc.ca_file == f"{folder}/issuer-ca.pem"
    assert data["issuer-ca.pem"] == bundle
    assert list(gateway().one("ConfigMap", "gateway").inputs["data"]) == ["gateway.json"]


def test_pods_roll_when_the_configuration_changes_and_not_for_a_new_owner() -> None:
    def rolled(**settings: Any) -> str:
        made = gateway(**settings).one("Deployment").inputs["spec"]["template"]["metadata"]["annotations"]
        return str(made["llm-platform/config"])

    assert rolled() == rolled()
    assert rolled() != rolled(hold_seconds=61)
    assert rolled() == rolled(replicas=3)


def test_pods_roll_when_a_private_ca_of_the_issuer_changes(tmp_path: Path) -> None:
    def rolled(name: str) -> str:
        bundle = certificate(tmp_path / name, "ca.example")[0].read_text()
        made = gateway(oidc={"issuer": "https://id.example.com/", "ca_bundle": bundle}).one("Deployment").inputs
        return str(made["spec"]["template"]["metadata"]["annotations"]["llm-platform/config"])

    assert rolled("old") != rolled("new")


def test_images_come_from_the_mirror() -> None:
    pod = gateway(mirror="registry.example.com/mirror").one("Deployment").inputs["spec"]["template"]["spec"]
    images = {one["image"] for one in (*pod["initContainers"], *pod["containers"])}
    assert images == {
        "registry.example.com/mirror/envoyproxy/envoy:v1.40.0",
        "registry.example.com/mirror/lambda/python:3.13.2025.12.15.13",
    }
