import dataclasses

import pytest

from monitoring.rules.itself import JOBS
from monitoring.scrape import ScrapeArgs
from monitoring.scrape.configuration import scrape_jobs
from tests.monitoring.promtool import FULL, Fires, check, flat, rising

pytestmark = pytest.mark.thorough

MEMORY = 'process_resident_memory_bytes{job="prometheus"}'
KUBELET = 'up{job="kubelet", node="n1"}'
ENVOY = 'up{job="envoy", pod="g-0"}'
KARPENTER = 'up{job="karpenter", pod="k-0"}'
RULES = 'prometheus_rule_evaluation_failures_total{rule_group="rules.yml;llm-queues"}'
LATE = 'prometheus_rule_group_iterations_missed_total{rule_group="rules.yml;llm-queues"}'
SNS = 'alertmanager_notifications_failed_total{integration="sns", reason="other"}'
DROPPED = 'prometheus_notifications_dropped_total{alertmanager="http://a"}'
SENT = 'prometheus_remote_storage_queue_highest_sent_timestamp_seconds{remote_name="amp", url="u"}'
BEGUN = 'process_start_time_seconds{job="prometheus"}'
LOST = 'prometheus_remote_storage_samples_dropped_total{url="u", reason="r"}'


def fires(name, severity, summary, **labels):
    return Fires(name=name, severity=severity, summary=summary, labels=labels)


def test_a_job_with_many_targets_down_fires(promtool, tmp_path):
    summary = "Prometheus cannot read 100% of the targets of the job kubelet"
    down = fires("PrometheusTargetDown", "warning", summary, job="kubelet")
    check(promtool, tmp_path, {KUBELET: flat(0, 30)}, down, at=20)
    check(promtool, tmp_path, {KUBELET: flat(0, 30)}, at=10)


def test_an_envoy_that_prometheus_cannot_read_fires(promtool, tmp_path):
    summary = "Prometheus cannot read 100% of the targets of the job envoy"
    down = fires("PrometheusTargetDown", "warning", summary, job="envoy")
    check(promtool, tmp_path, {ENVOY: flat(0, 30)}, down, at=20)


def test_jobs_of_others_are_theirs(promtool, tmp_path):
    # Beside kube-prometheus-stack, whose own jobs have its own alert.
    check(promtool, tmp_path, {'up{job="kube-proxy"}': flat(0, 30)}, at=20)


@pytest.mark.parametrize("job", ["karpenter", "keda"])
def test_a_controller_that_has_no_pod_any_more_fires(promtool, tmp_path, job):
    summary = f"Prometheus cannot read 100% of the targets of the job {job}"
    down = fires("PrometheusTargetDown", "warning", summary, job=job)
    gone = {KARPENTER: None, f'up{{job="{job}", pod="k-1"}}': f"{flat(1, 29)} _x300"}
    check(promtool, tmp_path, gone, at=40, minutes=300)
    check(promtool, tmp_path, gone, down, at=50, minutes=300)
    check(promtool, tmp_path, gone, down, at=290, minutes=300)


def test_a_controller_whose_pod_is_another_one_does_not_fire(promtool, tmp_path):
    moved = {KARPENTER: f"{flat(1, 29)} _x60", KARPENTER.replace("k-0", "k-1"): f"_x31 {flat(1, 60)}"}
    check(promtool, tmp_path, moved, at=60, minutes=90)


def test_a_controller_that_the_platform_no_longer_has_does_not_fire(promtool, tmp_path):
    args = dataclasses.replace(FULL, karpenter=False)
    check(promtool, tmp_path, {KARPENTER: f"{flat(1, 29)} _x60"}, at=60, minutes=90, args=args)


def test_every_job_that_has_no_alert_of_its_own_is_watched():
    every = ScrapeArgs(
        cluster="c", gateway_namespace="g", karpenter=True, keda_namespace="k", gpu_namespace="n", alertmanager="a:1"
    )
    assert set(JOBS) == {job.name for job in scrape_jobs(every)} - {"engines", "gateway"}


def test_one_node_of_ten_that_ends_does_not_fire(promtool, tmp_path):
    others = {KUBELET.replace("n1", f"n{number}"): flat(1, 30) for number in range(2, 11)}
    check(promtool, tmp_path, {KUBELET: flat(0, 30), **others}, at=20)


