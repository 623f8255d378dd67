"""What the program tells of its own cost."""

import json

import pytest

from tests.committed_stacks import STACKS, deployed


def test_the_preview_tells_the_stacks_cost_and_each_services() -> None:
    infos = deployed("dev").infos
    assert infos[0].startswith("stack dev costs 1.72 USD an hour, 1,256 a month (479.83 at its smallest, 8,793")
    assert any(line.startswith("llama-3-8b: 1.01 USD an hour, 734.38 a month") for line in infos)
    assert any("USD a million output tokens" in line for line in infos)
    assert all("\n" not in line for line in infos)


def test_a_team_is_told_its_own() -> None:
    infos = deployed("team-example").infos
    assert infos[0].startswith("stack team-example costs 0.00 USD an hour, 0.00 a month")
    assert any(line.startswith("qwen-3-4b: 1.01 USD an hour") and "on spot perhaps 0.50" in line for line in infos)


@pytest.mark.parametrize("stack", STACKS)
def test_the_estimate_is_exported_as_plain_data(stack: str) -> None:
    found = deployed(stack).exports["cost_estimate"]
    assert json.loads(json.dumps(found)) == found
    hour, month = found["usd_per_hour"], found["usd_per_month"]
    assert hour["minimum"] <= hour["deployed"] <= hour["maximum"]
    assert month["maximum"] == pytest.approx(hour["maximum"] * 730, rel=1e-3)
    assert found["currency"] == "USD"
    if stack != "team-example":  # all it costs is its share of the platform's nodes
        assert "2026-07-20" in found["source"]
        assert found["date"]
    assert found["not_counted"]
    assert found["gaps"] == []
