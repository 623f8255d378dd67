"""Grafana: people sign in at the issuer alone, its secret is in no resource, and it changes and sends nothing."""

import ast
import json
from pathlib import Path
from typing import Any

import yaml

from components.monitoring.grafana import SCRIPT
from components.monitoring.grafana_variables import KEY_FILE, SIGN_IN_FILES
from components.payloads import grafana_sign_in
from tests.components.builders import document
from tests.components.monitoring.builders import WORKSPACE, container, monitoring, pod
from tests.harness import Deployment
from tests.settings.bad_settings import SECRET

KEYS = {
    "ANALYTICS": {"REPORTING_ENABLED", "CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES", "FEEDBACK_LINKS_ENABLED"},
    "AUTH": {"DISABLE_LOGIN_FORM"},
    "AUTH_ANONYMOUS": {"ENABLED"},
    "AUTH_BASIC": {"ENABLED"},
    "AUTH_GENERIC_OAUTH": {
        *("ENABLED", "NAME", "ALLOW_SIGN_UP", "CLIENT_ID", "CLIENT_SECRET", "SCOPES", "USE_PKCE"),
        *("AUTH_URL", "TOKEN_URL", "API_URL"),
    },
    "DASHBOARDS": {"DEFAULT_HOME_DASHBOARD_PATH"},
    "LOG": {"MODE", "LEVEL"},
    "NEWS": {"NEWS_FEED_ENABLED"},
    "PATHS": {"DATA", "LOGS", "PLUGINS", "PROVISIONING"},
    "PLUGINS": {
        *("PLUGIN_ADMIN_ENABLED", "PREINSTALL_DISABLED", "PREINSTALL_AUTO_UPDATE", "PUBLIC_KEY_RETRIEVAL_DISABLED"),
    },
    "PUBLIC_DASHBOARDS": {"ENABLED"},
    "SECURITY": {"DISABLE_INITIAL_ADMIN_CREATION", "DISABLE_GRAVATAR", "SECRET_KEY"},
    "SERVER": {"HTTP_PORT", "ROOT_URL"},
    "SNAPSHOTS": {"ENABLED", "EXTERNAL_ENABLED"},
    "USERS": {"ALLOW_SIGN_UP", "ALLOW_ORG_CREATE", "AUTO_ASSIGN_ORG_ROLE"},
}
"""Sections and keys of Grafana's conf/defaults.ini, as its variables have them: those of 13 that were compared, in the copy
The1Studio/grafana at c1f6ee004ad9, as no copy of the release itself could be read. Grafana ignores a variable whose key is not
in the file, so a new one is looked up there first."""
OIDC = {"issuer": "https://id.example.com/pool", "client_id": "grafana", "client_secret_arn": SECRET}


def with_grafana(oidc: dict[str, str] = OIDC, **settings: Any) -> Deployment:
    return monitoring(grafana={"oidc": oidc}, **settings)


MADE = with_grafana()


def variables(run: Deployment = MADE) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container(run, "grafana")["env"]}


def annotation(run: Deployment) -> str:
    template = run.one("Deployment", "grafana").inputs["spec"]["template"]
    return str(template["metadata"]["annotations"]["llm-platform/config"])


def test_there_is_none_unless_settings_say_so() -> None:
    assert "grafana" not in {one.name for one in monitoring().of_type("Deployment")}


