"""The month's usage as a file in the bucket, written when it is due."""

import logging
import time
from functools import partial

from gateway.config import Config
from gateway.policy import metrics
from gateway.policy.records import TableThreads
from gateway.store import monthly
from gateway.store.table import Table, TableError

EVERY_SECONDS = 600.0
"""How often it is looked whether a file is due."""
_log = logging.getLogger(__name__)


class Files:
    """The files of the configuration's bucket; without a bucket there are none."""

    def __init__(self, config: Config, threads: TableThreads) -> None:
        self._bucket, self._region, self._threads = config.bucket, config.region, threads
        self._next = time.monotonic()

    async def step(self) -> None:
        """Write what is due, if it is time to look. What fails is tried again the next time."""
        if self._bucket is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        try:
            written = await self._threads.run(self._write)
        except (TableError, monthly.FileError) as error:
            metrics.TABLE_ERRORS.inc()
            _log.warning("the month's usage is not written: %s", error)
            return
        for key in written:
            _log.info("s3://%s/%s is written", self._bucket, key)

    def _write(self, table: Table) -> list[str]:
        return monthly.write_due(table, partial(monthly.bucket_client, self._region), str(self._bucket), time.time())
