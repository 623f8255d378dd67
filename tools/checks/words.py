"""Check the wording of docs, messages, docstring summaries and public names against the table in the style page."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.files import ROOT, listed

STYLE = Path("docs/contributing/style.md")
_ROW = re.compile(r"\| (?!instead of|---)([^|]+) \| ([^|]+) \|")
_CODE = re.compile(r"```.*?```|`[^`]{0,200}`|https?://\S+|<!--.*?-->", re.DOTALL)
_SENTENCE = re.compile(r"\w+\W+\w+")
"""Text of two words and more: a message, not a key."""
_MARKUP = frozenset({".md", ".html"})
_HISTORY = frozenset({"CHANGELOG.md", "docs/contributing/style.md"})
"""Pages that name what is no longer written."""


@dataclass(frozen=True, order=True)
class Use:
    """One use of a word that the style page replaces."""

    file: str
    line: int
    word: str
    instead: str

    def __str__(self) -> str:
        """Render it as one line, as compilers do."""
        return f"{self.file}:{self.line}: {self.word!r}: write {self.instead} ({STYLE})"


def replacements() -> dict[str, str]:
    """Map each word or phrase of the style page's left column to its right column."""
    rows = _ROW.findall((ROOT / STYLE).read_text())
    return {word.strip(): instead for words, instead in rows for word in words.split(",")}


def uses() -> list[Use]:
    """List every use of a replaced word in the checkout."""
    read = [path for path in listed() if path.suffix in {".py", *_MARKUP}]
    return sorted(use for path in read for use in uses_in(path, (ROOT / path).read_text()))


def uses_in(path: Path, text: str) -> Iterator[Use]:
    """Yield the uses in one file; Python is read as Python, Markdown and HTML as text without their code."""
    if path.suffix in _MARKUP and str(path) not in _HISTORY:
        yield from _search(path, 1, _without_code(text))
    if path.suffix != ".py" or path.parts[0] == "tests":
        return
    tree = ast.parse(text)
    for line, words in _texts(tree):
        yield from _search(path, line, words)


def _without_code(text: str) -> str:
    """Blank out code, keeping line numbers."""
    return _CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def _search(path: Path, line: int, text: str) -> Iterator[Use]:
    for word, instead in _patterns():
        for found in word.finditer(text):
            yield Use(str(path), line + text.count("\n", 0, found.start()), found.group().lower(), instead)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The replacements with a compiled pattern each: whole words, any case, any white space between them.

    "There is no" and "is no longer" are what they are everywhere.
    """
    spaced = ((r"\s+".join(map(re.escape, word.split())), instead) for word, instead in replacements().items())
    return [
        (re.compile(rf"(?<![\w-])(?<!there ){words}(?! longer)(?![\w-])", re.IGNORECASE), instead)
        for words, instead in spaced
    ]


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield docstring summaries, public names as words, and string constants that are sentences, with their lines."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, documented):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                docstrings.add(first.value)
                yield first.lineno, first.value.value.strip().split("\n\n")[0]
            if not isinstance(node, ast.Module) and not node.name.startswith("_"):
                yield node.lineno, _as_words(node.name)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings.add(node.value)  # of an attribute
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and node not in docstrings else None
        if isinstance(node, ast.Constant) and isinstance(text, str) and _SENTENCE.search(text):
            yield node.lineno, _without_code(text)


def _as_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
