"""``python -m guardrails.lint [FILE...]``: refuse unknown names in the files of levels, settings and exemptions.

Without FILE: those in ``policies/``. The pack looks through the same ones whenever it starts.
"""

import sys
from pathlib import Path

from guardrails import RULES
from guardrails.engine import exemptions, levels


def problems() -> list[str]:
    """What is wrong with the project's own files, one line each with place and cure."""
    found = levels.check(RULES)
    try:
        if exemptions.FILE.exists():
            exemptions.parse(exemptions.FILE.read_text(), frozenset(rule.id for rule in RULES))
    except exemptions.ExemptionError as problem:
        found.append(str(problem))
    return found


def main(files: list[str]) -> int:
    """Say what is wrong; the exit status is 1 if anything is."""
    found = [line for name in files for line in levels.problems(name, Path(name).read_text(), RULES)]
    if not files:
        found = problems()
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
