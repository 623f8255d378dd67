"""How far predictions are from the cold starts that others published."""

import hashlib
import json
import statistics
from collections.abc import Sequence
from importlib import resources
from typing import Any

import pytest

from planner.coldstart.runs import Run, Where, inputs, published_runs, source_medians

MEDIAN = 0.25
"""The accuracy that the documentation promises for totals on the virtual machines of a cloud."""
MEDIAN_SOURCE = 0.27
"""The same where each source counts once: the documentation says that this is more."""
ELSEWHERE = 0.5
"""What it says of other places: half to twice."""
WITHIN = 0.9
"""The share of totals that the documentation promises to be in the range."""
USED_BEFORE = ("https://github.com/vllm-project/vllm/issues/47456",)
"""Pages of which a figure was in coldstart.json before their runs were compared."""


def whole_totals(*where: Where) -> Sequence[Run]:
    """Runs of such places of which enough is stated to compare totals."""
    return [run for run in published_runs() if run.whole and run.where in (where or tuple(Where))]


def rows() -> list[dict[str, Any]]:
    """The file as it is."""
    text = resources.files("planner").joinpath("data", "coldstart-runs.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["runs"]
    return found


@pytest.mark.parametrize("held_out", [False, True], ids=["fitted", "held out"])
def test_the_median_error_of_the_total_on_a_cloud(*, held_out: bool) -> None:
    errors = [abs(run.error) for run in whole_totals(Where.CLOUD) if run.held_out is held_out]
    assert len(errors) >= 16
    assert statistics.median(errors) <= MEDIAN


def test_the_median_source_on_a_cloud() -> None:
    """Each counts once, so that one laboratory with a dozen runs does not carry it."""
    sources = source_medians(whole_totals(Where.CLOUD))
    assert len(sources) >= 16
    assert statistics.median(sources.values()) <= MEDIAN_SOURCE


@pytest.mark.parametrize("where", [Where.SERVERLESS, Where.MACHINE])
def test_the_median_error_of_the_total_elsewhere(where: Where) -> None:
    errors = [abs(run.error) for run in whole_totals(where)]
    assert len(errors) >= 25
    assert statistics.median(errors) <= ELSEWHERE


@pytest.mark.parametrize("where", Where)
def test_totals_lie_within_the_range(where: Where) -> None:
    runs = whole_totals(where)
    assert sum(run.within for run in runs) >= WITHIN * len(runs)


def test_a_hash_holds_half_of_the_later_runs_out() -> None:
    """Nobody chose which; a page that a figure was taken from before is in neither half."""
    later = [run for run in published_runs() if run.gathered > 1]
    assert len(later) >= 140
    for run in later:
        odd = int(hashlib.sha256(f"{run.source} {run.name}".encode()).hexdigest(), 16) % 2 == 1
        assert run.held_out == (odd and run.source not in USED_BEFORE), run.name


@pytest.mark.parametrize(("gathered", "least"), [(5, 25), (6, 40)])
def test_runs_of_new_sources_are_in_the_range(gathered: int, least: int) -> None:
    """Their median error is documented, and above what is promised of a cloud's; their ranges hold."""
    whole = [run for run in whole_totals() if run.gathered == gathered]
    assert len(whole) >= least
    assert sum(run.within for run in whole) >= WITHIN * len(whole)


def test_a_model_is_read_as_it_was_started() -> None:
    """FP8 that vLLM makes while it loads: the files of 16 bits are read, and the code is that of FP8."""
    row = next(row for row in rows() if row.get("quantized"))
    _, engine = inputs(row)
    _, plain = inputs({key: value for key, value in row.items() if key != "quantized"})
    assert (engine.model.formats, plain.model.formats) == ("fp8", "")
    assert engine.size_gib == plain.size_gib > 50


def test_every_run_says_where_it_was_published_and_what_it_lasted() -> None:
    for run in published_runs():
        assert run.source.startswith("https://")
        assert run.measured
        assert all(seconds > 0 for seconds in run.measured.values())
        assert not run.predicted.unknown


def test_a_laboratory_is_one_source_however_many_pages_it_has() -> None:
    names = {run.laboratory for run in published_runs()}
    assert len({run.source for run in published_runs()}) > len(names) >= 70
    assert {"anyscale/ray-serve-llm-perf-examples", "dudeperf3ct.github.io", "vllm-project/vllm/issues/47456"} <= names
