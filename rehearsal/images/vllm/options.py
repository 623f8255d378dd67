"""The command line of ``vllm serve`` in the image's release, from the same table that the settings are checked against."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from planner.vllm_options.releases import DEFAULT, Release
from planner.vllm_options.table import Option, options
from planner.vllm_options.values import parse_int

_MAX_MODEL_LEN = "max-model-len"


class ServeParser(argparse.ArgumentParser):
    """Refuses what vLLM's parser refuses, in its words: usage on stderr, exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with 2."""
        sys.stderr.write(f"usage: {self.prog} [model_tag] [options]\n{self.prog}: error: {message}\n")
        raise SystemExit(2)


def parse(arguments: list[str], release: Release = DEFAULT) -> argparse.Namespace:
    """Parse the arguments of a container of ``release``: ``[serve] [MODEL] [--option ...]``."""
    if arguments[:1] == ["serve"]:
        arguments = arguments[1:]
    namespace = parser(release).parse_args(_dashes(arguments))
    namespace.model = namespace.model_tag or namespace.model or "Qwen/Qwen3-0.6B"
    return namespace


def parser(release: Release = DEFAULT) -> ServeParser:
    """The parser of a release, built from the table of options."""
    built = ServeParser(prog="vllm serve", add_help=False)
    built.add_argument("model_tag", nargs="?")
    for option in options(release).values():
        _add(built, option)
    # What the emulator knows and this release does not have is not set.
    built.set_defaults(**{name.replace("-", "_"): None for name in options(DEFAULT).keys() - options(release).keys()})
    built.set_defaults(port=8000, tensor_parallel_size=1, pipeline_parallel_size=1, data_parallel_size=1)
    built.set_defaults(shutdown_timeout=0, gpu_memory_utilization=0.92, root_path="", fingerprint_mode="full")
    return built


def _add(built: ServeParser, option: Option) -> None:
    if option.name == "help":
        built.add_argument(*option.flags, action="help")
    elif option.switch:
        negated = [flag for flag in option.flags if flag.startswith("--no-")]
        positive = [flag for flag in option.flags if flag not in negated]
        destination = option.name.replace("-", "_")
        built.add_argument(*positive, dest=destination, action="store_true", default=None)
        if negated:
            built.add_argument(*negated, dest=destination, action="store_false", default=None)
    elif option.name == "middleware":
        built.add_argument(*option.flags, action="append", default=[])
    else:
        several = option.many or option.name in {"api-key", "served-model-name"}
        nargs = "+" if several else "?" if option.value_optional else None
        built.add_argument(*option.flags, nargs=nargs, choices=option.choices or None, type=_type(option))


def _type(option: Option) -> Callable[[str], object]:
    if option.type == "human":
        return _HumanInteger(option.name)
    return {"int": int, "float": float}.get(option.type, str)


class _HumanInteger:
    """Integers as vLLM takes them: 8192, 8k (8000), 8K (8192); for the length of the context ``auto`` and -1 too."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, text: str) -> int:
        if self._name == _MAX_MODEL_LEN and text in {"auto", "-1"}:
            return -1
        number = parse_int(self._name, text.strip())
        if number is None:
            raise argparse.ArgumentTypeError(f"invalid value {text!r}: an integer such as 8192, 8k or 8K is needed")
        return number


def _dashes(arguments: list[str]) -> list[str]:
    """VLLM takes ``--max_model_len`` for ``--max-model-len``."""
    out = []
    for argument in arguments:
        if argument.startswith("--"):
            key, equals, value = argument.partition("=")
            out.append(key.replace("_", "-") + equals + value)
        else:
            out.append(argument)
    return out
