"""Cases for ``promtool test rules``: a healthy platform, what changes, and which alerts then fire, exactly."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from monitoring.rules import RuleArgs, groups, render
from monitoring.rules.rule import Alert

ENGINE = 'model_name="m", engine="0", service="dev/a", pod="a-0", node="n1"'
GPU = 'node="n1", pool="gpu", gpu="0"'
FULL = RuleArgs(
    gateway=True,
    response_logs=True,
    karpenter=True,
    keda=True,
    dcgm=True,
    gpu_usd_per_hour={"gpu": 2.5},
    memory_bytes=10**9,
    remote_write=True,
)
EVERY_MINUTE = 60
"""Requests that the healthy service answers in each minute of a case."""


def flat(value: float, minutes: int) -> str:
    """A series that stays."""
    return f"{value:.10g}+0x{minutes}"


def rising(each: float, minutes: int, start: float = 0) -> str:
    """A counter."""
    return f"{start:.10g}+{each:.10g}x{minutes}"


def histogram(name: str, labels: str, bounds: Mapping[str, float], minutes: int) -> dict[str, str]:
    """A histogram whose buckets rise by these numbers a minute; the last bound must be ``+Inf``."""
    found = {f'{name}_bucket{{le="{bound}", {labels}}}': rising(each, minutes) for bound, each in bounds.items()}
    return found | {f"{name}_count{{{labels}}}": rising(bounds["+Inf"], minutes)}


def healthy(minutes: int) -> dict[str, str]:
    """Series of a platform on which nothing is wrong: a service, its gateway, its node, and Prometheus."""
    constant = {
        f"vllm:num_requests_running{{{ENGINE}}}": 3,
        f"vllm:num_requests_waiting{{{ENGINE}}}": 0,
        f"vllm:kv_cache_usage_perc{{{ENGINE}}}": 0.3,
        f"vllm:num_preemptions_total{{{ENGINE}}}": 4,
        f'vllm:request_success_total{{finished_reason="error", {ENGINE}}}': 1,
        'vllm:admission_rejections_total{reason="max_num_queued_reqs", service="dev/a", pod="a-0"}': 2,
        'llm_gateway_ready_replicas{model="dev/a", pod="g-0"}': 1,
        'llm_gateway_in_flight{model="dev/a", pod="g-0"}': 3,
        'llm_gateway_service_setting{model="dev/a", setting="replicas", pod="g-0"}': 1,
        'llm_gateway_service_setting{model="dev/a", setting="replica_usd_per_hour", pod="g-0"}': 1.5,
        'llm_gateway_budget_used_ratio{tenant="team", pod="g-0"}': 0.3,
        'llm_gateway_key_expires_timestamp_seconds{tenant="team", pod="g-0"}': 90 * 86_400,
        'llm_gateway_key_created_timestamp_seconds{tenant="team", pod="g-0"}': -86_400,
        'llm_gateway_table_errors_total{pod="g-0"}': 2,
        'llm_gateway_ignored_services{reason="no port", pod="g-0"}': 0,
        'llm_gateway_response_logs_dropped_total{reason="firehose", pod="g-0"}': 2,
        f"DCGM_FI_DEV_XID_ERRORS{{{GPU}}}": 0,
        f"DCGM_FI_DEV_FB_USED{{{GPU}}}": 70_000,
        f"DCGM_FI_DEV_GPU_UTIL{{{GPU}}}": 60,
        f"DCGM_FI_DEV_ROW_REMAP_FAILURE{{{GPU}}}": 0,
        'karpenter_nodepools_usage{nodepool="gpu", resource_type="nvidia.com/gpu"}': 8,
        'karpenter_nodepools_limit{nodepool="gpu", resource_type="nvidia.com/gpu"}': 8,
        'karpenter_scheduler_unschedulable_pods_count{controller="provisioner"}': 0,
        'karpenter_interruption_received_messages_total{message_type="no_op"}': 7,
        'karpenter_cloudprovider_errors_total{method="List", error=""}': 1,
        'up{job="engines", service="dev/a", pod="a-0"}': 1,
        'up{job="gateway", pod="g-0"}': 1,
        'up{job="envoy", pod="g-0"}': 1,
        'keda_scaled_object_errors_total{namespace="llm", scaledObject="a"}': 3,
        'up{job="karpenter", pod="k-0"}': 1,
        'up{job="kubelet", node="n1"}': 1,
        'up{job="prometheus"}': 1,
        'process_resident_memory_bytes{job="prometheus"}': 4e8,
        "prometheus_target_scrapes_exceeded_sample_limit_total": 0,
        "prometheus_target_scrapes_exceeded_body_size_limit_total": 0,
        "prometheus_target_scrape_pool_exceeded_target_limit_total": 0,
        "prometheus_target_scrape_pool_exceeded_label_limits_total": 0,
        'prometheus_rule_evaluation_failures_total{rule_group="rules.yml;llm-queues"}': 0,
        'prometheus_rule_group_iterations_missed_total{rule_group="rules.yml;llm-queues"}': 0,
        'prometheus_notifications_dropped_total{alertmanager="http://a"}': 0,
        'alertmanager_notifications_failed_total{integration="sns", reason="other"}': 0,
        'prometheus_remote_storage_samples_failed_total{url="u"}': 0,
        'prometheus_remote_storage_samples_dropped_total{url="u", reason="r"}': 0,
    }
    rise = {
        f'vllm:request_success_total{{finished_reason="stop", {ENGINE}}}': EVERY_MINUTE,
        'llm_gateway_requests_total{tenant="team", model="dev/a", code="200", pod="g-0"}': EVERY_MINUTE,
        'llm_gateway_response_logs_total{model="dev/a", pod="g-0"}': EVERY_MINUTE,
    }
    return {
        **{series: flat(value, minutes) for series, value in constant.items()},
        **{series: rising(each, minutes) for series, each in rise.items()},
        # The second at which the newest of the samples was taken that were sent.
        'prometheus_remote_storage_queue_highest_sent_timestamp_seconds{remote_name="amp", url="u"}': rising(
            60, minutes
        ),
        **first_token({"0.5": EVERY_MINUTE, "2.5": EVERY_MINUTE, "+Inf": EVERY_MINUTE}, minutes),
        **inter_token({"0.05": 3000, "1.0": 3000, "+Inf": 3000}, minutes),
        **queue_time({"0.3": EVERY_MINUTE, "20.0": EVERY_MINUTE, "+Inf": EVERY_MINUTE}, minutes),
    }


OTHER_POD = 'pod="other"'


def second_pods(minutes: int) -> dict[str, str]:
    """The healthy series once more, of a second pod of each program: as in a rollout, or when the leader of two changes."""
    return {_of_second_pod(series): values for series, values in healthy(minutes).items() if "job=" not in series}


def _of_second_pod(series: str) -> str:
    metric, labels = series.removesuffix("}").split("{") if "{" in series else (series, "")
    kept = [label for label in labels.split(", ") if label and not label.startswith("pod=")]
    return f"{metric}{{{', '.join([*kept, OTHER_POD])}}}"


def first_token(bounds: Mapping[str, float], minutes: int) -> dict[str, str]:
    """The engine's histogram of the time to the first token."""
    return histogram("vllm:time_to_first_token_seconds", ENGINE, bounds, minutes)


