"""Facts that platform stacks export, read through Pulumi and cached for a while."""

import logging
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass

from pydantic import ValidationError

from portal.errors import ConflictError, NotFoundError
from portal.runner.protocol import RunnerError, StackRunner
from settings.derived.platform_facts import FACTS_EXPORT, PlatformFacts
from settings.models.pools import PoolFacts, PoolKind

_LOG = logging.getLogger(__name__)
_KEPT_SECONDS = 60.0
_OLDEST_SECONDS = 3600.0
_WAIT_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class _Kept:
    facts: PlatformFacts
    read_at: float


class Platforms:
    """The platforms teams may use."""

    def __init__(self, runner: StackRunner, names: tuple[str, ...]) -> None:
        """Ask ``runner`` for each of ``names``."""
        self._runner = runner
        self.names = names
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def facts(self, name: str) -> PlatformFacts:
        """Return the facts that a platform exports.

        Raises:
            NotFoundError: teams may not use a platform of that name.
            ConflictError: it cannot be read, or was deployed by another version of the program.
        """
        if name not in self.names:
            raise NotFoundError(f"no platform {name!r}: choose from {', '.join(self.names)}")
        kept = self._kept.get(name)
        age = time.monotonic() - kept.read_at if kept is not None else _OLDEST_SECONDS
        if kept is None or age >= _OLDEST_SECONDS:
            return self._refresh(name)
        if age > _KEPT_SECONDS and not self._lock.locked():
            # Pulumi takes a moment to answer; nobody should wait for it to hear what is most likely still so.
            threading.Thread(target=self._refresh_quietly, args=(name,), daemon=True).start()
        return kept.facts

    def _refresh(self, name: str) -> PlatformFacts:
        # Whoever asks holds a thread that the pages share: one may wait for Pulumi, the others only for a moment.
        if not self._lock.acquire(timeout=_WAIT_SECONDS):
            raise ConflictError(f"platform {name} is being read, which takes longer than usual: try again in a minute")
        try:
            facts = self._read(name)
            self._kept[name] = _Kept(facts=facts, read_at=time.monotonic())
        finally:
            self._lock.release()
        return facts

    def _refresh_quietly(self, name: str) -> None:
        try:
            self._refresh(name)
        except ConflictError as error:
            _LOG.warning("%s; its facts of a while ago are used", error)

    def pools(self, name: str, kinds: Collection[PoolKind]) -> dict[str, PoolFacts]:
        """Return a platform's pools of these kinds, as a team sees them."""
        return {pool: facts for pool, facts in self.facts(name).for_teams.pools.items() if facts.kind in kinds}

    def _read(self, name: str) -> PlatformFacts:
        try:
            exported = self._runner.exports(name).values
        except RunnerError as error:
            raise ConflictError(f"platform {name} cannot be read: {error}") from None
        if FACTS_EXPORT not in exported:
            raise ConflictError(f"platform {name} is not deployed: `make up STACK={name}` first")
        try:
            return PlatformFacts.of_export(exported[FACTS_EXPORT])
        except ValidationError as error:
            raise ConflictError(
                f"platform {name} was deployed by another version of the program ({error.error_count()} facts do not "
                f"fit): run `make up STACK={name}`"
            ) from None
