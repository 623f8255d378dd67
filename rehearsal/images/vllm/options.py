"""The command line of ``vllm serve`` 0.32.0, from the same table that the settings are checked against."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from importlib import resources
from typing import NoReturn

_TABLE = "vllm-0.32.0-serve-options.json"
_HUMAN = re.compile(r"(?P<number>-?\d+(\.\d+)?)(?P<unit>[kKmMgGtT]?)$")
_UNITS = {"": 1, "k": 10**3, "K": 2**10, "m": 10**6, "M": 2**20, "g": 10**9, "G": 2**30, "t": 10**12, "T": 2**40}
_INTEGERS = {
    "--port", "--tensor-parallel-size", "--pipeline-parallel-size", "--data-parallel-size", "--max-num-seqs",
    "--shutdown-timeout", "--seed", "--block-size", "--max-logprobs",
}  # fmt: skip
_FRACTIONS = {"--gpu-memory-utilization"}
_HUMAN_INTEGERS = {"--max-model-len", "--max-num-batched-tokens"}


class ServeParser(argparse.ArgumentParser):
    """Refuses what vLLM's parser refuses, in its words: usage on stderr, exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with 2."""
        sys.stderr.write(f"usage: {self.prog} [model_tag] [options]\n{self.prog}: error: {message}\n")
        raise SystemExit(2)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parse the arguments of a container: ``[serve] [MODEL] [--option ...]``."""
    if arguments[:1] == ["serve"]:
        arguments = arguments[1:]
    namespace = parser().parse_args(_dashes(arguments))
    namespace.model = namespace.model_tag or namespace.model or "Qwen/Qwen3-0.6B"
    return namespace


def parser() -> ServeParser:
    """The parser, built from the table of options."""
    built = ServeParser(prog="vllm serve", add_help=False)
    built.add_argument("model_tag", nargs="?")
    table = json.loads(resources.files("planner").joinpath("data", _TABLE).read_text(encoding="utf-8"))
    for flags, kind, choices, nargs in table["options"]:
        _add(built, flags, kind, choices, nargs)
    built.set_defaults(port=8000, tensor_parallel_size=1, pipeline_parallel_size=1, data_parallel_size=1)
    built.set_defaults(shutdown_timeout=0, gpu_memory_utilization=0.92, root_path="", fingerprint_mode="full")
    return built


def _add(built: ServeParser, flags: list[str], kind: str, choices: list[str] | None, nargs: str | int | None) -> None:
    if flags == ["-h", "--help"]:
        built.add_argument(*flags, action="help")
        return
    name = next(flag for flag in flags if flag.startswith("--"))
    if kind == "switch":
        negated = [flag for flag in flags if flag.startswith("--no-")]
        positive = [flag for flag in flags if flag not in negated]
        destination = name.removeprefix("--").replace("-", "_")
        built.add_argument(*positive, dest=destination, action="store_true", default=None)
        if negated:
            built.add_argument(*negated, dest=destination, action="store_false", default=None)
        return
    several = nargs if isinstance(nargs, str) else None
    if name == "--middleware":
        built.add_argument(*flags, action="append", default=[])
    elif name in {"--api-key", "--served-model-name"}:
        built.add_argument(*flags, nargs=several or "+", choices=choices)
    else:
        built.add_argument(*flags, nargs=several, choices=choices, type=_type(name))


def _type(name: str) -> Callable[[str], object]:
    if name in _INTEGERS:
        return int
    if name in _FRACTIONS:
        return float
    return _HumanInteger() if name in _HUMAN_INTEGERS else str


class _HumanInteger:
    """Integers as vLLM lets people write them: 8192, 8k (8000), 8K (8192), auto."""

    def __call__(self, text: str) -> int:
        if text in {"auto", "-1"}:
            return -1
        match = _HUMAN.match(text)
        if not match:
            raise argparse.ArgumentTypeError(f"invalid value {text!r}: an integer such as 8192, 8k or 8K is needed")
        return int(float(match["number"]) * _UNITS[match["unit"]])


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
