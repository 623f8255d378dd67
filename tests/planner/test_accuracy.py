"""The planner against what vLLM printed: the bar on rows no constant was set on, and on the others."""

import statistics
from collections.abc import Callable

import pytest

from planner.fit import FitStatus
from tests.planner.accuracy import PAGE, page
from tests.planner.rows_of_vllm import SETS, Row, error, rows

ALL = [(name, row) for name in SETS for row in rows(name)]


def measured(which: Callable[[Row], bool]) -> pytest.MarkDecorator:
    """The rows that have what a test compares with, of every set."""
    found = [pytest.param(row, id=f"{name}-{row.name}") for name, row in ALL if which(row)]
    assert len(found) >= 5
    return pytest.mark.parametrize("row", found)


@pytest.mark.parametrize("name", SETS)
def test_kv_tokens_are_within_the_bar(name: str) -> None:
    errors = [abs(off) for row in rows(name) if not row.oldest and (off := error(row)) is not None]
    assert len(errors) >= 30
    assert statistics.median(errors) <= 0.03
    assert sum(off <= 0.12 for off in errors) / len(errors) >= 0.9


@measured(lambda row: {"kv", "kv_tokens"} <= row.measured.keys())
def test_so_much_memory_is_so_many_tokens(row: Row) -> None:
    tokens = row.held(row.measured["kv"])
    # The memory is printed of one GPU and in two decimals; tokens are those of the GPU with the least.
    slack = 0.025 if row.tp * row.pp > 1 else 0.0
    assert tokens == pytest.approx(row.measured["kv_tokens"], rel=slack + 0.006 / row.measured["kv"] + 0.002)


@measured(lambda row: row.measured.get("verdict") == "refused")
def test_what_vllm_refused_is_never_called_fitting(row: Row) -> None:
    assert row.fit().status is not FitStatus.FITS


@measured(lambda row: row.measured.get("verdict", "refused") != "refused" and not row.v0)
def test_what_vllm_started_is_never_refused(row: Row) -> None:
    assert row.fit().status is not FitStatus.REFUSED


def test_the_range_holds_nearly_every_figure() -> None:
    held = []
    for _, row in ALL:
        tokens = row.kv_tokens
        if tokens:
            low, high = row.fit().kv_tokens_range
            held.append(low <= tokens <= high)
    assert sum(held) / len(held) >= 0.95


@measured(lambda row: "weights" in row.measured)
def test_weights_are_arithmetic(row: Row) -> None:
    off = row.fit().per_gpu.weights - row.measured["weights"]
    # A vision tower brings buffers of its own.
    slack = 0.6 if row.request.shape.vision else 0.05
    # Buffers of adapters are many; the allocator rounds each up.
    share = 0.04 if row.request.lora else 0.02
    assert abs(off) <= max(share * row.measured["weights"], slack)


def test_every_row_names_its_source_and_no_row_stands_twice() -> None:
    assert all(row.source for _, row in ALL)
    names = [(row.name, row.source, str(row.measured)) for _, row in ALL]
    assert len(set(names)) == len(names)


def test_the_rows_spread_over_versions_gpus_and_models() -> None:
    assert len({row.vllm for _, row in ALL}) >= 15
    assert len({row.gpu for _, row in ALL}) >= 10
    assert len({row.model for _, row in ALL}) >= 30


def test_the_tables_in_the_docs_are_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write them again: python -m tests.planner.accuracy"