def inter_token(bounds: Mapping[str, float], minutes: int) -> dict[str, str]:
    """The engine's histogram of the time between tokens."""
    return histogram("vllm:inter_token_latency_seconds", ENGINE, bounds, minutes)


def queue_time(bounds: Mapping[str, float], minutes: int) -> dict[str, str]:
    """The engine's histogram of the time in its queue."""
    return histogram("vllm:request_queue_time_seconds", ENGINE, bounds, minutes)


def without(*metrics: str) -> dict[str, None]:
    """Changes that remove every healthy series of these metrics."""
    return {series: None for series in healthy(1) if series.split("{")[0] in metrics}


@dataclass(frozen=True, kw_only=True)
class Fires:
    """An alert that fires: its name, its labels without severity, its severity and its summary as a person reads it."""

    name: str
    severity: str
    summary: str
    labels: Mapping[str, str] = field(default_factory=dict)


def check(
    promtool: Path,
    folder: Path,
    changes: Mapping[str, str | None],
    *fires: Fires,
    at: int,
    args: RuleArgs = FULL,
    minutes: int = 0,
    unit: str = "m",
) -> None:
    """Hold what fires ``at`` minutes to exactly these alerts, texts included; with ``unit`` s everything is in seconds."""
    case = {
        "alert_rule_test": [_texts(each, fires, f"{at}{unit}", args) for each in {one.name for one in fires}],
        "promql_expr_test": [
            {
                "expr": 'sum by (alertname, severity) (ALERTS{alertstate="firing"})',
                "eval_time": f"{at}{unit}",
                "exp_samples": [
                    {"labels": f'{{alertname="{name}", severity="{severity}"}}', "value": count}
                    for (name, severity), count in _counted(fires).items()
                ],
            }
        ],
    }
    _run(promtool, folder, {**healthy(minutes or at), **changes}, case, args=args, unit=unit)


