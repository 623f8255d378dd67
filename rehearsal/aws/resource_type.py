"""A resource type of the AWS emulator: its spec with its handler, its checks and its patches of moto."""

from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.recorded_handler import RecordedHandler
from rehearsal.aws.spec import ResourceSpec
from rehearsal.plugins.wire import Properties

Failures = list[tuple[str, str]]
"""Property path and reason of each input that AWS would reject."""
Check = Callable[[ResourceContext, Properties], Failures]
"""Returns what is wrong with inputs. A value that a preview does not know yet is never wrong."""
Guard = Callable[[ResourceContext, str, Properties], None]
"""Raises a `ProviderError` when AWS would refuse to delete the resource of this id and these properties."""


@dataclass(frozen=True, kw_only=True)
class ResourceType(ResourceSpec):
    """One AWS type, defined as ``TYPE`` in a file of its own below ``rehearsal/aws/types/``."""

    handler: type[ResourceHandler] | None = None
    """What creates, reads, updates and deletes it, where the generic handlers do not do."""
    checks: tuple[Check, ...] = ()
    """What AWS rejects and moto accepts, found before anything is created and in previews."""
    guards: tuple[Guard, ...] = ()
    """The order of deletions that AWS enforces and moto does not."""
    moto_patches: tuple[Callable[[], None], ...] = ()
    """Corrections of moto for this type, applied in the server before its first request; they import moto themselves."""
    note: str = ""
    """A remark for docs/aws-types.md."""

    def make_handler(self) -> ResourceHandler:
        """Return a handler for one operation."""
        handler = self.handler or (RecordedHandler if self.recorded else ResourceHandler)
        return handler(self)
