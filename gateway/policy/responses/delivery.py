"""Delivers records to Firehose: a bounded queue, batches, retries; what does not fit or is not taken is dropped and counted."""

import asyncio
import logging
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore import exceptions as failures
from botocore.config import Config as ClientConfig
from botocore.session import Session

from gateway.policy import metrics

MOST_RECORDS, MOST_BYTES = 500, 4 << 20
"""Of one PutRecordBatch (https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html)."""
QUEUE_RECORDS, QUEUE_BYTES = 5_000, 32 << 20
"""Records that wait at most."""
ATTEMPTS = 5
"""How often a record is sent that Firehose does not take."""
PAUSE_SECONDS = 1.0
"""Between two batches, and before the first repetition; each later one waits twice as long."""
_log = logging.getLogger(__name__)

Record = tuple[str, bytes]
"""The service's public name, and the line."""


def firehose(region: str) -> Any:
    """A Firehose client with the credentials that botocore finds; a call that hangs ends after 10 s."""
    config = ClientConfig(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1, "mode": "standard"})
    return Session().create_client("firehose", region_name=region, config=config)


class Delivery:
    """The queue and its sender."""

    def __init__(self, client: Any, stream: str, pause: float = PAUSE_SECONDS) -> None:
        """Send by `client`, whose calls block, to the stream of that name."""
        self._client, self._stream, self._pause = client, stream, pause
        self._waiting: deque[Record] = deque()
        self._bytes = 0
        self._some = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="firehose")

    def put(self, model: str, line: bytes) -> None:
        """Take a record, or drop it where the queue is full."""
        if len(self._waiting) >= QUEUE_RECORDS or self._bytes + len(line) > QUEUE_BYTES:
            metrics.RESPONSES_DROPPED.labels("queue").inc()
            return
        self._waiting.append((model, line))
        self._bytes += len(line)
        self._some.set()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            await self._some.wait()
            await asyncio.sleep(self._pause)
            await self.flush()

    async def flush(self) -> None:
        """Send what waits."""
        while batch := self._batch():
            await self._send(batch)
        self._some.clear()

    def drop_rest(self) -> None:
        """Count what is not sent any more."""
        metrics.RESPONSES_DROPPED.labels("firehose").inc(len(self._waiting))
        self._waiting.clear()
        self._bytes = 0

    def _batch(self) -> list[Record]:
        batch: list[Record] = []
        size = 0
        while self._waiting and len(batch) < MOST_RECORDS and size + len(self._waiting[0][1]) <= MOST_BYTES:
            record = self._waiting.popleft()
            self._bytes -= len(record[1])
            size += len(record[1])
            batch.append(record)
        return batch

    async def _send(self, batch: list[Record]) -> None:
        for attempt in range(ATTEMPTS):
            try:
                if attempt:
                    await asyncio.sleep(self._pause * 2 ** (attempt - 1))
                refused = await asyncio.get_running_loop().run_in_executor(self._thread, self._put, batch)
            except asyncio.CancelledError:
                # What a process that ends sends last. A batch that is under way may come twice.
                self._waiting.extendleft(reversed(batch))
                self._bytes += sum(len(line) for _, line in batch)
                raise
            for model, count in Counter(model for model, _ in batch).items():
                taken = count - sum(each[0] == model for each in refused)
                metrics.RESPONSES_LOGGED.labels(model).inc(taken)
            batch = refused
            if not batch:
                return
        metrics.RESPONSES_DROPPED.labels("firehose").inc(len(batch))

    def _put(self, batch: list[Record]) -> list[Record]:
        """Send a batch; return what Firehose did not take."""
        records = [{"Data": line} for _, line in batch]
        try:
            answer = self._client.put_record_batch(DeliveryStreamName=self._stream, Records=records)
        except failures.ClientError as error:
            _log.warning("firehose %s: put_record_batch: %s", self._stream, error.response.get("Error", {}).get("Code"))
            return batch
        except failures.BotoCoreError as error:
            # Its text may hold a header with credentials.
            _log.warning("firehose %s: put_record_batch: %s", self._stream, type(error).__name__)
            return batch
        if not answer.get("FailedPutCount"):
            return []
        results = answer["RequestResponses"]
        return [record for record, result in zip(batch, results, strict=True) if result.get("ErrorCode")]
