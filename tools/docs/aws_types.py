"""The page of the AWS types that the rehearsal emulates."""

from pathlib import Path

from rehearsal.aws.functions import FUNCTIONS
from rehearsal.aws.karpenter.gaps import GAPS
from rehearsal.aws.registry import TYPES
from rehearsal.aws.resource_type import ResourceType

PAGE = Path(__file__).parents[2] / "docs" / "aws-types.md"

_HEAD = """# AWS types of the rehearsal

Written from the files in `rehearsal/aws/types/`, one a type, by `make docs`; a test keeps it current. *Emulated* types
exist in the sandbox's moto server, and what it refuses is the resource's error. *Recorded* types are only written down,
because moto lacks them. Any other type is refused by name.

| type | | changes that replace it | |
|---|---|---|---|
"""


_KARPENTER = """## What Karpenter calls

Karpenter runs as it is, against moto. What moto lacks for it is added by the files in `rehearsal/aws/karpenter/`:

| operations | moto | the rehearsal |
|---|---|---|
"""


def page() -> str:
    """docs/aws-types.md."""
    rows = [_row(TYPES[token]) for token in sorted(TYPES)]
    functions = [f"- `{token}`" for token in sorted(FUNCTIONS)]
    gaps = [f"| {gap.operations} | {gap.moto} | {gap.here} |" for gap in GAPS]
    parts = (_HEAD + "\n".join(rows), "## Functions\n\n" + "\n".join(functions), _KARPENTER + "\n".join(gaps))
    return "\n\n".join(parts) + "\n"


def _row(resource_type: ResourceType) -> str:
    how = "recorded" if resource_type.recorded else "emulated"
    replaces = ", ".join(f"`{name}`" for name in sorted(resource_type.replace))
    return f"| `{resource_type.token}` | {how} | {replaces} | {resource_type.note} |"
