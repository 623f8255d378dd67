"""The options that a container gives to vLLM, however its command line is written.

A command line may stand in ``command`` and ``args``, in the text of a shell, with ``$(NAME)`` of the container's
environment. vLLM's parser (``vllm/utils/argparse_utils.py``) takes ``_`` for ``-``, any unambiguous beginning of a
name, values after ``=`` or as the next words, and keys inside a JSON value with dots: ``--hf-overrides.auto_map.x y``.
"""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from guardrails.analysis.expansion import expanded
from guardrails.engine.values import Properties, Value
from planner.vllm_options.classes import CLASSES, TEAM
from planner.vllm_options.earlier import EARLIER, EARLIER_TEAM
from planner.vllm_options.releases import newest
from planner.vllm_options.table import any_spelling, by_spelling, history, options

_SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"})
_ENDS: Final = re.compile(r"[;&|()\n]+")
# Keys after a dot may have any character: the parser takes all up to the first ``=``.
_OPTION: Final = re.compile(r"--?[A-Za-z][^\s=]*(=.*)?", re.DOTALL)
_LEVEL_OBJECT: Final = re.compile(r"-O=?(\{.*)", re.DOTALL)
"""``-O`` with an object, which earlier releases take for ``compilation-config``."""
_HIDDEN: Final = re.compile(r"-*[$`]|--?[A-Za-z][^\s=]*[$`]")
"""The beginning of a word whose beginning, or whose name as an option, only a shell or the container knows."""
_EXPANDED: Final = re.compile(r"[$`]")
_DEEPEST: Final = 4
_ONLY_VLLM: Final = frozenset({
    "served-model-name", "gpu-memory-utilization", "max-model-len", "max-num-seqs", "max-num-batched-tokens",
    "tensor-parallel-size", "pipeline-parallel-size", "enforce-eager", "enable-prefix-caching", "enable-auto-tool-choice",
    "limit-mm-per-prompt", "kv-transfer-config", "speculative-config", "compilation-config", "disable-log-requests",
})  # fmt: skip
_OTHER_SERVER: Final = re.compile(r"sglang|lmdeploy|tensorrt|trtllm|tritonserver|text-generation-launcher|llama-server")
"""Servers that have some of these options too."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """One option on a command line."""

    names: tuple[str, ...]
    """The options that its spelling may mean, by their long names; as spelled, where there is none."""
    spelled: str
    """Its name as it is written."""
    value: Value
    """Its value: JSON data; a switch is True."""

    @property
    def plain(self) -> str:
        """Its name as the parser reads it: without dashes in front, with ``-`` for ``_``."""
        return _plain(self.spelled)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One command of a container."""

    words: tuple[str, ...]
    serves: bool
    """Whether it is vLLM's server."""
    shell: bool
    """Whether it stands in the text of a shell, which makes any number of words of a variable."""

    @property
    def model(self) -> str | None:
        """The model it serves, where it says so."""
        for given in options_of(self):
            if "model" in given.names and isinstance(given.value, str):
                return given.value
        if "serve" in self.words:
            after = self.words[self.words.index("serve") + 1 :][:1]
            return next((word for word in after if not word.startswith("-")), None)
        return None


def lines(container: Properties) -> Iterator[Line]:
    """The commands of a container, each with its words; what is unknown is omitted."""
    image = container.get("image")
    vllm_image = isinstance(image, str) and "vllm" in image.lower()
    command = expanded(container, "command")
    words = [word for word in [*command, *expanded(container, "args")] if isinstance(word, str)]
    for index, each in enumerate(_commands(words)):
        serves = _serves(each) or _like_vllm([str(image), *each]) or (vllm_image and not command and not index)
        yield Line(words=tuple(each), serves=serves, shell=index > 0)


def hidden(container: Properties) -> Iterator[str]:
    """Words that are options, or bring some, and that only the running container knows."""
    for line in lines(container):
        takes_value = False
        for word in line.words if line.serves else ():
            if (line.shell and _EXPANDED.search(word)) or (not takes_value and _HIDDEN.match(word)):
                yield word
            takes_value = _OPTION.fullmatch(word) is not None and "=" not in word and not _is_switch(word)


def serves_vllm(container: Properties) -> bool:
    """Whether a command of a container is vLLM's server, whatever its image is called."""
    return any(line.serves for line in lines(container))


def from_key(key: str, value: Any) -> Given:
    """The option of a key in a file of options."""
    names, negated = _meant(f"--{key}")
    return Given(names=names, spelled=f"--{key}", value=False if negated else value)


