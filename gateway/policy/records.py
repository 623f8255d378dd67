"""Keys and tenants of the table for an event loop: read in threads, kept in memory."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from gateway.policy import metrics
from gateway.policy.cache import Cache
from gateway.policy.kept import Kept
from gateway.policy.key_times import KeyTimes
from gateway.store import keys, tenants
from gateway.store.keys import ApiKey
from gateway.store.limits import read_limits
from gateway.store.table import Table
from gateway.store.tenants import Tenant

_THREADS = 16
T = TypeVar("T")


class TableThreads:
    """Runs the table's calls, which block, in threads of their own."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="table")

    @property
    def ahead(self) -> float:
        """How many seconds the table's clock is ahead of this machine's."""
        return self._table.ahead

    async def run(self, call: Callable[[Table], T]) -> T:
        """What `call` returns for the table; it may raise whatever the call raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, self._table)


class TableRecords:
    """Keys and tenants, cached."""

    def __init__(
        self, threads: TableThreads, folder: Path, key_times: KeyTimes, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Read by `threads`, keys for `key_times` too; `folder` is shared with the other process of the pod."""

        async def key(digest: str) -> ApiKey | None:
            found = await threads.run(lambda table: keys.find(table, digest))
            key_times.read(digest, found)
            return found

        async def tenant(name: str) -> Tenant | None:
            return await threads.run(lambda table: tenants.find(table, name))

        kept_keys = Kept(folder / "keys", asdict, lambda record: ApiKey(**record))
        kept_tenants = Kept(folder / "tenants", _dump, _load)
        self._keys: Cache[ApiKey] = Cache(key, metrics.TABLE_ERRORS.inc, clock, kept_keys)
        self._tenants: Cache[Tenant] = Cache(tenant, metrics.TABLE_ERRORS.inc, clock, kept_tenants)

    async def key(self, digest: str) -> ApiKey | None:
        """The key with that SHA-256.

        Raises:
            UnavailableError: the table does not answer, and the key is not known.
        """
        return await self._keys.get(digest)

    async def tenant(self, name: str) -> Tenant | None:
        """The tenant of that name.

        Raises:
            UnavailableError: the table does not answer, and the tenant is not known.
        """
        return await self._tenants.get(name)


def _dump(tenant: Tenant) -> dict[str, Any]:
    return {"name": tenant.name, "limits": tenant.limits.given(), "version": tenant.version}


def _load(record: dict[str, Any]) -> Tenant:
    return Tenant(name=record["name"], limits=read_limits(record["limits"]), version=record["version"])
