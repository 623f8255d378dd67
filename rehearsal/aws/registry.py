"""The resource types of the AWS emulator, found by importing every file below ``rehearsal/aws/types/``."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from rehearsal.aws import types
from rehearsal.aws.resource_type import ResourceType

SHARED = "shared"
"""Name of the files that hold what several types of one service have in common."""


def _find() -> Iterator[ResourceType]:
    for module in pkgutil.walk_packages(types.__path__, f"{types.__name__}."):
        if module.ispkg or module.name.endswith(f".{SHARED}"):
            continue
        found: ResourceType = import_module(module.name).TYPE
        yield found


TYPES: dict[str, ResourceType] = {found.token: found for found in _find()}
"""Every type by its token."""
