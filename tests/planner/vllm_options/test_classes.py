"""Every option is in one class."""

import pytest

from planner.vllm_options.classes import CLASSES, TEAM, Kind, Level
from planner.vllm_options.earlier import EARLIER, EARLIER_TEAM
from planner.vllm_options.objects import KEYS, OBJECTS
from planner.vllm_options.releases import newest
from planner.vllm_options.removed import OTHER_COMMANDS, REMOVED
from planner.vllm_options.risks import risks
from planner.vllm_options.table import history, options


def test_every_option_of_every_release_is_in_exactly_one_class() -> None:
    groups = [TEAM, CLASSES.keys(), EARLIER_TEAM, EARLIER.keys()]
    everywhere = set().union(*groups)
    assert sum(map(len, groups)) == len(everywhere)
    assert history().keys() <= everywhere
    assert everywhere - history().keys() <= OTHER_COMMANDS.keys() | REMOVED.keys()


def test_only_options_that_the_newest_release_lacks_are_earlier_ones() -> None:
    assert (EARLIER_TEAM | EARLIER.keys()).isdisjoint(options(newest()))
    assert (TEAM | CLASSES.keys()) - OTHER_COMMANDS.keys() == options(newest()).keys()


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
    option = options(newest())[name]
    words: list[object] = ["mp", "uni"] if name == "distributed-executor-backend" else [1, 0.5, "auto", "hermes"]
    ordinary: list[object] = [True] if option.switch else list(option.choices) or words
    if name in {"chat-template", "default-mm-loras", "lora-modules"}:
        ordinary = []  # these always name a template or an adapter
    if name in {"generation-config", "hf-config-path", "spec-model", "tokenizer"}:
        ordinary = ["acme/model"]  # any other word is another repository
    allowed = [value for value in ordinary if not list(risks(name, value, model="acme/model"))]
    assert allowed == [value for value in ordinary if value not in {"lmcache", "custom_class"}]
