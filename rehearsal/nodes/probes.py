"""Startup, readiness and liveness probes, with kubelet's thresholds.

One thing is quicker than kubelet: until a probe has succeeded for the first time it is tried several times a second,
while failures are counted once a period as they are there. A stand-in is ready in a second, and nobody gains by waiting
out a period that was chosen for a model of 15 GiB.
"""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus

from rehearsal.nodes import http_get
from rehearsal.nodes.api import Object

_EAGER_SECONDS = 0.2


class Probe:
    """One probe of one container.

    ``passing`` starts False for readiness and startup, True for liveness.
    """

    def __init__(self, spec: Object, address: str, ports: dict[str, int], *, passing: bool) -> None:
        self.period = spec.get("periodSeconds") or 10
        self.delay = spec.get("initialDelaySeconds") or 0
        self.passing = passing
        self.message = ""
        self._timeout = spec.get("timeoutSeconds") or 1
        self._success = spec.get("successThreshold") or 1
        self._failure = spec.get("failureThreshold") or 3
        self._spec, self._address, self._ports = spec, address, ports
        self._run = 0
        self._last: bool | None = None
        self._ever = passing

    async def watch(self, on_result: Callable[[bool], None]) -> None:
        """Probe for ever; ``on_result`` hears of every turn: True passes, False is beyond the failure threshold."""
        await asyncio.sleep(self.delay)
        counted = 0.0
        while True:
            good = await self.ask()
            eager = not self._ever and not good
            if eager and counted and time.monotonic() - counted < self.period:
                await asyncio.sleep(_EAGER_SECONDS)
                continue
            counted = time.monotonic()
            verdict = self.count(good=good)
            if verdict is not None:
                self.passing = verdict
                self._ever = self._ever or verdict
                on_result(verdict)
            await asyncio.sleep(self.period if self._ever else _EAGER_SECONDS)

    def count(self, *, good: bool) -> bool | None:
        """Count one result and return what the probe finds once a threshold is reached, None before."""
        self._run = self._run + 1 if good == self._last else 1
        self._last = good
        if self._run >= (self._success if good else self._failure):
            return good
        return None

    async def ask(self) -> bool:
        """Probe once."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._ask()
        except TimeoutError:
            self.message = f"no answer within {self._timeout} s"
        except OSError as error:
            self.message = f"{type(error).__name__}: {error}"
        return False

    async def _ask(self) -> bool:
        if "httpGet" in self._spec:
            return await self._http(self._spec["httpGet"])
        if "tcpSocket" in self._spec:
            _, writer = await asyncio.open_connection(
                self._address, http_get.number_of(self._spec["tcpSocket"]["port"], self._ports)
            )
            writer.close()
            return True
        self.message = "the rehearsal has no exec or grpc probes; use httpGet or tcpSocket"
        return False

    async def _http(self, get: Object) -> bool:
        code = await http_get.status_of(get, self._address, self._ports, agent="kube-probe/1.35")
        self.message = f"HTTP probe failed with statuscode: {code}"
        return HTTPStatus.OK <= code < HTTPStatus.BAD_REQUEST
