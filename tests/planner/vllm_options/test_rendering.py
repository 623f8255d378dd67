"""What a service's ``args`` become on the command line, read back by a parser with the same options as vLLM's."""

import argparse
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.vllm_options.table import options
from planner.vllm_options.validate import PLATFORM_OPTIONS, option_problems, render_options
from settings.validation.option_review import team_problems

pytestmark = pytest.mark.thorough

MANY = sorted(name for name, option in options().items() if option.many and name not in PLATFORM_OPTIONS)
SINGLE = sorted(
    name
    for name, option in options().items()
    if not (option.many or option.switch or option.choices) and name not in PLATFORM_OPTIONS
)
DASHED = ["-", "--", "-O3", "-q", "--trust-remote-code", "--worker-extension-cls=evil.x", "--model=evil/m", "-1x"]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    made.add_argument("model_tag")
    for option in options().values():
        kind: dict[str, Any] = {"nargs": "+"} if option.many else {}
        if option.switch:
            kind = {"action": "store_const", "const": True}
        made.add_argument(*option.flags, dest=option.name, default=argparse.SUPPRESS, **kind)
    return made


PARSER = parser()


def read_back(args: dict[str, Any]) -> dict[str, Any]:
    """The options that a command line sets, with their values; every other word of it fails the test."""
    found = vars(PARSER.parse_args(["acme/model", *render_options(args)]))
    assert found.pop("model_tag") == "acme/model"
    return found


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
texts = st.one_of(st.sampled_from(DASHED), words, words.map(lambda word: f"-{word}"), st.integers(-9, 9))


@pytest.mark.parametrize("name", MANY)
@given(values=st.lists(texts, min_size=1, max_size=4))
def test_a_list_of_values_sets_its_own_option_only(name: str, values: list[Any]) -> None:
    choices = options()[name].choices
    args: dict[str, Any] = {"seed": 1, name: [choices[0]] if choices else values, "max-num-seqs": 4}
    if not list(option_problems(args)):
        assert read_back(args) == {"seed": "1", name: [str(one) for one in args[name]], "max-num-seqs": "4"}


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("word", DASHED)
@pytest.mark.parametrize("beside", [("x", "y"), ()])
def test_a_value_that_looks_like_an_option_is_refused(name: str, word: str, beside: tuple[str, ...]) -> None:
    value = word if options()[name].choices or not beside else [beside[0], word, beside[1]]
    ((where, message),) = option_problems({name: value})
    assert where == name
    assert word in message


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("word", DASHED)
def test_a_single_value_that_looks_like_an_option_stays_a_value(name: str, word: str) -> None:
    if not list(option_problems({name: word})):
        assert read_back({"max-num-seqs": 4, name: word}).keys() == {"max-num-seqs", name}


def test_a_team_is_told_of_every_one() -> None:
    hidden = [
        "x",
        "--worker-extension-cls=evil.x",
        "--allowed-local-media-path=/",
        "--trust-remote-code",
        "--model=evil/m",
    ]
    args: dict[str, Any] = {"ignore-patterns": hidden}
    assert [name for name, _ in option_problems(args)] == ["ignore-patterns"] * 4
    assert list(team_problems(args, "acme/model", ())) == []
