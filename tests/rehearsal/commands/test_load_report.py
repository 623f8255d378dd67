"""The page about a run."""

import json
from pathlib import Path

import pytest

from load import Answer, Outcome, Report
from rehearsal.commands import load_report
from rehearsal.commands.load_samples import Sample

REPORT = Report(
    answers=[Answer(scheduled=1.0, stream=True, outcome=Outcome.OK, status=200, latency=0.5, first_token=0.2)],
    seconds=20.0,
)


def sample(at: float, ready: int) -> Sample:
    return Sample(
        at=at, waiting=7.0, running=1.0, wanted=ready, ready=ready, nodes=ready, ttft=0.3, usd_per_hour=ready * 3.6
    )


def test_a_page_a_chart_and_the_values(tmp_path: Path):
    page = load_report.write(
        tmp_path / "new", "m of dev", REPORT, [sample(0, 1), sample(10, 3), sample(20, 1)], scale=None
    )
    text = page.read_text()
    assert text.startswith("# m of dev\n\n![")
    assert "| replicas | 1 to 3 ready |" in text
    assert "| requests waiting in engines, at most | 7 |" in text
    assert "1 requests in 20.0 s" in text
    assert "clock of the simulation" not in text
    assert (page.parent / "run.svg").read_text().count('class="panel"') == 5
    kept = json.loads((page.parent / "run.json").read_text())
    assert kept["usd"] == pytest.approx((3.6 + 10.8) * 10 / 3600)
    assert [one["ready"] for one in kept["samples"]] == [1, 3, 1]


def test_a_simulation_says_its_factor(tmp_path: Path):
    text = load_report.write(tmp_path, "m", REPORT, [sample(0, 1), sample(3600, 1)], scale=0.1).read_text()
    assert "every duration is multiplied by 0.1" in text
    assert "| the same by the clock of the simulation | $36.00 |" in text


def test_without_samples(tmp_path: Path):
    assert "| replicas | not known ready |" in load_report.write(tmp_path, "m", REPORT, [], scale=None).read_text()
