"""Queries of triggers, evaluated by promtool."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from components.serving.triggers import saturation
from tests.monitoring.promtool import evaluate, flat

pytestmark = pytest.mark.thorough

SLOTS = 8


def engine(pod: str, number: int = 0) -> str:
    return f'{{service="dev/chat", pod="{pod}", engine="{number}"}}'


def share(promtool: Path, folder: Path, series: Mapping[str, float], value: float | None, **changes: object) -> None:
    """Hold the query to one value, or to none."""
    query = saturation("dev/chat", **({"max_num_seqs": SLOTS, "from_zero": False} | changes))  # type: ignore[arg-type]
    case = {
        "interval": "15s",
        "input_series": [{"series": name, "values": flat(number, 10)} for name, number in series.items()],
        "promql_expr_test": [
            {
                "expr": query,
                "eval_time": "1m",
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
