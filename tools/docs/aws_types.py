"""The page of the AWS types that the rehearsal emulates."""

from pathlib import Path

from rehearsal.aws.functions import FUNCTIONS
from rehearsal.aws.kind import Kind
from rehearsal.aws.table import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "aws-types.md"

_HEAD = """# AWS types of the rehearsal

Written from the table in `rehearsal/aws/table/` by `make docs`; a test
keeps it current. *Emulated* types exist in the sandbox's moto server, and what it refuses is the resource's error.
*Recorded* types are only written down, because moto lacks them. Any other type is refused by name.

| type | | changes that replace it | |
|---|---|---|---|
"""


def page() -> str:
    """docs/aws-types.md."""
    rows = [_row(KINDS[token]) for token in sorted(KINDS)]
    functions = [f"- `{token}`" for token in sorted(FUNCTIONS)]
    return _HEAD + "\n".join(rows) + "\n\n## Functions\n\n" + "\n".join(functions) + "\n"


def _row(kind: Kind) -> str:
    how = "recorded" if kind.recorded else "emulated"
    replaces = ", ".join(f"`{name}`" for name in sorted(kind.replace))
    return f"| `{kind.token}` | {how} | {replaces} | {kind.note} |"
