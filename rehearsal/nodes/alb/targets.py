"""Targets of one load balancer: registered with their pods, checked, and gone some time after they are deregistered."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rehearsal.nodes import http_get
from rehearsal.nodes.alb.ingress import HealthCheck
from rehearsal.nodes.api import Object

GATE = "target-health.elbv2.k8s.aws/"
# A deregistration reaches a load balancer's own nodes a moment later; they send requests until then.
_PROPAGATION_SECONDS = 1.0
_EAGER_SECONDS = 0.2


@dataclass(kw_only=True)
class Target:
    """One pod's port.

    Attributes:
        namespace: Namespace of the pod.
        pod: Its name.
        address: Where it is dialed.
        port: Its port.
        healthy: Whether it has passed its health checks.
        leaving: When it was deregistered; 0 while it is registered.
        ever: Whether it has ever been healthy.
        streak: How many checks in a row found it otherwise than it is held to be.
        checked: When it was checked last.
    """

    namespace: str
    pod: str
    address: str
    port: int
    healthy: bool = False
    leaving: float = 0.0
    ever: bool = False
    streak: int = 0
    checked: float = 0.0


class Targets:
    """Follows endpoints and checks their health."""

    def __init__(self, check: HealthCheck) -> None:
        self._check = check
        self._known: dict[tuple[str, int], Target] = {}

    def __iter__(self) -> Iterator[Target]:
        """All, those that leave too."""
        return iter(list(self._known.values()))

    def register(self, found: Iterable[Target]) -> None:
        """Take the endpoints as they are now; what is missing among them leaves."""
        now = time.monotonic()
        present = {(target.address, target.port): target for target in found}
        for key, target in present.items():
            if key not in self._known or self._known[key].pod != target.pod:
                self._known[key] = target
            self._known[key].leaving = 0.0
        for key, target in list(self._known.items()):
            if key in present:
                continue
            target.leaving = target.leaving or now
            if now - target.leaving >= _PROPAGATION_SECONDS:
                del self._known[key]

    def serving(self) -> list[tuple[str, int]]:
        """Where new requests go: to healthy targets, or to all where none is (an ALB fails open)."""
        good = [target for target in self._known.values() if target.healthy]
        return sorted((target.address, target.port) for target in good or self._known.values())

    async def check(self) -> list[Target]:
        """Check those that are due; return the targets that became healthy."""
        now = time.monotonic()
        due = [
            target
            for target in self._known.values()
            if not target.leaving and now - target.checked >= (self._check.interval if target.ever else _EAGER_SECONDS)
        ]
        before = [target for target in due if target.healthy]
        await asyncio.gather(*(self._check_one(target) for target in due))
        return [target for target in due if target.healthy and target not in before]

    async def _check_one(self, target: Target) -> None:
        target.checked = time.monotonic()
        try:
            async with asyncio.timeout(self._check.timeout):
                get: Object = {"path": self._check.path, "port": target.port}
                code = await http_get.status_of(get, target.address, {}, agent="ELB-HealthChecker/2.0")
        except (OSError, TimeoutError):
            code = 0
        good = self._check.accepts(code)
        target.streak = 0 if good == target.healthy else target.streak + 1
        # One check that passes is enough for a new target.
        needed = self._check.unhealthy if not good else self._check.healthy if target.ever else 1
        if target.streak >= needed:
            target.healthy, target.streak = good, 0
            target.ever = target.ever or good
