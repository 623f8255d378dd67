"""The check of wording finds words of the style page's left column where people read them, and nowhere else."""

from pathlib import Path

import pytest

from tools.checks.words import replacements, uses_in

PYTHON = '''"""Reckon the memory."""

TEXT = "the verdict is out"
KEY = "verdict"


def cures(machine):
    """Return alternatives.

    Details may say verdict.
    """
    # a comment may say verdict
    found = machine.verdict
    return f"nobody can {found} that"


def _cures():
    return 1
'''


def words(path: str, text: str) -> list[tuple[int, str]]:
    return [(use.line, use.word) for use in sorted(uses_in(Path(path), text))]


def test_docstring_summaries_messages_and_public_names_of_python():
    assert words("planner/fit.py", PYTHON) == [(1, "reckon"), (3, "verdict"), (7, "cures"), (14, "nobody")]


def test_text_of_markdown_and_html_without_code():
    text = "All is told.\n\n```\nverdict\n```\n\nThe `verdict` is left\nout.\n"
    assert words("docs/x.md", text) == [(1, "told"), (7, "left\nout")]
    assert words("portal/web/templates/x.html", "<p>the verdict</p>") == [(1, "verdict")]


@pytest.mark.parametrize("text", ["There is no verdictive file", "it is no longer there", "mending", "stand-input"])
def test_what_only_looks_like_a_replaced_word(text):
    assert words("docs/x.md", text) == []


def test_a_use_names_the_place_and_the_replacement():
    (use,) = uses_in(Path("docs/x.md"), "a verdict")
    assert str(use).startswith("docs/x.md:1: 'verdict': write fit result; finding; readiness")


def test_tests_and_history_may_say_what_they_like():
    assert words("tests/test_x.py", PYTHON) == words("CHANGELOG.md", "a verdict") == []


def test_the_style_page_lists_the_words():
    assert len(replacements()) > 50
    assert replacements()["verdict"].startswith("fit result")