def test_it_runs_restricted_as_its_own_user_and_writes_into_volumes_only() -> None:
    spec = pod(MADE, "grafana")
    assert spec["securityContext"]["runAsUser"] == spec["securityContext"]["fsGroup"] == 472
    for one in (*spec["initContainers"], *spec["containers"]):
        assert one["securityContext"]["readOnlyRootFilesystem"] is True
        assert one["securityContext"]["allowPrivilegeEscalation"] is False
        assert one["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    written = {mount["name"] for mount in container(MADE, "grafana")["volumeMounts"] if not mount.get("readOnly")}
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert written == {"data", "tmp"}
    assert all("emptyDir" in volumes[name] for name in written)


def test_nobody_gets_in_but_through_the_issuer() -> None:
    found = variables()
    for name in ("AUTH_ANONYMOUS_ENABLED", "AUTH_BASIC_ENABLED", "USERS_ALLOW_SIGN_UP"):
        assert found[f"GF_{name}"] == "false", name
    for name in ("AUTH_DISABLE_LOGIN_FORM", "SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "AUTH_GENERIC_OAUTH_ENABLED"):
        assert found[f"GF_{name}"] == "true", name
    assert found["GF_USERS_AUTO_ASSIGN_ORG_ROLE"] == "Viewer"
    assert found["GF_AUTH_GENERIC_OAUTH_CLIENT_ID"] == "grafana"
    assert not any("PASSWORD" in name for name in found)


def test_each_variable_is_a_key_of_grafanas_configuration() -> None:
    known = {f"GF_{section}_{key}" for section, keys in KEYS.items() for key in keys}
    assert {name.removesuffix("__FILE") for name in variables()} == known


def test_it_sends_nothing_home() -> None:
    found = variables()
    for name in ("REPORTING_ENABLED", "CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES"):
        assert found[f"GF_ANALYTICS_{name}"] == "false", name
    assert found["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert found["GF_SNAPSHOTS_EXTERNAL_ENABLED"] == "false"


def test_the_clients_secret_is_read_by_the_pod_into_memory() -> None:
    assert {sid: one["Resource"] for sid, one in document(MADE.one("RolePolicy", "llm-grafana")).items()} == {
        "ReadClientSecret": [SECRET]
    }
    (first,) = pod(MADE, "grafana")["initContainers"]
    given = {one["name"]: one["value"] for one in first["env"]}
    assert (given["ISSUER"], given["SECRET_ARN"]) == (OIDC["issuer"], SECRET)
    (memory,) = [one for one in pod(MADE, "grafana")["volumes"] if one["name"] == "sign-in"]
    assert memory["emptyDir"]["medium"] == "Memory"
    assert variables()["GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET__FILE"] == f"{given['FOLDER']}/client_secret"
    assert not [one for one in MADE.of_type("Secret") if "grafana" in one.name]


def test_every_file_that_it_reads_is_one_that_the_init_container_writes() -> None:
    assert set(SIGN_IN_FILES) == {*grafana_sign_in.ENDPOINTS, grafana_sign_in.CLIENT_SECRET}
    assert KEY_FILE == grafana_sign_in.KEY
    files = {name: value for name, value in variables().items() if name.endswith("__FILE")}
    assert set(files.values()) == {f"/run/sign-in/{name}" for name in SIGN_IN_FILES} | {f"/var/lib/grafana/{KEY_FILE}"}


def test_the_script_is_in_the_config_map_and_takes_the_variables_that_it_is_given() -> None:
    text = MADE.one("ConfigMap", "grafana-start").inputs["data"][SCRIPT.name]
    read = {
        node.slice.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Subscript)
        and ast.unparse(node.value) == "environment"
        and isinstance(node.slice, ast.Constant)
    }
    (first,) = pod(MADE, "grafana")["initContainers"]
    assert read <= {one["name"] for one in first["env"]}
    assert first["command"][1].endswith(f"/{SCRIPT.name}")


def test_its_data_source_is_prometheus_with_and_without_a_workspace() -> None:
    for run in (MADE, with_grafana(remote_write={"workspace_arn": WORKSPACE})):
        files = run.one("ConfigMap", "grafana-config").inputs["data"]
        (source,) = yaml.safe_load(files["data-source.yaml"])["datasources"]
        assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
        assert source["isDefault"] is True
        assert source["editable"] is False


def test_the_dashboards_are_those_of_the_project_and_nobody_changes_them() -> None:
    (provider,) = yaml.safe_load(MADE.one("ConfigMap", "grafana-config").inputs["data"]["provider.yaml"])["providers"]
    assert provider["allowUiUpdates"] is False
    assert provider["disableDeletion"] is True
    folder = provider["options"]["path"]
    assert folder in {mount["mountPath"] for mount in container(MADE, "grafana")["volumeMounts"]}
    found = MADE.one("ConfigMap", "grafana-dashboards").inputs["data"]
    committed = Path("monitoring/dashboards/json").glob("*.json")
    assert {json.loads(text)["uid"] for text in found.values()} == {
        json.loads(one.read_text())["uid"] for one in committed
    }
    home = Path(variables()["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == folder
    assert home.name in found


def test_each_provisioning_file_is_where_grafana_looks() -> None:
    (volume,) = [one for one in pod(MADE, "grafana")["volumes"] if one["name"] == "config"]
    items = {one["key"]: one["path"] for one in volume["configMap"]["items"]}
    assert set(items) == set(MADE.one("ConfigMap", "grafana-config").inputs["data"])
    assert {Path(path).parts[0] for path in items.values()} == {"datasources", "dashboards"}


def test_it_is_reached_by_no_pod_and_reaches_prometheus_dns_and_https() -> None:
    spec = MADE.one("NetworkPolicy", "grafana").inputs["spec"]
    assert not spec.get("ingress")
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert {port["port"] for rule in spec["egress"] for port in rule["ports"]} == {53, 443, 9090}
    assert MADE.one("Service", "grafana").inputs["spec"]["type"] == "ClusterIP"


def test_an_issuer_at_a_port_of_its_own_is_reached() -> None:
    made = with_grafana({**OIDC, "issuer": "https://id.example.com:8443/"})
    rules = made.one("NetworkPolicy", "grafana").inputs["spec"]["egress"]
    assert 8443 in {port["port"] for rule in rules for port in rule["ports"]}


def test_another_pace_of_scrapes_rolls_its_pod_and_another_retention_does_not() -> None:
    assert annotation(MADE) != annotation(with_grafana(scrape_seconds=15))
    assert annotation(MADE) == annotation(with_grafana(retention_hours=48))


def test_images_come_from_the_mirror() -> None:
    spec = pod(with_grafana(mirror="registry.example.com/copies"), "grafana")
    for one in (*spec["initContainers"], *spec["containers"]):
        assert one["image"].startswith("registry.example.com/copies/")


def test_its_links_lead_to_the_runbooks() -> None:
    made = with_grafana(runbooks_url="https://example.com/docs/runbooks/")
    for text in made.one("ConfigMap", "grafana-dashboards").inputs["data"].values():
        assert "https://example.com/docs/runbooks" in text
