"""Every option is in one class."""

import pytest

from planner.vllm_options.classes import CLASSES, TEAM, Kind, Level
from planner.vllm_options.earlier import EARLIER, EARLIER_TEAM
from planner.vllm_options.objects import KEYS, OBJECTS
from planner.vllm_options.risks import risks
from planner.vllm_options.table import options


def test_every_option_of_the_table_is_in_exactly_one_class() -> None:
    assert TEAM.isdisjoint(CLASSES)
    assert TEAM | CLASSES.keys() == options().keys()


def test_an_option_of_an_earlier_release_is_classed_once_and_no_more_in_the_table() -> None:
    assert EARLIER_TEAM.isdisjoint(EARLIER)
    assert (EARLIER_TEAM | EARLIER.keys()).isdisjoint(options())


def test_every_option_that_takes_an_object_and_that_teams_may_set_is_looked_into() -> None:
    takes = {name for name in TEAM if name.endswith(("-config", "-kwargs", "-overrides", "-per-prompt", "-priority"))}
    assert takes - {"generation-config"} <= OBJECTS
    assert OBJECTS - EARLIER_TEAM <= TEAM
    assert KEYS.keys() <= OBJECTS


@pytest.mark.parametrize("name", ["brand-new-option", "worker-cls-2", "x"])
def test_an_unknown_option_is_the_platforms(name: str) -> None:
    (found,) = risks(name, "anything")
    assert (found.level, found.kind) == (Level.PLATFORM, Kind.UNKNOWN)


@pytest.mark.parametrize("name", sorted(TEAM))
def test_an_ordinary_value_of_a_team_option_needs_no_one(name: str) -> None:
    option = options()[name]
    words: list[object] = ["mp", "uni"] if name == "distributed-executor-backend" else [1, 0.5, "auto", "hermes"]
    ordinary: list[object] = [True] if option.switch else list(option.choices) or words
    if name in {"chat-template", "default-mm-loras", "lora-modules"}:
        ordinary = []  # these always name a template or an adapter
    if name in {"generation-config", "hf-config-path", "spec-model", "tokenizer"}:
        ordinary = ["acme/model"]  # any other word is another repository
    allowed = [value for value in ordinary if not list(risks(name, value, model="acme/model"))]
    assert allowed == [value for value in ordinary if value not in {"lmcache", "custom_class"}]
