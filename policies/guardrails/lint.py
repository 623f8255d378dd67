"""Check for unknown names in the files of levels, settings and exemptions: ``python -m guardrails.lint [FILE...]``.

Without FILE: those in ``policies/``, which the pack checks whenever it starts. Deprecated names are reported, and no fault.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from guardrails import RULES
from guardrails.engine import exemptions, levels


def problems() -> list[str]:
    """List what is wrong with the project's own files, one line each with place and fix."""
    found = levels.check(RULES)
    try:
        if exemptions.FILE.exists():
            exemptions.parse(exemptions.FILE.read_text(), frozenset(rule.id for rule in RULES))
    except exemptions.ExemptionError as problem:
        found.append(str(problem))
    return found


def deprecations(files: Iterable[Path]) -> list[str]:
    """List the settings of valid files that stand under a former name."""
    return [line for path in files for line in levels.deprecations(path.name, path.read_text(), RULES)]


def main(files: list[str]) -> int:
    """Print what is wrong; the exit status is 1 if anything is."""
    paths = [Path(name) for name in files] or sorted(levels.FOLDER.glob("*.json"))
    found = problems()
    if files:
        found = [line for path in paths for line in levels.problems(str(path), path.read_text(), RULES)]
    sys.stderr.writelines(f"{line}\n" for line in (found or deprecations(paths)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
