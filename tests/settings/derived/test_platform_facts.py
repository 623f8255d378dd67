"""What a platform exports to its teams: one line, read in this form and in that of earlier versions."""

import copy
import json
from typing import Any

import pytest
from pydantic import ValidationError

from components.platform_exports import read_platform_facts
from settings.derived.platform_facts import PlatformFacts
from settings.issues import SettingsError
from settings.loading.parse import parse
from settings.models.stack import TeamSettings
from tests.harness import deploy
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.models.pools.karpenter_pools import GPU
from tests.settings.reading import GOOD_FACTS

FACTS = PlatformFacts.of_export(GOOD_FACTS)


def test_the_facts_come_back_from_their_text() -> None:
    odd = copy.deepcopy(GOOD_FACTS)
    odd["namespace"] = "123"
    odd["pools"]["g5"]["labels"] = {"a": "true", "b": "1.35", "c": "", "d": "x: {y}, 'z'", "e": "0x1F", "f": "ü " * 200}
    for facts in (FACTS, PlatformFacts.of_export(odd)):
        assert PlatformFacts.of_export(facts.as_text()) == facts


def test_the_text_is_one_line_that_pulumi_shows_as_it_is() -> None:
    """Pulumi's display unfolds text that is JSON, or YAML of several lines."""
    text = FACTS.as_text()
    assert "\n" not in text
    assert "\r" not in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


@pytest.mark.parametrize("exported", [None, "", "{", "[a, b]", "plain", 3, {"region": "us-east-1"}, "{region: x}"])
def test_anything_else_is_refused(exported: object) -> None:
    with pytest.raises(ValidationError):
        PlatformFacts.of_export(exported)


@pytest.mark.parametrize("form", [GOOD_FACTS, json.dumps(GOOD_FACTS), FACTS.as_text()], ids=["object", "json", "text"])
def test_a_team_stack_reads_platforms_of_this_and_of_earlier_versions(form: Any) -> None:
    seen: list[Any] = []
    stacks = {"organization/llm-platform/dev": {"platform": form}}
    deploy(
        lambda: seen.append(parse(TEAM, stack="team-one", platform=read_platform_facts)),
        stack="team-one",
        stacks=stacks,
    )
    assert isinstance(seen[0].settings, TeamSettings)
    assert seen[0].plan.facts == FACTS.for_teams


def test_a_pool_of_karpenter_reaches_team_stacks_as_it_is() -> None:
    raw = {**PLATFORM, "pools": {**PLATFORM["pools"], "k": {**GPU, "team_gpus": 2}}}
    facts = parse(raw, stack="dev").plan.facts.for_teams
    pool = PlatformFacts.of_export(facts.as_text()).pools["k"]
    assert pool == facts.pools["k"]
    assert (pool.provisioner, pool.limit_gpus, pool.team_gpus, pool.spare_gpus) == ("karpenter", 4, 2, 0)
    small = {**PLATFORM["services"]["small"], "pool": "k"}
    team = {"owner": "team", "platform": "dev", "services": {"small": {**small, "replicas": 2}}}
    plan = parse(team, stack="team", platform=lambda _: facts).plan
    assert plan.cost.occupied == pytest.approx(2 * 1.006), "two g5.xlarge, the smallest type that holds a replica"
    more = {**team, "services": {"small": {**small, "replicas": 3}}}
    with pytest.raises(SettingsError, match="request 3 GPUs of pool k, which keeps 2 for team stacks"):
        parse(more, stack="team", platform=lambda _: facts)
