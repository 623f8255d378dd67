"""Check that every test file mirrors a source file, or is listed with the reason why it does not."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from tools.files import ROOT, listed

EXCEPTIONS = Path("tests/not_mirrored.yaml")
"""Test files that have no source file of their name: path or folder with a slash at its end, and the reason."""


def complaints() -> Iterator[str]:
    """Yield a line for each test file without a source file, and for each exception that is not needed."""
    exceptions: dict[str, str] = yaml.safe_load((ROOT / EXCEPTIONS).read_text())
    used: set[str] = set()
    for test in listed():
        if test.parts[0] != "tests" or not test.match("test_*.py"):
            continue
        named = {key for key in exceptions if str(test) == key or (key.endswith("/") and str(test).startswith(key))}
        used |= named
        source = source_of(test)
        if not (named or (ROOT / source).exists() or (ROOT / source.with_suffix("")).is_dir()):
            yield f"{test}: there is no {source}: move the test, or list it in {EXCEPTIONS} with its reason"
    for key in sorted(exceptions.keys() - used):
        yield f"{EXCEPTIONS}: {key}: no such test: remove the line"


def source_of(test: Path) -> Path:
    """The source file that ``tests/<path>/test_<name>.py`` is about: ``<path>/<name>.py``, of policies in guardrails/."""
    parts = test.parts[1:-1]
    if parts[:1] == ("policies",):
        parts = ("policies", "guardrails", *parts[1:])
    return Path(*parts, test.name.removeprefix("test_"))
