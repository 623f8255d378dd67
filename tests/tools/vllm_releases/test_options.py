"""Options of a small made-up vLLM."""

import pytest

from tests.tools.vllm_releases.tree import source
from tools.vllm_releases.options import ServeOption, serve_options
from tools.vllm_releases.source import SourceError

OPTIONS = {option.name: option for option in serve_options(source())}


def test_every_option_is_found_and_the_models_place_is_not_one() -> None:
    assert OPTIONS.keys() == {
        *(
            "help",
            "headless",
            "chat-template",
            "tool-call-parser",
            "tokens",
            "origins",
            "level",
            "model",
            "max-len",
            "seqs",
        ),
        *(
            "dtype",
            "eager",
            "token",
            "overrides",
            "inner",
            "mode",
            "backend",
            "speed",
            "kernels",
            "task",
            "load",
            "quant",
            "where",
        ),
        *("share", "size", "quiet"),
    }


@pytest.mark.parametrize(
    ("name", "kind", "type_", "least", "choices", "flags"),
    [
        ("headless", "switch", "", None, (), ("--headless",)),
        ("eager", "switch", "", None, (), ("--eager", "--no-eager")),
        ("quiet", "switch", "", None, (), ("--quiet", "--no-quiet")),
        ("max-len", "value", "human", None, (), ("--max-len", "-m")),
        ("size", "value", "human", None, (), ("--size",)),
        ("seqs", "value", "int", 1, (), ("--seqs",)),
        ("share", "value", "float", None, (), ("--share",)),
        ("dtype", "value", "str", None, ("None", "auto", "fast"), ("--dtype",)),
        ("kernels", "value", "str", None, ("None", "one"), ("--kernels",)),
        ("task", "value", "str", None, ("embed", "generate"), ("--task",)),
        ("load", "value", "str", None, ("auto", "pt"), ("--load",)),
        ("quant", "value", "str", None, ("None", "a", "b"), ("--quant", "-q")),
        ("where", "value", "str", None, ("auto", "cuda"), ("--where",)),
        ("token", "optional", "str", None, (), ("--token",)),
        ("tokens", "list", "int", None, (), ("--tokens",)),
        ("origins", "value", "json", None, (), ("--origins",)),
        ("overrides", "value", "json", None, (), ("--overrides",)),
        ("inner", "value", "json", None, (), ("--inner",)),
        ("level", "value", "str", None, ("high", "low"), ("--level", "-l")),
    ],
)
def test_an_option_has_its_kind_type_and_choices(
    name: str, kind: str, type_: str, least: int | None, choices: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    expected = ServeOption(name=name, flags=flags, kind=kind, type=type_, least=least, choices=choices, suggested=())
    assert OPTIONS[name] == expected


def test_values_that_a_type_names_beside_any_text_are_suggested() -> None:
    assert (OPTIONS["mode"].choices, OPTIONS["mode"].suggested) == ((), ("auto", "fast"))
    assert OPTIONS["backend"].suggested == ("FLASH", "TRITON")
    assert OPTIONS["speed"].suggested == ("0", "1")


def test_before_0_10_such_values_were_the_only_ones() -> None:
    text = source().files["vllm/engine/arg_utils.py"].replace("metavar", "choices")
    old = {option.name: option for option in serve_options(source(arguments=text))}
    assert old["mode"].choices == ("auto", "fast")


def test_a_tree_without_the_command_is_refused() -> None:
    with pytest.raises(SourceError, match=r"has no ServeSubcommand.subparser_init"):
        serve_options(source(serve="x = 1"))


def test_nothing_is_run() -> None:
    text = "raise SystemExit('ran')\n" + source().files["vllm/config/__init__.py"]
    assert len(serve_options(source(config=text))) == len(OPTIONS)
