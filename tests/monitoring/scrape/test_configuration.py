import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitoring.rules.durations import milliseconds
from monitoring.scrape import RemoteWrite, ScrapeArgs, render
from monitoring.scrape.configuration import scrape_jobs, timing
from settings.models.gateway import GatewaySettings

ALL = ScrapeArgs(
    cluster="llm-dev",
    gateway_namespace="llm-gateway",
    karpenter=True,
    keda_namespace="keda",
    gpu_namespace="llm-monitoring-gpu",
    remote_write=RemoteWrite(
        url="https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write", region="eu-west-1"
    ),
)
LEAST = ScrapeArgs(cluster="llm-cpu", scrape_token=False, alertmanager=None, rule_files=())
JOBS = {
    "engines",
    "gateway",
    "envoy",
    "karpenter",
    "keda",
    "load-balancer-controller",
    "kubelet",
    "dcgm",
    "prometheus",
    "alertmanager",
}

SCRAPE_ARGS = st.builds(
    ScrapeArgs,
    cluster=st.from_regex(r"llm-[a-z0-9]{1,20}", fullmatch=True),
    scrape_seconds=st.integers(5, 300),
    max_engines=st.integers(1, 10_000),
    gateway_namespace=st.none() | st.just("llm-gateway"),
    karpenter=st.booleans(),
    keda_namespace=st.none() | st.just("keda"),
    gpu_namespace=st.none() | st.just("llm-monitoring-gpu"),
    scrape_token=st.booleans(),
    alertmanager=st.none() | st.just("alertmanager:9093"),
    time_scale=st.floats(0.001, 1),
)


def jobs(args):
    return {job["job_name"]: job for job in yaml.safe_load(render(args))["scrape_configs"]}


def test_a_platform_with_everything_has_each_job_once():
    assert set(jobs(ALL)) == JOBS
    assert len(yaml.safe_load(render(ALL))["scrape_configs"]) == len(JOBS)


def test_what_a_cluster_lacks_is_not_scraped():
    assert set(jobs(LEAST)) == {"engines", "load-balancer-controller", "kubelet", "prometheus"}
    assert {"alerting", "remote_write"}.isdisjoint(yaml.safe_load(render(LEAST)))


@given(SCRAPE_ARGS)
def test_every_job_is_bounded_and_filters_its_series(args):
    for job in (each.rendered() for each in scrape_jobs(args)):
        assert 0 < job["sample_limit"] <= 200_000
        assert 0 < job["label_limit"] <= 40
        assert 0 < job["target_limit"] <= max(5_000, args.max_engines)
        assert job["label_value_length_limit"] == 256
        assert job["metric_relabel_configs"][0]["action"] == "keep"
        assert job["metric_relabel_configs"][0]["source_labels"] == ["__name__"]


@given(SCRAPE_ARGS)
def test_a_scrape_ends_before_the_next_one_and_rules_follow_it(args):
    times = {name: milliseconds(text) for name, text in timing(args).items()}
    assert 1000 <= times["scrape_timeout"] <= min(times["scrape_interval"], 10_000)
    assert 1000 <= times["evaluation_interval"] <= min(times["scrape_interval"], 30_000)


def test_a_rollout_of_the_largest_gateway_is_within_the_limit_of_targets():
    most = next(each.le for each in GatewaySettings.model_fields["replicas"].metadata if hasattr(each, "le"))
    for name in ("gateway", "envoy"):
        # All of them roll at once at most: as many drain as run, and one is added first.
        assert jobs(ALL)[name]["target_limit"] > 2 * most + 1


def test_what_occurs_twice_is_written_in_full():
    assert "&id" not in render(ALL)


def test_production_is_not_scaled():
    times = yaml.safe_load(render(ALL))["global"]
    assert (times["scrape_interval"], times["evaluation_interval"]) == ("30s", "30s")


def test_in_a_rehearsal_what_answers_slowly_is_read_less_often():
    scaled = jobs(ScrapeArgs(cluster="llm-dev", karpenter=True, time_scale=0.02))
    slow = {name: job["scrape_timeout"] for name, job in scaled.items() if "scrape_interval" in job}
    assert slow == {"karpenter": "10s", "kubelet": "3s"}
    assert all("scrape_interval" not in job for job in jobs(ALL).values())


def test_only_engines_are_sent_the_scrape_token():
    senders = {
        name: job["authorization"]["credentials_file"] for name, job in jobs(ALL).items() if "authorization" in job
    }
    assert senders == {
        "engines": "/etc/prometheus/token/scrape_token",
        "kubelet": "/var/run/secrets/kubernetes.io/serviceaccount/token",
    }
    assert "authorization" not in jobs(LEAST)["engines"]


def test_the_kubelets_certificate_is_checked():
    assert jobs(ALL)["kubelet"]["tls_config"] == {"ca_file": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"}


def test_samples_go_to_the_workspace_signed():
    (target,) = yaml.safe_load(render(ALL))["remote_write"]
    assert target["sigv4"] == {"region": "eu-west-1"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("scrape_seconds", 4), ("scrape_seconds", 301), ("max_engines", 0), ("time_scale", 0), ("time_scale", 2)],
)
def test_a_figure_that_cannot_be_is_named(field, value):
    with pytest.raises(ValueError, match=f"^{field}: {value}"):
        ScrapeArgs(cluster="llm-dev", **{field: value})


@pytest.mark.rehearsal
@pytest.mark.parametrize("args", [ALL, LEAST, ScrapeArgs(cluster="llm-dev", time_scale=0.01)])
def test_promtool_accepts_it(args, promtool: Path, tmp_path):
    (tmp_path / "prometheus.yml").write_text(render(args))
    (tmp_path / "rules.yml").write_text("groups: []\n")
    checked = subprocess.run(
        # The files of tokens are mounted into the pod only.
        [promtool, "check", "config", "--syntax-only", tmp_path / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr + checked.stdout
