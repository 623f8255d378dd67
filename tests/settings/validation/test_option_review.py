"""Which options a team may set, as its settings are checked."""

import pytest

from components.platform_exports import read_platform_facts
from planner.vllm_options.classes import Level
from planner.vllm_options.releases import newest
from planner.vllm_options.table import options
from planner.vllm_options.validate import option_problems
from settings.loading.parse import parse
from settings.models.stack import team_option
from settings.validation.option_review import restricted_options, review_reasons, team_problems
from tests.harness import deploy
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.reading import GOOD_FACTS, changed

MODEL = "acme/model"
PLATFORM_ONLY = sorted(name for name, found in restricted_options().items() if found.level is Level.PLATFORM)


@pytest.mark.parametrize("name", PLATFORM_ONLY)
def test_a_team_is_refused_with_one_line_and_the_fix(name: str) -> None:
    value = True if options(newest())[name].switch else "x"
    ((option, message),) = team_problems({name: value}, MODEL, ())
    assert option == name
    assert f"`team_options: [{name}]`" in message
    assert "\n" not in message
    assert list(team_problems({name: value}, MODEL, (name,))) == []


def test_the_key_inside_a_value_is_named() -> None:
    ((_, message),) = team_problems({"hf-overrides": {"text_config": {"auto_map": {"A": "x.Y"}}}}, MODEL, ())
    assert message.startswith("its text_config.auto_map loads code: ")


def test_every_mistake_is_reported() -> None:
    args = {"worker-cls": "x.Y", "tokenizer": "/etc", "max-num-seqs": 4, "compilation-config": {"backend": "x.y"}}
    assert [option for option, _ in team_problems(args, MODEL, ())] == ["worker-cls", "tokenizer", "compilation-config"]


@pytest.mark.parametrize("args", [{"host": "127.0.0.1"}, {"no-such": 1}, {"config": "/x"}])
def test_what_every_stack_is_refused_is_said_once(args: dict[str, object]) -> None:
    assert len(list(option_problems(args))) == 1  # type: ignore[arg-type]
    assert list(team_problems(args, MODEL, ())) == []  # type: ignore[arg-type]


def test_an_approver_is_asked_even_for_what_the_platform_allows() -> None:
    args = {"tokenizer": "evil/x", "enable-log-requests": True, "seed": 1}
    assert review_reasons(args, MODEL) == [
        "enable-log-requests writes prompts to the log",
        "tokenizer takes files of another repository, evil/x",
    ]
    assert review_reasons(args | {"tokenizer": MODEL, "enable-log-requests": False}, MODEL) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("tool_parser_plugin", "did you mean tool-parser-plugin"),
        ("--worker-cls", "did you mean worker-cls"),
        ("middleware", "is set by the program itself"),
        ("qqqqq", "vllm serve --help=all"),
    ],
)
def test_a_platform_allows_options_that_there_are(name: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        team_option(name)
    assert team_option("tool-parser-plugin") == "tool-parser-plugin"


def test_a_platform_stack_sets_any_of_them_itself() -> None:
    settings = changed(PLATFORM, "services.small.args", {"worker-extension-cls": "ours.Extension"})
    assert parse(settings, stack="dev").settings.services["small"].args == {"worker-extension-cls": "ours.Extension"}


def test_a_team_may_set_what_its_platform_lists() -> None:
    settings = changed(PLATFORM, "team_options", ["otlp-traces-endpoint"])
    platform = parse(settings, stack="dev")
    assert platform.plan.facts.team_options == ("otlp-traces-endpoint",)
    facts = GOOD_FACTS | {"team_options": list(platform.plan.facts.team_options)}
    stacks = {"organization/llm-platform/dev": {"platform": facts}}
    args = {"otlp-traces-endpoint": "http://collector:4317"}
    seen = []
    deploy(
        lambda: seen.append(
            parse(changed(TEAM, "services.small.args", args), stack="team-one", platform=read_platform_facts)
        ),
        stack="team-one",
        stacks=stacks,
    )
    assert seen[0].settings.services["small"].args == args
