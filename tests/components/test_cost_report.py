"""What the program tells of its own cost."""

import json

import pytest

from tests.test_program import STACKS, deployed


def test_the_preview_tells_the_stacks_cost_and_each_services() -> None:
    told = deployed("dev").infos
    assert told[0].startswith("stack dev costs 1.89 USD an hour, 1,379 a month (459.04 at its smallest, 4,434")
    assert any(line.startswith("llama-3-8b: 1.23 USD an hour, 901.18 a month") for line in told)
    assert any("USD a million output tokens" in line for line in told)
    assert all("\n" not in line for line in told)


def test_a_team_is_told_its_own() -> None:
    told = deployed("team-example").infos
    assert told[0].startswith("stack team-example costs 0.0225 USD an hour, 16.43 a month")
    assert any(line.startswith("qwen-3-4b: 1.23 USD an hour") and "on spot perhaps 0.61" in line for line in told)


@pytest.mark.parametrize("stack", STACKS)
def test_the_estimate_is_exported_as_plain_data(stack: str) -> None:
    found = deployed(stack).exports["cost_estimate"]
    assert json.loads(json.dumps(found)) == found
    hour, month = found["usd_per_hour"], found["usd_per_month"]
    assert hour["minimum"] <= hour["deployed"] <= hour["maximum"]
    assert month["maximum"] == pytest.approx(hour["maximum"] * 730, rel=1e-3)
    assert found["currency"] == "USD"
    assert "2026-07-20" in found["source"]
    assert found["date"]
    assert found["not_counted"]
    assert found["gaps"] == []
