"""Queries of triggers, evaluated by promtool."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from components.serving.triggers import activity, first_token_at_gateway, saturation, triggers
from settings.derived.autoscaling.decisions import decision
from settings.derived.autoscaling.starts import ReplicaStart
from settings.models.services.base import ServiceSettings
from settings.models.services.ollama import OllamaSettings
from tests.components.builders import service_settings
from tests.monitoring.promtool import evaluate, flat

pytestmark = pytest.mark.thorough

SLOTS = 8


def engine(pod: str, number: int = 0) -> str:
    return f'{{service="dev/chat", pod="{pod}", engine="{number}"}}'


def share(promtool: Path, folder: Path, series: Mapping[str, float], value: float | None, **changes: object) -> None:
    """Hold the query of saturation to one value, or to none."""
    query = saturation("dev/chat", **({"max_num_seqs": SLOTS, "from_zero": False} | changes))  # type: ignore[arg-type]
    answers(promtool, folder, query, {name: flat(number, 10) for name, number in series.items()}, value)


def answers(
    promtool: Path, folder: Path, query: str, series: Mapping[str, str], value: float | None, *, at: str = "1m"
) -> None:
    """Hold a query to one value, or to none."""
    case = {
        "interval": "15s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": query,
                "eval_time": at,
                "exp_samples": [] if value is None else [{"labels": "{}", "value": value}],
            }
        ],
    }
    evaluate(promtool, folder, {"evaluation_interval": "15s", "tests": [case]})


def test_saturation_is_of_slots_or_cache_whichever_is_more(promtool: Path, tmp_path: Path) -> None:
    series = {
        f"vllm:num_requests_running{engine('a')}": 6,
        f"vllm:kv_cache_usage_perc{engine('a')}": 0.25,
        f"vllm:num_requests_running{engine('b')}": 1,
        f"vllm:kv_cache_usage_perc{engine('b')}": 0.5,
    }
    share(promtool, tmp_path, series, 1.25)
    share(promtool, tmp_path, series, 0.75, max_num_seqs=None)


def test_engines_of_one_pod_are_one_replica(promtool: Path, tmp_path: Path) -> None:
    series = {f"vllm:num_requests_running{engine('a', number)}": 4 + 2 * number for number in (0, 1)}
    series |= {f"vllm:kv_cache_usage_perc{engine('a', number)}": 0 for number in (0, 1)}
    share(promtool, tmp_path, series, 0.625)


def test_without_an_engine_it_is_0_only_where_there_may_be_none(promtool: Path, tmp_path: Path) -> None:
    share(promtool, tmp_path, {}, None)
    share(promtool, tmp_path, {}, 0, from_zero=True)
    unread = {'up{job="engines", service="dev/chat", pod="a"}': 0}
    share(promtool, tmp_path, unread, None, from_zero=True)


def test_without_an_engine_that_is_ready_it_is_unknown_while_requests_run(promtool: Path, tmp_path: Path) -> None:
    in_flight = 'llm_gateway_in_flight{model="dev/chat", pod="g-0"}'
    share(promtool, tmp_path, {in_flight: 12}, None, from_zero=True)
    share(promtool, tmp_path, {in_flight: 0}, 0, from_zero=True)


GATEWAY = {'up{job="gateway", pod="g-0"}': flat(1, 40)}


def desired(promtool: Path, folder: Path, service: ServiceSettings, count: int) -> int:
    """Replicas that the HPA wants while the gateway holds so many requests, and no replica is there."""
    series = GATEWAY | {'llm_gateway_held_requests{model="dev/chat", pod="g-0"}': flat(count, 40)}
    found = decision(service, None, ReplicaStart(expected=300, slow=600))
    assert found
    assert service.autoscale
    most = 0
    for one in triggers("dev/chat", service, service.autoscale, found):
        metadata = cast("Mapping[str, str]", one["metadata"])
        value = count if one["name"] in {"held", "requests"} else 0
        answers(promtool, folder, metadata["query"], series, value)
        most = max(most, math.ceil(value / float(metadata["threshold"])))
    return most


def test_held_requests_wake_one_replica_unless_they_are_more_than_it_serves(promtool: Path, tmp_path: Path) -> None:
    vllm = service_settings(autoscale={"min": 0, "max": 3, "queue_per_replica": 2}, args={"max-num-seqs": 64})
    assert [desired(promtool, tmp_path, vllm, count) for count in (1, 5, 51, 52)] == [1, 1, 1, 2]
    autoscale = {"min": 0, "max": 3}
    ollama = OllamaSettings.model_validate(
        {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", "parallel": 4, "autoscale": autoscale}
    )
    assert [desired(promtool, tmp_path, ollama, count) for count in (1, 4, 5)] == [1, 1, 2]


def first_tokens(folder: Path, promtool: Path, held: str, value: float) -> None:
    """Hold the 95th percentile of an Ollama service, whose requests take 200 s to their first token, to a value."""
    buckets = {"60": "0x40", "120": "0x40", "300": "0+1x40", "600": "0+1x40", "+Inf": "0+1x40"}
    series = {
        f'llm_gateway_first_token_seconds_bucket{{model="dev/chat", pod="g-0", le="{bound}"}}': values
        for bound, values in buckets.items()
    }
    series['llm_gateway_held_requests{model="dev/chat", pod="g-0"}'] = held
    answers(promtool, folder, first_token_at_gateway("dev/chat", 60), series, value, at="10m")


def test_the_time_of_a_hold_makes_no_further_replica(promtool: Path, tmp_path: Path) -> None:
    first_tokens(tmp_path, promtool, "0x40", 291)
    first_tokens(tmp_path, promtool, "0x10 1x4 0x25", 291)  # long ago
    first_tokens(tmp_path, promtool, "0x26 1x4 0x9", 0)


def up(pod: str) -> str:
    return f'up{{job="gateway", pod="{pod}"}}'


def counted(pod: str, tenant: str = "acme") -> str:
    return f'llm_gateway_requests_total{{model="dev/chat", tenant="{tenant}", code="200", job="gateway", pod="{pod}"}}'


@pytest.mark.parametrize(
    ("series", "value"),
    [
        pytest.param({up("g-0"): "1x40"}, 0, id="no request ever"),
        pytest.param({up("g-0"): "1x40", counted("g-0"): "7x40"}, 0, id="none for a while"),
        pytest.param({up("g-0"): "1x40", counted("g-0"): "_x17 1x22"}, 1, id="the first of a series"),
        pytest.param({up("g-0"): "1x40", counted("g-0"): "_x8 1x30"}, 0, id="the first, a while ago"),
        pytest.param(
            {up("g-0"): "1x40", counted("g-0"): "7x40", counted("g-0", "b"): "_x17 2x22"},
            2,
            id="the first two of another tenant",
        ),
        pytest.param(
            {
                up("g-0"): "1x10 stale",
                up("g-1"): "_x13 1x26",
                counted("g-0"): "7x10 stale",
                counted("g-1"): "_x17 1x22",
            },
            1,
            id="the gateway's pod was replaced",
        ),
        pytest.param(
            {up("g-0"): "1x40", counted("g-0"): "1x14 stale _x2 1x22"},
            1,
            id="its container restarted, and counts as before",
        ),
        pytest.param({up("g-0"): "1x14 0x1 1x24", counted("g-0"): "7x14 stale _x0 7x24"}, 0, id="a scrape failed"),
        pytest.param(
            {up("g-0"): "1x40", up("g-1"): "1x40", counted("g-0"): "7x40", counted("g-1"): "_x17 3x22"},
            3,
            id="the first ones of the second of two",
        ),
        pytest.param({up("g-0"): "0x40", counted("g-0"): "7x40"}, None, id="the gateway is not read"),
    ],
)
def test_a_request_that_ended_a_short_while_ago_is_activity(
    promtool: Path, tmp_path: Path, series: Mapping[str, str], value: float | None
) -> None:
    answers(promtool, tmp_path, activity("dev/chat", "120s"), series, value, at="5m")
