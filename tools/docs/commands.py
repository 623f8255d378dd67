"""docs/cli.md, out of the commands themselves: ``make docs`` writes it."""

from collections.abc import Iterator
from typing import Any

import typer

from cli.main import app

_HEAD = """\
# llm-platform: the operator's commands

Written by `make docs` from the commands. Every command ends with 0 when all is well, 1 when it found something that is wrong,
and 2 on a usage error; `--help` shows the same. `llm-platform plan` is `llm-plan`: [planner](planner.md).
"""


def page() -> str:
    """docs/cli.md."""
    return "\n".join([_HEAD, *_sections(typer.main.get_command(app), "llm-platform")])


def _sections(command: Any, name: str) -> Iterator[str]:
    if hasattr(command, "commands"):
        for word, each in command.commands.items():
            yield from _sections(each, f"{name} {word}")
        return
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and not each.hidden]
    yield f"## `{' '.join([name, *(_argument(each) for each in arguments)])}`\n"
    yield " ".join(command.help.replace("\f", "").split()) + "\n"
    if command.params:
        yield "| argument or option | |\n|---|---|"
        yield from (f"| `{_argument(each)}` | {_help(each)} |" for each in arguments)
        yield from (f"| `{', '.join(each.opts)}` | {_help(each)}{_rest(each)} |" for each in options)
        yield ""


def _argument(parameter: Any) -> str:
    name = parameter.name.upper()
    return name if parameter.required else f"[{name}]"


def _help(parameter: Any) -> str:
    return " ".join((parameter.help or "").replace("|", "\\|").split())


def _rest(parameter: Any) -> str:
    if parameter.required:
        return " Required."
    if parameter.default in {None, False, ""} or isinstance(parameter.default, list | tuple):
        return ""
    return f" Default: `{parameter.default}`."
