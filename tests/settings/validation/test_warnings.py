"""What is allowed, and warned of."""

from typing import Any

import pytest

from settings.validation.services import disk_for
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.reading import STACKS, changed, lines, read, run

WIDE = {"kind": "gpu", "instance_types": ["g5.12xlarge"], "min": 2, "max": 2, "disk_gib": 300}
MODEL = "example/of-some-heads"  # not the planner's, which would judge the degrees


def mixed(**pool: Any) -> dict[str, Any]:
    small = {**PLATFORM["services"]["small"], "model": MODEL, "pool": "wide"}
    services = {"small": {**small, "replicas": 4}, "large": {**small, "tensor_parallel": 4}}
    return changed(changed(PLATFORM, "pools.wide", WIDE | pool), "services", services)


def test_large_replicas_beside_small_ones_may_find_no_node() -> None:
    told = [line for line in read(mixed()).warnings if "may find no node" in line]
    assert len(told) == 1
    assert "services.large.pool" in told[0]
    assert told[0].endswith("pools.wide.min 5")
    assert not [line for line in read(mixed(min=5, max=5)).warnings if "may find no node" in line]


def test_an_endpoint_on_the_internet_is_told_to_be_in_plain_text() -> None:
    public = {"scheme": "internet-facing", "source_ranges": ["203.0.113.0/24"]}
    told = read(changed(PLATFORM, "services.small.endpoint", public)).warnings
    assert any("services.small.endpoint.scheme: keys and prompts cross the internet" in line for line in told)
    assert not any("cross the internet" in line for line in read(PLATFORM).warnings)


def test_disks_hold_what_kubelet_lets_pods_have() -> None:
    assert disk_for(96) == 126
    assert disk_for(434) == 484  # nine tenths of 484 GiB, less 1, are 434.6


def test_a_teams_replicas_must_fit_the_platforms_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = next(iter(STACKS.values()))["platform"]["pools"]["g5"]
    assert "disk_gib" not in facts, "an older platform does not say, and nothing is judged"
    monkeypatch.setitem(facts, "disk_gib", 40)
    told = lines(run(TEAM, team=True))
    assert len(told) == 1
    assert "services: nodes of pool g5 have disks of 40 GiB" in told[0]
    assert "pools.g5.disk_gib of the platform stack" in told[0]


def test_startup_seconds_that_change_nothing_are_reported() -> None:
    low = read(changed(PLATFORM, "services.small.startup_seconds", 120)).warnings
    assert [line for line in low if "services.small.startup_seconds: is 120, a start is allowed" in line]
    high = read(changed(PLATFORM, "services.small.startup_seconds", 7200)).warnings
    assert not [line for line in high if "startup_seconds" in line]