def records(
    promtool: Path, folder: Path, changes: Mapping[str, str | None], name: str, values: Mapping[str, float], *, at: int
) -> None:
    """Hold what the rules record under ``name`` at that minute to exactly these values, by labels (``service="a"``)."""
    samples = [{"labels": f"{name}{{{labels}}}", "value": value} for labels, value in values.items()]
    case = {"promql_expr_test": [{"expr": name, "eval_time": f"{at}m", "exp_samples": samples}]}
    _run(promtool, folder, {**healthy(at), **changes}, case)


def _run(
    promtool: Path,
    folder: Path,
    series: Mapping[str, str | None],
    case: Mapping[str, object],
    *,
    args: RuleArgs = FULL,
    unit: str = "m",
) -> None:
    (folder / "rules.yml").write_text(render(args))
    tests = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": f"1{unit}",
        "group_eval_order": [group.name for group in groups(args)],
        "tests": [
            {
                "interval": f"1{unit}",
                "input_series": [{"series": name, "values": values} for name, values in series.items() if values],
                **case,
            }
        ],
    }
    evaluate(promtool, folder, tests)


def evaluate(promtool: Path, folder: Path, tests: Mapping[str, object]) -> None:
    """Run ``promtool test rules`` with a file of tests, which has to pass."""
    (folder / "tests.yml").write_text(yaml.safe_dump(tests))
    done = subprocess.run(
        [promtool, "test", "rules", "tests.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _counted(fires: tuple[Fires, ...]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for each in fires:
        found[each.name, each.severity] = found.get((each.name, each.severity), 0) + 1
    return found


def _texts(name: str, fires: tuple[Fires, ...], at: str, args: RuleArgs) -> dict[str, object]:
    expected = [
        {
            "exp_labels": {"severity": each.severity, **each.labels},
            "exp_annotations": {
                "summary": each.summary,
                "description": _description(each, args),
                "runbook_url": f"{args.runbooks}/{name}.md",
            },
        }
        for each in fires
        if each.name == name
    ]
    return {"eval_time": at, "alertname": name, "exp_alerts": expected}


def _description(wanted: Fires, args: RuleArgs) -> str:
    """The description of the rule, which has no values of the alert in it."""
    (found,) = {
        rule.description
        for group in groups(args)
        for rule in group.rules
        if isinstance(rule, Alert) and rule.name == wanted.name and rule.labels.items() <= wanted.labels.items()
    }
    return found