@pytest.mark.parametrize(
    "limit",
    [
        "target_scrapes_exceeded_sample_limit",
        "target_scrapes_exceeded_body_size_limit",
        "target_scrape_pool_exceeded_target_limit",
    ],
)
def test_a_limit_that_is_hit_fires(promtool, tmp_path, limit):
    summary = (
        "Prometheus rejects scrapes, since a target or job is above its limit of samples, bytes, labels or targets"
    )
    check(
        promtool,
        tmp_path,
        {f"prometheus_{limit}_total": rising(1, 30)},
        fires("PrometheusLimitHit", "warning", summary),
        at=20,
    )


def test_rules_that_cannot_be_evaluated_fire(promtool, tmp_path):
    summary = "Rules of rules.yml;llm-queues cannot be evaluated"
    fail = fires("PrometheusRulesFail", "critical", summary, rule_group="rules.yml;llm-queues")
    check(promtool, tmp_path, {RULES: rising(1, 30)}, fail, at=20)


def test_rules_that_take_longer_than_their_interval_fire_and_two_missed_at_a_start_do_not(promtool, tmp_path):
    summary = "Rules of rules.yml;llm-queues take longer than the time between two evaluations"
    late = fires("PrometheusRulesLate", "warning", summary, rule_group="rules.yml;llm-queues")
    check(promtool, tmp_path, {LATE: rising(1, 40)}, late, at=30)
    check(promtool, tmp_path, {LATE: "0+0x3 2+0x40"}, at=30)


@pytest.mark.parametrize("series", [SNS, DROPPED])
def test_notifications_that_are_not_delivered_fire(promtool, tmp_path, series):
    summary = "5 notifications of alerts could not be delivered in 5 minutes"
    check(promtool, tmp_path, {series: rising(1, 30)}, fires("AlertsNotDelivered", "critical", summary), at=20)


@pytest.mark.parametrize("series", [SNS, DROPPED, RULES])
def test_what_failed_once_while_a_pod_moved_does_not_fire(promtool, tmp_path, series):
    for minute in (12, 16, 20, 25):
        check(promtool, tmp_path, {series: f"0+0x9 1 2 {flat(2, 30)}"}, at=minute, minutes=30)


def test_memory_near_its_limit_fires(promtool, tmp_path):
    near = fires("PrometheusNearItsLimit", "warning", "Prometheus uses 90% of its memory")
    check(promtool, tmp_path, {MEMORY: flat(9e8, 30)}, near, at=20)
    check(promtool, tmp_path, {MEMORY: flat(8e8, 30)}, at=20)


def test_samples_that_are_lost_on_their_way_fire(promtool, tmp_path):
    summary = "150 samples did not reach Amazon Managed Prometheus in 15 minutes"
    lost = fires("PrometheusRemoteWriteFails", "warning", summary)
    check(promtool, tmp_path, {LOST: rising(10, 60)}, lost, at=40)


def behind(time):
    summary = f"Prometheus has sent nothing to Amazon Managed Prometheus for {time}"
    return fires("PrometheusRemoteWriteBehind", "warning", summary)


def test_a_workspace_that_cannot_be_reached_fires(promtool, tmp_path):
    # Samples are sent again and again then: none counts as failed, and none as dropped.
    changes = {SENT: f"{rising(60, 20)} {flat(1200, 60)}"}
    check(promtool, tmp_path, changes, at=33, minutes=60)
    check(promtool, tmp_path, changes, behind("20m 0s"), at=40, minutes=60)


def test_a_workspace_that_was_never_reached_fires_with_the_time_since_the_start(promtool, tmp_path):
    check(promtool, tmp_path, {SENT: flat(0, 60), BEGUN: flat(600, 60)}, behind("20m 0s"), at=30, minutes=60)


def test_a_start_that_sends_what_it_had_does_not_fire(promtool, tmp_path):
    changes = {SENT: f"{rising(60, 20)} {flat(0, 5)} {rising(60, 40, start=26 * 60)}", BEGUN: flat(1200, 60)}
    check(promtool, tmp_path, changes, at=40, minutes=60)
