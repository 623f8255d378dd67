"""One policy process: serves Envoy on its socket, follows the services, and writes while it is the leader."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from functools import partial

import httpx
import uvloop

from gateway.config import Config
from gateway.envoy.access_log import LOG_FILE
from gateway.policy.accounts.settle import Reservations
from gateway.policy.arrivals import Arrivals
from gateway.policy.check import Check
from gateway.policy.envoy_admin import EnvoyAdmin
from gateway.policy.held import HELD_FOLDER, HeldRequests
from gateway.policy.hold import HELD_SHARE, Hold
from gateway.policy.key_times import KeyTimes
from gateway.policy.leader import Leadership
from gateway.policy.limits.exchange import Exchange
from gateway.policy.limits.shown import ShownBudgets
from gateway.policy.limits.spends import Spends
from gateway.policy.limits.tenants import Tenants
from gateway.policy.records import TableRecords, TableThreads
from gateway.policy.rpc.server import Server
from gateway.policy.running import discover, for_ever, listen, signs_of_life
from gateway.policy.services import Catalog
from gateway.policy.writing import Writing
from gateway.store.table import Table

RECORDS_FOLDER = "records"
"""Folder with what the processes know of the table, in the configuration's folder."""
UPTIME_SECONDS = 10.0
"""How often it is looked whether Envoy has started again."""
POLL_SECONDS = 0.05
"""How often the access log is read while requests are in flight; one that meets a limit has it read at once."""
IDLE_POLL_SECONDS = 0.5
"""How often it is read while there are none, so that little is left to read afterwards."""


class Worker:
    """A policy process's parts."""

    def __init__(self, config: Config, number: int) -> None:
        self._config = config
        self._socket = config.policy_socket(number)
        self._envoy = EnvoyAdmin(config.admin)
        self._threads = TableThreads(Table.open(config.table, config.region))
        self.catalog = Catalog()
        self.tenants = Tenants(config.limits)
        self.reservations = Reservations(config.folder / LOG_FILE)
        self.hold = Hold(
            self.catalog,
            config.hold_seconds,
            config.hold_requests,
            Arrivals(self._envoy).wait,
            most_bytes=int(config.heap_bytes * HELD_SHARE),
        )
        key_times = KeyTimes()
        records = TableRecords(self._threads, config.folder / RECORDS_FOLDER, key_times)
        self._budgets = ShownBudgets(records, self._threads)
        self.check = Check(
            config=config,
            catalog=self.catalog,
            records=records,
            tenants=self.tenants,
            spends=Spends(self._threads),
            reservations=self.reservations,
            hold=self.hold,
            held=HeldRequests(config.folder / HELD_FOLDER, number, longest=config.hold_seconds + 60),
        )
        preferred = config.policy_socket(0) if number else None
        leadership = Leadership(config.folder, preferred)
        self._writing = Writing(
            config, self.catalog, self._threads, self._envoy, leadership, self.check.used, key_times
        )

    async def run(self, *, draining: bool) -> None:
        """Serve until SIGTERM, then write what is left."""
        config = self._config
        if draining:
            self.hold.drain()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGUSR1, self.hold.drain)
        os.set_blocking(sys.stdout.fileno(), False)
        server = await self._serve()
        tasks = [
            asyncio.create_task(for_ever(name, task))
            for name, task in (
                ("discovery", partial(discover, config, self.catalog)),
                ("settlement", self._settle),
                ("counters", Exchange(self.tenants, self._threads, self._budgets).run),
                ("budgets", self._budgets.run),
                ("writing", self._writing.run),
                ("signs of life", signs_of_life),
                *((("consents", self._follow_consents),) if config.response_logs else ()),
            )
        ]
        await stop.wait()
        self.hold.drain()
        await server.stop(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._writing.finish()

    async def _serve(self) -> Server:
        server = Server(self.check.answer, lambda: self.catalog.complete)
        await listen(self._socket, server.start)
        return server

    async def _follow_consents(self) -> None:
        await self.check.consents.follow(self.catalog, self._threads)

    async def _settle(self) -> None:
        looked_at = time.monotonic()
        while True:
            self.reservations.poll()
            if len(self.reservations) and time.monotonic() - looked_at > UPTIME_SECONDS:
                looked_at = time.monotonic()
                with contextlib.suppress(httpx.HTTPError):
                    # Whatever is older than Envoy belongs to one before it. Of its first second some may go early.
                    self.reservations.forget(await self._envoy.uptime() - 1)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_POLL_SECONDS):
                    await self.reservations.some.wait()
            await asyncio.sleep(POLL_SECONDS)


def run(config: Config, number: int, *, draining: bool) -> None:
    """Run policy process `number` until SIGTERM."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Worker(config, number).run(draining=draining))
