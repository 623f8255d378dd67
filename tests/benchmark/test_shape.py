"""What a record needs so that another can be compared with it."""

from typing import Any

import pytest

from benchmark.shape import is_whole, number
from tests.benchmark.samples import RECORD, changed

SWEEP = {"at": {"concurrency": 4}, "replicas": 2, "requests_per_second": 12.5}


def test_a_record_is_whole_with_times_and_sweep_or_without() -> None:
    assert is_whole(RECORD)
    assert is_whole(changed(latency_seconds=None, ttft_seconds=None))
    assert is_whole(RECORD | {"sweep": SWEEP})
    assert is_whole(RECORD | {"sweep": SWEEP | {"at": None, "replicas": None}})


@pytest.mark.parametrize("key", ["success_rate", "requests_per_second", "output_tokens_per_second"])
@pytest.mark.parametrize("value", [None, "1", True, float("nan"), float("inf"), 1e300])
def test_each_figure_is_a_number(key: str, value: Any) -> None:
    assert not is_whole(changed(**{key: value}))


@pytest.mark.parametrize("key", ["latency_seconds", "ttft_seconds"])
@pytest.mark.parametrize("value", [{}, {"p90": None}, {"p90": "2"}, [2.0], 2.0])
def test_each_time_has_a_p90(key: str, value: Any) -> None:
    assert not is_whole(changed(**{key: value}))


@pytest.mark.parametrize("change", [{"at": 4}, {"replicas": "2"}, {"requests_per_second": None}])
def test_a_sweep_has_its_highest_rate(change: dict[str, Any]) -> None:
    assert not is_whole(RECORD | {"sweep": SWEEP | change})


@pytest.mark.parametrize(
    "change",
    [{"started": 1}, {"subject": None}, {"subject": {"settings": [1]}}, {"runs": None}, {"runs": [{}]}, {"sweep": 1}],
)
def test_each_part_has_its_form(change: dict[str, Any]) -> None:
    assert not is_whole(RECORD | change)


def test_a_number_is_no_truth_and_no_text() -> None:
    assert (number(1), number(-0.5), number(0)) == (1.0, -0.5, 0.0)
    assert [number(value) for value in (True, False, "1", None, float("nan"), -1e16)] == [None] * 6
