"""What is kept of a target's series."""

import pytest
import yaml

from monitoring.rules import RuleArgs, ServiceSettings, render
from monitoring.scrape import series
from tests.monitoring.promql import is_kept, kept_by, series_read


@pytest.mark.parametrize(
    ("job", "name"),
    [
        (series.ENGINE, "vllm:time_to_first_token_seconds_bucket"),
        (series.ENGINE, "vllm:num_requests_waiting"),
        (series.ENGINE, "vllm:request_success_total"),
        (series.GATEWAY, "llm_gateway_requests_total"),
        (series.ENVOY, "envoy_http_downstream_rq_xx"),
        (series.KARPENTER, "karpenter_nodeclaims_created_total"),
        (series.KEDA, "keda_scaled_object_errors_total"),
        (series.NODE, "node_memory_working_set_bytes"),
        (series.GPU, "DCGM_FI_DEV_XID_ERRORS"),
        (series.PROMETHEUS, "prometheus_tsdb_head_series"),
        (series.ALERTMANAGER, "alertmanager_notifications_failed_total"),
    ],
)
def test_what_rules_read_is_kept(job, name):
    assert kept_by(job, name)


@pytest.mark.parametrize(
    ("job", "name"),
    [
        (series.ENGINE, "vllm:prompt_tokens_created"),
        (series.ENGINE, "vllm:lora_requests_info"),
        (series.ENGINE, "vllm:request_params_n_bucket"),
        (series.ENGINE, "vllm:request_decode_time_seconds_bucket"),
        (series.ENGINE, "python_gc_objects_collected_total"),
        (series.ENGINE, "http_requests_total"),
        (series.GATEWAY, "llm_gateway_requests_created"),
        (series.KARPENTER, "karpenter_cloudprovider_instance_type_offering_price_estimate"),
        (series.KARPENTER, "karpenter_pods_state"),
        (series.KARPENTER, "karpenter_pods_unstarted_time_seconds"),
        (series.ENVOY, "envoy_cluster_upstream_cx_length_ms_bucket"),
        (series.LOAD_BALANCER_CONTROLLER, "go_goroutines"),
        (series.NODE, "pod_memory_working_set_bytes"),
        (series.PROMETHEUS, "prometheus_http_requests_total"),
    ],
)
def test_what_would_only_cost_memory_is_not(job, name):
    assert not kept_by(job, name)


@pytest.mark.parametrize("job", [each for each in vars(series).values() if isinstance(each, series.Series)])
def test_each_omission_has_its_reason(job):
    assert all(len(each.why) > 20 for each in (*job.dropped, *job.labels))


def test_every_series_of_every_rule_is_kept():
    services = (ServiceSettings(name="dev/a", max_replicas=4),)
    args = RuleArgs(
        services=services, gateway=True, karpenter=True, keda=True, dcgm=True, memory_bytes=1, remote_write=True
    )
    rules = [rule for group in yaml.safe_load(render(args))["groups"] for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    for rule in rules:
        read = series_read(rule["expr"]) - recorded - {"up", "ALERTS"}  # these are Prometheus' own
        assert all(is_kept(name) for name in read), (rule, read)
