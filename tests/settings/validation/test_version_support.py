"""A version that EKS no longer offers: refused for a new cluster, warned of for one that runs."""

from datetime import date
from typing import Any

import pytest

from settings import clock
from settings.derived.deployed import Deployed
from settings.issues import SettingsError
from settings.loading.parse import parse
from settings.models.cluster import ClusterSettings
from settings.models.stack import PlatformSettings
from settings.validation.version_support import support_warnings
from tests.settings.bad_settings import PLATFORM
from tests.settings.reading import changed, lines, read

DAY = date(2026, 11, 26)
NEW, RUNS = Deployed(exists=False), Deployed(exists=True, zones=("a", "b"))


def settings(version: str, support: str, deployed: Deployed | None, today: date = DAY) -> PlatformSettings:
    raw = changed(changed(PLATFORM, "cluster.version", version), "cluster.support_type", support)
    parsed = parse(raw, stack="dev", today=today, deployed=deployed).settings
    assert isinstance(parsed, PlatformSettings)
    return parsed


def warnings(version: str, support: str = "STANDARD", today: date = DAY) -> list[str]:
    cluster = ClusterSettings.model_validate(PLATFORM["cluster"] | {"version": version, "support_type": support})
    return [str(one) for one in support_warnings(cluster, today)]


@pytest.mark.parametrize(
    ("version", "support", "today", "words"),
    [
        ("1.33", "STANDARD", DAY, 'set "1.34" or "1.35" or "1.36", or cluster.support_type EXTENDED'),
        ("1.34", "STANDARD", date(2026, 12, 3), 'set "1.35" or "1.36"'),
        ("1.31", "EXTENDED", date(2026, 11, 27), "left EKS's extended support on 2026-11-26"),
    ],
)
def test_what_eks_makes_no_cluster_of_is_refused_for_a_new_stack(
    version: str, support: str, today: date, words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(version, support, NEW, today)
    (problem,) = refused.value.issues
    assert problem.path == "cluster.version"
    assert words in problem.message


@pytest.mark.parametrize("deployed", [RUNS, None])
def test_a_stack_that_runs_keeps_its_settings(deployed: Deployed | None) -> None:
    assert settings("1.33", "STANDARD", deployed).cluster.version == "1.33"


def test_a_new_stack_may_pay_for_extended_support() -> None:
    assert settings("1.33", "EXTENDED", NEW).cluster.support_type == "EXTENDED"
    (line,) = warnings("1.33", "EXTENDED")
    assert "costs 0.60 instead of 0.10" in line
    assert "2027-07-29, in 245 days" in line


@pytest.mark.parametrize(
    ("version", "today", "words"),
    [
        ("1.33", DAY, "EKS upgrades the control plane by itself under support_type STANDARD"),
        ("1.34", DAY, "leaves EKS's standard support on 2026-12-02, in 6 days"),
        ("1.35", date(2027, 1, 26), "in 60 days"),
        ("1.31", date(2027, 1, 1), "left EKS's extended support"),
        ("1.37", DAY, "newer than this release's table"),
    ],
)
def test_a_cluster_that_runs_is_warned_of(version: str, today: date, words: str) -> None:
    (line,) = warnings(version, today=today)
    assert line.startswith("llm-platform:cluster.version: ")
    assert words in line


@pytest.mark.parametrize(("version", "today"), [("1.35", date(2027, 1, 25)), ("1.36", DAY)])
def test_a_version_in_standard_support_is_not(version: str, today: date) -> None:
    assert warnings(version, today=today) == []


def test_the_program_knows_new_from_deployed_by_its_own_last_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)
    old: dict[str, Any] = changed(PLATFORM, "cluster.version", "1.33")
    runs = read(old, stack="dev")
    assert runs.error is None
    assert any("cluster.version: 1.33 left EKS's standard support" in line for line in runs.warnings)
    new = read(old, stack="bare")
    assert [line.partition(" left")[0] for line in lines(new)] == ["llm-platform:cluster.version: 1.33"]
