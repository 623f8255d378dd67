"""Prometheus: what it may do, what it keeps, and its configuration."""

from dataclasses import replace

import pytest

from components.monitoring.monitoring import Monitoring
from monitoring.scrape import names as scraped
from settings.derived.monitoring import names
from settings.derived.monitoring.sizes import SIZES
from tests.components.builders import document, on_kubernetes
from tests.components.monitoring.builders import WORKSPACE, arguments, config, container, monitoring, pod
from tests.harness import deploy

MADE = monitoring()


def test_it_is_nobody_and_writes_to_its_volume_alone() -> None:
    spec, one = pod(MADE, "prometheus"), container(MADE, "prometheus")
    assert (spec["securityContext"]["runAsUser"], spec["securityContext"]["fsGroup"]) == (65534, 65534)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert one["securityContext"]["readOnlyRootFilesystem"] is True
    assert [mount["name"] for mount in one["volumeMounts"] if not mount.get("readOnly")] == ["data"]


def test_the_api_token_is_mounted_since_it_finds_its_targets_by_it() -> None:
    assert pod(MADE, "prometheus")["automountServiceAccountToken"] is True
    assert pod(MADE, "alertmanager")["automountServiceAccountToken"] is False


def test_the_scrape_token_is_where_the_configuration_reads_it() -> None:
    mounts = {mount["name"]: mount["mountPath"] for mount in container(MADE, "prometheus")["volumeMounts"]}
    assert f"{mounts['token']}/{names.TOKEN_KEY}" == scraped.TOKEN_FILE


@pytest.mark.parametrize("size", SIZES)
def test_memory_disk_and_queries_are_bounded_by_the_size(size: str) -> None:
    made, wanted = monitoring(size=size, retention_hours=48), SIZES[size]
    one = container(made, "prometheus")
    flags = dict(argument.removeprefix("--").split("=", 1) for argument in one["args"])
    assert one["resources"]["limits"]["memory"] == one["resources"]["requests"]["memory"]
    claim = made.one("PersistentVolumeClaim").inputs["spec"]
    assert claim["resources"]["requests"]["storage"] == f"{wanted.disk_gib}Gi"
    assert flags["storage.tsdb.retention.time"] == "48h"
    assert int(flags["storage.tsdb.retention.size"].removesuffix("MB")) == int(wanted.disk_gib * 0.8 * 1024)
    assert int(flags["query.max-samples"]) * 16 * 8 <= wanted.memory_mib * 1024**2
    assert config(made, "prometheus", "prometheus.yml")["scrape_configs"][0]["target_limit"] == wanted.engines


def test_the_volume_is_encrypted_and_the_claim_is_not_awaited() -> None:
    storage, claim = MADE.one("StorageClass").inputs, MADE.one("PersistentVolumeClaim").inputs
    assert storage["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert storage["volumeBindingMode"] == "WaitForFirstConsumer"
    assert claim["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_it_reads_no_secret_and_no_proxy_of_nodes() -> None:
    rules = MADE.one("ClusterRole").inputs["rules"]
    read = {resource: rule["verbs"] for rule in rules for resource in rule["resources"]}
    assert set(read) == {"namespaces", "nodes", "pods", "services", "endpointslices", "nodes/metrics"}
    assert read["nodes/metrics"] == ["get"]
    assert all(verbs == ["get", "list", "watch"] for name, verbs in read.items() if name != "nodes/metrics")


def test_files_change_without_a_new_pod() -> None:
    flags = container(MADE, "prometheus")["args"]
    assert "--enable-feature=auto-reload-config" in flags
    assert "annotations" not in MADE.one("Deployment", "prometheus").inputs["spec"]["template"]["metadata"]


def jobs(**settings: object) -> set[str]:
    return {job["job_name"] for job in config(monitoring(**settings), "prometheus", "prometheus.yml")["scrape_configs"]}


def test_jobs_are_those_of_what_the_platform_has() -> None:
    assert {"engines", "gateway", "karpenter", "dcgm", "kubelet", "load-balancer-controller"} <= jobs()
    without = jobs(gateway=False, gpu=False, karpenter=False)
    assert not without & {"gateway", "karpenter", "dcgm"}


def test_the_configuration_finds_rules_and_alertmanager() -> None:
    document_ = config(MADE, "prometheus", "prometheus.yml")
    assert document_["rule_files"] == ["rules.yml"]
    assert config(MADE, "prometheus", "rules.yml")["groups"]
    (alertmanagers,) = document_["alerting"]["alertmanagers"]
    service = MADE.one("Service", "alertmanager").inputs
    assert alertmanagers["static_configs"] == [
        {"targets": [f"{service['metadata']['name']}:{service['spec']['ports'][0]['port']:.0f}"]}
    ]


def test_the_age_of_keys_that_alerts_is_a_setting() -> None:
    rules = monitoring(key_age_days=90).one("ConfigMap", "prometheus-config").inputs["data"]["rules.yml"]
    assert "llm_gateway_key_created_timestamp_seconds) > 90d" in rules


def test_rules_have_the_thresholds_of_platform_and_services() -> None:
    made = monitoring(gateway=False, thresholds={"queue_per_replica": 77})
    rules = made.one("ConfigMap", "prometheus-config").inputs["data"]["rules.yml"]
    assert "77" in rules
    assert "dev/chat" in rules


def test_samples_are_written_to_a_workspace_that_exists() -> None:
    made = monitoring(remote_write={"workspace_arn": WORKSPACE})
    (written,) = config(made, "prometheus", "prometheus.yml")["remote_write"]
    assert written["url"].endswith("/workspaces/ws-12345678-1234-1234-1234-123456789012/api/v1/remote_write")
    assert written["sigv4"] == {"region": "us-west-2"}
    (statement,) = document(made.one("RolePolicy", "llm-prometheus")).values()
    assert (statement["Action"], statement["Resource"]) == (["aps:RemoteWrite"], [WORKSPACE])
    assert not made.of_type("Workspace")


def test_a_workspace_is_made_where_settings_say_so() -> None:
    made = monitoring(remote_write={"create": True})
    assert made.one("Workspace").inputs["alias"] == "llm-dev"
    (written,) = config(made, "prometheus", "prometheus.yml")["remote_write"]
    assert written["url"].endswith("api/v1/remote_write")


def test_without_remote_write_its_role_has_no_permission() -> None:
    assert [one.name for one in MADE.of_type("RolePolicy")] == ["llm-alertmanager"]


def test_a_volume_that_is_larger_than_its_size_is_kept_and_exported() -> None:
    def program() -> None:
        args = replace(arguments(size="small"), volume_gib=40)
        Monitoring("monitoring", args, on_kubernetes()).export()

    made = deploy(program)
    assert made.error is None, made.error
    claim = made.one("PersistentVolumeClaim", "prometheus").inputs
    assert claim["spec"]["resources"]["requests"] == {"storage": "40Gi"}
    assert made.exports[names.VOLUME_OUTPUT] == 40
    assert MADE.exports[names.VOLUME_OUTPUT] == SIZES["small"].disk_gib
