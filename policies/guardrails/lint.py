"""``python -m guardrails.lint``: refuse unknown names in the files of levels, settings and exemptions."""

import sys

from guardrails import RULES, exemptions, levels


def main() -> int:
    """Say what is wrong, one line each; the exit status is 1 if anything is."""
    found = levels.check(RULES)
    try:
        if exemptions.FILE.exists():
            exemptions.parse(exemptions.FILE.read_text(), frozenset(rule.id for rule in RULES))
    except exemptions.ExemptionError as problem:
        found.append(str(problem))
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
