"""YAML as Pulumi reads a stack file (gopkg.in/yaml.v3), where PyYAML by itself differs, and with every fault as one line.

``yes`` and ``on`` are text, ``1:30`` and dates are text, a key stands once, and aliases cannot multiply a small file into one that
no memory holds.
"""

import re
from typing import Any

import yaml

MOST_VALUES = 100_000
"""Values of a stack file, with what its aliases repeat."""
_TAG = "tag:yaml.org,2002:"
_OWN = ("bool", "float", "int", "timestamp")

_CONFLICT = re.compile(r"(<{7}|>{7}) ")
_UNCLOSED = re.compile(r"expected ',' or '([\]}])', but got")
_OPENED = {"]": "[", "}": "{"}
_UNSTARTABLE = re.compile(r"found character '([^\\'])' that cannot start any token")
_UNDEFINED = re.compile(r"found undefined alias '(.{1,100})'")


class YamlTextError(ValueError):
    """The text is not YAML that a stack file can hold; the message says where and why."""


class _Loader(yaml.SafeLoader):
    """Reads plain values as YAML 1.2 does, and each key once."""

    yaml_implicit_resolvers = {  # noqa: RUF012  as in yaml.Loader, which resolves by it
        first: [(tag, pattern) for tag, pattern in found if tag.removeprefix(_TAG) not in _OWN]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  as in yaml
        """The map of a node.

        Raises:
            ConstructorError: it has a key twice.
        """
        seen: set[object] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != f"{_TAG}merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002  as in yaml
        """The value of a node; a value that its own tag cannot have is a fault of the text."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, AttributeError, IndexError, TypeError, OverflowError):
            wanted = node.tag.removeprefix(_TAG)
            raise yaml.constructor.ConstructorError(
                None, None, f"the value is not of type {wanted}", node.start_mark
            ) from None


# Without a point it is one where it begins with 0 and is no octal number: 012345678901 is a number, without its 0.
_FLOAT = r"0[0-9_]*[89][0-9_]*|[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.(inf|Inf|INF)"
for _name, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)", "-+0123456789"),
    ("float", rf"[-+]?({_FLOAT})|\.(nan|NaN|NAN)", "-+0123456789."),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"^(?:{_pattern})$", re.ASCII), list(_first))


def read_yaml(text: str) -> Any:
    """The content of a YAML text.

    Raises:
        YamlTextError: it is not one, or it holds too much.
    """
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader
        count = _values(content, {})
    except RecursionError:
        raise YamlTextError("is nested too deeply to be read: write it flatter") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlTextError(f"line {line}: is not YAML: character {error.character:#x} cannot be in it") from None
    except yaml.YAMLError as error:
        raise YamlTextError(_fault(error, text)) from None
    if count > MOST_VALUES:
        raise YamlTextError(f"its aliases (*NAME) make more than {MOST_VALUES:,} values of it: write out what is meant")
    return content


def _fault(error: yaml.YAMLError, text: str) -> str:
    mark, problem = getattr(error, "problem_mark", None), str(getattr(error, "problem", None) or "")
    where = f"line {mark.line + 1}: " if mark else ""
    if "'\\t'" in problem:
        return f"{where}is not YAML: a tab indents it, write spaces"
    if found := _UNDEFINED.fullmatch(problem):
        return f"{where}the alias *{found[1]} has no anchor: write &{found[1]} before the value that is meant, or the value itself"
    if problem.startswith("could not determine a constructor for the tag"):
        return f"{where}has a tag (!NAME) that a stack file cannot have: write the plain value"
    if problem == "but found another document":
        return f"{where}a second document begins: a stack file is one, remove the line ---"
    if problem.startswith("the "):
        return f"{where}{problem if len(problem) < 200 else problem[:200] + '...'}"
    return _not_yaml(error, problem, mark.line if mark else 0, text)


def _not_yaml(error: yaml.YAMLError, problem: str, line: int, text: str) -> str:
    """Where a text stops being YAML, and what most often makes it so.

    Args:
        error: PyYAML's.
        problem: its words.
        line: where it noticed, from 0.
        text: the whole text.
    """
    lines = text.splitlines()
    conflict = next((at for at, each in enumerate(lines) if _CONFLICT.match(each)), None)
    if conflict is not None:
        return f"line {conflict + 1}: is not YAML: a merge conflict of Git is not resolved: keep one side, remove the markers"
    began = getattr(error, "context_mark", None)
    if problem == "could not find expected ':'" and began:
        line, why = began.line, "has no `KEY: VALUE`: write a colon and a space after the key"
    elif found := _UNCLOSED.match(problem):
        line, why = (began.line if began else line), f"what begins here with {_OPENED[found[1]]} has no {found[1]}"
    elif problem == "mapping values are not allowed here":
        why = "a colon is one too many, or the line is indented otherwise than its block: quote the value, or align the line"
    elif problem.startswith("expected <block end>"):
        why = "fits no block above: align it with the other keys of its block, and close quotes and brackets before it"
    elif found := _UNSTARTABLE.match(problem):
        why = f"no value begins with {found[1]}: put the value in quotes"
    else:
        return f"line {line + 1}: is not YAML"
    spaces = {one for one in (lines[line : line + 1] or [""])[0] if one.isspace() and one not in " \t"}
    if spaces:
        why = f"has a space that is none of YAML (U+{ord(min(spaces)):04X}): write an ordinary one"
    return f"line {line + 1}: is not YAML: {why}"


def _values(value: object, known: dict[int, int]) -> int:
    """How many values there are, with those that aliases repeat; those inside themselves are counted once."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = 1
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_values(one, known) for one in inner)
    return known[id(value)]
