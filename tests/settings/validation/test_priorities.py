from typing import Any

import pytest

from settings.derived.platform_facts import PlatformFacts
from settings.issues import SettingsError
from settings.loading.parse import Parsed, parse
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.reading import GOOD_FACTS, changed

WHERE = "services.small.priority"


def platform(priority: str, **settings: Any) -> Parsed:
    return parse({**changed(PLATFORM, WHERE, priority), **settings}, stack="dev")


def team(priority: str, **facts: Any) -> Parsed:
    known = PlatformFacts.model_validate({**GOOD_FACTS, **facts})
    return parse(changed(TEAM, WHERE, priority), stack="team", platform=lambda _: known)


def issue(caught: pytest.ExceptionInfo[SettingsError]) -> str:
    (found,) = caught.value.issues
    assert found.path == WHERE
    return found.message


def test_a_priority_needs_the_classes() -> None:
    with pytest.raises(SettingsError) as caught:
        platform("high")
    assert "the stack has no PriorityClasses of services: set priorities: {}, or omit it" in issue(caught)
    with pytest.raises(SettingsError) as caught:
        team("low")
    assert "the platform has no PriorityClasses of services: have it set priorities" in issue(caught)


@pytest.mark.parametrize("priority", ["low", "normal", "high"])
def test_a_platform_s_own_service_has_any(priority: str) -> None:
    facts = platform(priority, priorities={}).plan.facts
    assert facts.priorities
    assert PlatformFacts.of_export(facts.as_text()).priorities == facts.priorities


def test_a_team_has_what_its_platform_allows() -> None:
    assert team("low", priorities={"teams": ["low"]}).plan.facts.priorities
    assert team("high", priorities={"teams": ["low", "high"]})
    assert team("normal")
    with pytest.raises(SettingsError) as caught:
        team("high", priorities={"teams": ["low"]})
    assert "the platform allows its teams normal, low: choose one of them" in issue(caught)


def test_a_platform_without_exports_nothing_of_them() -> None:
    assert "priorities" not in parse(PLATFORM, stack="dev").plan.facts.as_text()


def test_wrong_priorities_are_one_issue() -> None:
    with pytest.raises(SettingsError) as caught:
        platform("high", priorities={"teams": ["normal"]})
    assert [one.path for one in caught.value.issues] == ["priorities.teams[0]"]


def test_of_priorities_of_a_platform_that_is_not_known_nothing_is_said() -> None:
    with pytest.raises(SettingsError) as caught:
        parse(changed(changed(TEAM, WHERE, "high"), "platform", "team"), stack="team", platform=lambda _: None)
    assert [one.path for one in caught.value.issues] == ["platform"]
