"""What a benchmark reads of a stack's file."""

from pathlib import Path

import pytest

from cli.bench.stack import read_service

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("stack", "service", "counts_running"), [("dev", "llama-3-8b", False), ("cpu-example", "llama", True)]
)
def test_running_requests_count_of_an_engine_without_metrics(stack: str, service: str, *, counts_running: bool) -> None:
    assert read_service(stack, ROOT, service).counts_running is counts_running
