import json
import sys

import pytest
import yaml

from cli.main import main
from monitoring.dashboards import DASHBOARDS
from monitoring.rules import RuleArgs, alert_names

STACK = ("--stack", "dev")


@pytest.fixture
def export(monkeypatch):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["llm-platform", "monitoring", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return run


def alerts(rules):
    return {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}


def test_rules_are_an_object_that_the_chart_selects(export, tmp_path):
    assert export("--rules", tmp_path / "rules.yaml", "--release", "prom", "--namespace", "observe") == 0
    rule = yaml.safe_load((tmp_path / "rules.yaml").read_text())
    assert (rule["apiVersion"], rule["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert rule["metadata"]["namespace"] == "observe"
    assert rule["metadata"]["labels"]["release"] == "prom"
    assert alerts(rule["spec"]) == set(
        alert_names(RuleArgs(gateway=True, response_logs=True, karpenter=True, dcgm=True, keda=True))
    )


def test_dashboards_are_config_maps_that_the_sidecar_reads(export, tmp_path):
    assert export("--dashboards", tmp_path / "new", "--runbooks", "https://docs.example/runbooks/") == 0
    for dashboard in DASHBOARDS:
        config_map = yaml.safe_load((tmp_path / "new" / f"llm-{dashboard.name}.yaml").read_text())
        assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"
        (text,) = config_map["data"].values()
        assert json.loads(text)["title"] == dashboard.title
        assert '"https://docs.example/runbooks"' in text


def test_plain_files_are_what_prometheus_and_grafana_read(export, tmp_path):
    assert export("--rules", tmp_path / "rules.yml", "--dashboards", tmp_path, "--format", "plain") == 0
    assert alerts(yaml.safe_load((tmp_path / "rules.yml").read_text()))
    assert json.loads((tmp_path / "llm-service.json").read_text())["uid"] == "llm-service"


def test_a_stacks_thresholds_are_in_its_rules(export, tmp_path):
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n"
        "  llm-platform:pools: {system: {kind: system, instance_types: [m6i.large], min: 2, max: 3}}\n"
        "  llm-platform:monitoring: {thresholds: {kv_cache_ratio: 0.77}}\n"
    )
    assert export("--rules", tmp_path / "rules.yml", "--format", "plain", *STACK, "--project", tmp_path) == 0
    text = (tmp_path / "rules.yml").read_text()
    assert "0.77" in text
    assert "DCGM_FI" not in text


def test_scrapes_are_those_of_the_stacks_platform(export, tmp_path):
    assert export("--scrapes", tmp_path / "scrapes.yml", *STACK, "--token-file", "/secrets/token") == 0
    jobs = {job["job_name"]: job for job in yaml.safe_load((tmp_path / "scrapes.yml").read_text())}
    assert {"engines", "gateway", "kubelet", "dcgm"} <= set(jobs)
    assert {"prometheus", "alertmanager"}.isdisjoint(jobs)
    assert jobs["engines"]["authorization"] == {"credentials_file": "/secrets/token"}
    assert jobs["engines"]["scrape_interval"] == "30s"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to write"),
        (("--scrapes", "FILE"), "--scrapes needs --stack"),
        (("--rules", "FILE", "--stack", "nowhere"), "there is no stack file"),
        (("--rules", "FILE", "--stack", "team-example"), "name the platform stack"),
        (("--rules", "/proc/nothing/rules.yml"), "/proc/nothing/rules.yml cannot be written"),
    ],
)
def test_bad_use_is_one_line_and_exit_2(export, tmp_path, capsys, arguments, message):
    assert export(*(tmp_path / "file" if each == "FILE" else each for each in arguments)) == 2
    assert message in capsys.readouterr().err