def options_of(line: Line) -> Iterator[Given]:
    """The options of one command, in order."""
    words = line.words
    for index, word in enumerate(words):
        if level := _LEVEL_OBJECT.fullmatch(word):
            yield Given(names=("compilation-config",), spelled="-O", value=_data(level[1]))
            continue
        if not _OPTION.fullmatch(word):
            continue
        name, equals, value = word.partition("=")
        spelled, *keys = name.split(".")
        # The parser takes the word after a key for its value, whatever it begins with.
        following = [] if equals else list(words[index + 1 :][:1]) if keys else _values(words[index + 1 :])
        data = _data(value) if equals else _together(following, nested=bool(keys))
        names, negated = _meant(spelled)
        if spelled == "-O" and (keys or isinstance(data, dict)):
            names = ("compilation-config",)
        for key in reversed(keys):
            data = {key: data}
        yield Given(names=names, spelled=spelled, value=False if negated else data)


def _is_switch(word: str) -> bool:
    return any(options(max(history()[name]))[name].switch for name in _meant(word)[0] if name in history())


def _values(words: Sequence[str]) -> list[str]:
    found = []
    for word in words:
        if _OPTION.fullmatch(word):
            break
        found.append(word)
    return found


def _data(text: str) -> Any:
    if text[:1] in {"{", "["} or text in {"true", "false", "null"}:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _together(following: list[str], *, nested: bool) -> Any:
    if not following:
        return True
    return _data(following[0]) if nested or len(following) == 1 else [_data(word) for word in following]


def _meant(spelled: str) -> tuple[tuple[str, ...], bool]:
    """The options that a spelling may mean, and whether it turns a switch off."""
    plain = _plain(spelled)
    if not spelled.startswith("--"):
        found = by_spelling(newest()).get(spelled.lstrip("-").rstrip("+"))
        level = spelled.startswith("-O") and found is None
        return (("optimization-level",) if level else (found.name,) if found else (plain,)), False
    if plain in any_spelling():
        name = any_spelling()[plain]
        return (name,), plain.startswith("no-") and plain != name
    if plain in _names():
        return (plain,), False
    # The parser takes any unambiguous beginning of a name; which are ambiguous depends on the release.
    longer = tuple(name for name in _names() if name.startswith(plain))
    off = plain.removeprefix("no-")
    return (longer or (off if off in _names() else plain,)), off != plain and off in _names()


def _plain(spelled: str) -> str:
    return spelled.lstrip("-").rstrip("+").replace("_", "-").lower()


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted({*history(), *CLASSES, *TEAM, *EARLIER, *EARLIER_TEAM}))


def _commands(words: Sequence[str], depth: int = 0) -> Iterator[list[str]]:
    """The commands that a list of words runs: itself, and those in the texts that a shell or another program runs."""
    shell = any(word.rpartition("/")[2] in _SHELLS for word in words[:3])
    plain: list[str] = []
    inner: list[str] = []
    for word in words:
        (inner if depth < _DEEPEST and _holds_commands(word, shell=shell) else plain).append(word)
    yield plain
    for text in inner:
        for part in _split(text):
            yield from _commands(part, depth + 1)


def _holds_commands(word: str, *, shell: bool) -> bool:
    if not re.search(r"\s", word) or word[:1] in {"{", "["}:
        return False
    if re.match(r"--?[A-Za-z][^\s=]*=", word) or _LEVEL_OBJECT.fullmatch(word):
        return False
    return shell or bool(re.search(r"(^|\s)--?\w", word))


def _split(text: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars=";&|()\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # quotes that do not end: taken apart without regard to them
        words = re.split(r"""([;&|()\n]+)|[\s'"`\\]+""", text)
    part: list[str] = []
    for word in words:
        if not word:
            continue
        if _ENDS.fullmatch(word):
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _like_vllm(words: Sequence[str]) -> bool:
    """Whether an image and a command have options that are vLLM's server's alone, under a name that says nothing."""
    given = {_plain(word.partition("=")[0]) for word in words if word.startswith("--")}
    return bool(given & _ONLY_VLLM) and not any(_OTHER_SERVER.search(word) for word in words)


def _serves(words: Sequence[str]) -> bool:
    for index, word in enumerate(words):
        name = word.rpartition("/")[2]
        if name == "vllm" and "serve" in words[index + 1 : index + 2]:
            return True
        if (
            name.startswith("vllm.entrypoints.")
            or name in {"api_server.py", "api_server"}
            or name.endswith(".api_server")
        ):
            return True
    return False
