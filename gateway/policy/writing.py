"""What one of the policy processes writes for both: Envoy's files, usage, and the month's file in the bucket."""

import asyncio
import contextlib
import logging
import time
from functools import partial

from gateway.config import Config
from gateway.envoy.access_log import LOG_FILE
from gateway.envoy.dynamic import DynamicFiles
from gateway.policy import metrics
from gateway.policy.accounts.files import Files
from gateway.policy.accounts.ledger import SECONDS, Ledger
from gateway.policy.accounts.rotation import rotate
from gateway.policy.envoy_admin import EnvoyAdmin
from gateway.policy.key_times import KeyTimes
from gateway.policy.leader import Leadership
from gateway.policy.records import TableThreads
from gateway.policy.services import Catalog
from gateway.policy.shown import ShownServices
from gateway.store import keys
from gateway.store.table import TableError

FINISH_SECONDS = 8.0
"""How long a process that ends goes on writing usage: longer than Envoy takes to end after SIGTERM."""
LAST_USES_SECONDS = 2.0
"""How long it then writes the last use of keys."""
LEAD_SECONDS = 0.2
"""How often a process looks whether it has to write."""
USED_SECONDS = 60.0
"""How often the last use of keys is written."""
_log = logging.getLogger(__name__)


class Writing:
    """The writer of a policy process, active while it is the leader."""

    def __init__(
        self,
        config: Config,
        catalog: Catalog,
        threads: TableThreads,
        envoy: EnvoyAdmin,
        leadership: Leadership,
        used: dict[str, int],
        key_times: KeyTimes,
    ) -> None:
        """Write the last use of keys from `used`, which the checks fill, and show when keys end; each process its own."""
        self._config, self._catalog, self._threads = config, catalog, threads
        self._envoy, self._leadership = envoy, leadership
        self._used, self._key_times = used, key_times
        self._stepped_at = time.monotonic()
        self._shown = ShownServices()
        self._ledger: Ledger | None = None
        self._files = DynamicFiles(config.dynamic_folder)
        self._log_path = config.folder / LOG_FILE

    async def run(self) -> None:
        """Write for ever; a part that fails ends the others too."""
        async with asyncio.TaskGroup() as parts:
            for part in (self._write_usage, self._follow, self._write_months, self._write_uses):
                parts.create_task(part())

    async def finish(self) -> None:
        """Write everything that is left, for some seconds at most; usage first, which only this pod has."""
        await self._write_rest()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_USES_SECONDS):
                await self._mark_used()

    async def _write_usage(self) -> None:
        while True:
            self._lead()
            if self._ledger is not None and time.monotonic() - self._stepped_at >= SECONDS:
                self._stepped_at = time.monotonic()
                await self._ledger.step()
                await rotate(self._log_path, self._envoy)
            await asyncio.sleep(LEAD_SECONDS)

    async def _write_rest(self) -> None:
        """Write usage until Envoy has ended and its log is read."""
        end = time.monotonic() + FINISH_SECONDS
        while not self._leadership.held and not self._leadership.acquire():
            if time.monotonic() > end:
                return  # the other process writes it
            await asyncio.sleep(0.1)
        ledger = self._ledger or Ledger(self._log_path, self._threads)
        while time.monotonic() < end:
            running = await self._envoy_runs()
            if await ledger.step() and not running:
                break
            await asyncio.sleep(0.2)

    def _lead(self) -> None:
        if self._leadership.held:
            if not self._leadership.wanted():
                self._stop_leading()
        elif self._leadership.take():
            try:
                self._ledger = Ledger(self._log_path, self._threads)
            except BaseException:
                self._leadership.release()  # the other process may be able to, and this one tries again
                raise
            self._files = DynamicFiles(self._config.dynamic_folder)
            self._write_files()

    def _stop_leading(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
        self._ledger = None
        self._leadership.release()

    async def _follow(self) -> None:
        while True:
            changed = self._catalog.change()
            self._write_files()
            await changed.wait()

    async def _write_months(self) -> None:
        files = Files(self._config, self._threads)
        while True:
            if self._leadership.held:
                await files.step()
            await asyncio.sleep(10)

    async def _write_uses(self) -> None:
        while True:
            await asyncio.sleep(USED_SECONDS)
            self._key_times.show()
            await self._mark_used()

    def _write_files(self) -> None:
        self._shown.update(self._catalog.services)
        if not self._leadership.held or not self._catalog.complete:
            return
        try:
            self._files.update({service.name: service.endpoints for service in self._catalog.services})
        except (OSError, ValueError) as error:
            _log.error("Envoy's files stay as they were: %s", error)

    async def _mark_used(self) -> None:
        used = dict(self._used)
        self._used.clear()
        for digest, epoch in used.items():
            try:
                async with asyncio.timeout(2):
                    await self._threads.run(partial(keys.mark_used, digest=digest, now=epoch))
            except (TableError, TimeoutError):
                metrics.TABLE_ERRORS.inc()
                return

    async def _envoy_runs(self) -> bool:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self._config.admin)
            writer.close()
            return True
        return False
