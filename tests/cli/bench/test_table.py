"""What the terminal shows of a record."""

from typing import Any

import pytest

from benchmark.sweep import climb
from cli.bench.table import show
from planner.queue_threshold import QueueThreshold
from tests.benchmark.samples import RECORD
from tests.benchmark.test_sweep import Scaled, Server

BARE = RECORD | {"runs": [], "replicas_from": "the cluster"}


def shown(capsys: pytest.CaptureFixture[str], threshold: QueueThreshold | None = None, **changes: Any) -> str:
    show(BARE | changes, threshold)
    return capsys.readouterr().out


def swept(server: Server, *counts: int | None) -> dict[str, Any]:
    return climb(server.measure, replicas=Scaled(*counts), ttft_seconds=1.0, most=512).as_json()


def test_the_threshold_is_printed_as_the_stacks_file_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, sweep=swept(Server(50), 1))
    assert "saturates at a concurrency of 8" in out
    assert out.endswith(
        "proposed for the autoscaler, in the stack's file:\n"
        "  llm-platform:services:\n"
        "    chat:\n"
        "      autoscale:\n"
        "        queue_per_replica: 25  # waiting takes half of 1 s to the first token at most\n"
    )


def test_the_threshold_that_it_takes_the_place_of(capsys: pytest.CaptureFixture[str]) -> None:
    planned = QueueThreshold(
        requests=12.0, source="a quarter of the 46.8 requests of full length that a replica holds at once"
    )
    out = shown(capsys, planned, sweep=swept(Server(50), 1))
    assert "proposed for the autoscaler in place of 12 (a quarter of the 46.8 requests of full length" in out


def test_no_threshold_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, sweep=swept(Server(1e9, breaks=2), 1))
    assert "queue_per_replica" not in out
    assert "no saturation: requests failed at 4 at once, before the rate stopped rising: 500 x 503: busy" in out
    out = shown(capsys, sweep=swept(Server(50), 1, 1, 1, 1, 1, 1, 3))
    assert "1 -> 3" in out
    assert "queue_per_replica" not in out
    assert "saturates at a concurrency of 8\nno threshold: there were 1 to 3 ready replicas meanwhile" in out


def test_where_the_number_of_replicas_is_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert "2 x 1 L40S (g6e.2xlarge), replicas from the cluster" in shown(capsys).replace("\n", " ")
    nothing = shown(capsys, subject=dict.fromkeys(RECORD["subject"]), replicas_from="not known")
    assert "replicas" not in nothing
