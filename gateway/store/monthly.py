"""Usage of a month by day, tenant, team and model: as rows, as CSV, and as a file in the bucket.

The gateways write ``gateway/usage/YYYY-MM.csv`` themselves: that of the current month every six hours, that of the month before
until the second day. Whichever gateway is first claims the file in the table, so one of them writes it.
"""

import contextlib
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from botocore import exceptions as failures
from botocore.config import Config
from botocore.session import Session

from gateway.store import items, tenants, usage
from gateway.store.limits import MICROUSD
from gateway.store.table import ConditionError, Table, TableError, Write

FOLDER = "gateway/usage"
"""Prefix of the files in the bucket, beside the gateway's archive."""
EVERY_SECONDS = 6 * 3600
"""How long a file stays as it is. A shorter time makes more versions of it: the bucket keeps old ones for a while."""
FINAL_DAYS = 2
"""Days of the next month in which a month's file is still written: what a gateway could not write before counts then."""


class FileError(Exception):
    """A file cannot be written; the message has its address and the reason."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a tenant's team used of one model on one day in UTC."""

    day: str
    tenant: str
    team: str
    model: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    microusd: int

    @property
    def usd(self) -> str:
        """The cost in US dollars, to the millionth."""
        return f"{self.microusd // MICROUSD}.{self.microusd % MICROUSD:06}"


HEADER = (*(field.name for field in fields(Row) if field.name != "microusd"), "usd")
"""Columns of the CSV."""


def rows(table: Table, month: str, *, of: Sequence[str] | None = None) -> Iterator[Row]:
    """The rows of a month, by tenant and day.

    Args:
        table: The gateway's table.
        month: Such as ``2026-11``.
        of: Tenants; None: all, the removed ones included.

    Raises:
        TableError: the table did not answer.
    """
    for tenant in tenants.ever_named(table) if of is None else of:
        for day, hours in groupby(usage.read(table, tenant, month, month), key=lambda entry: entry.day):
            yield from _of_day(tenant, day, hours)


def as_csv(found: Iterable[Row]) -> str:
    """Rows as CSV with a header; the cost is in US dollars."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows((*astuple(row)[:-1], row.usd) for row in found)
    return text.getvalue()


def bucket_client(region: str) -> Any:
    """An S3 client for ``write_due``, with the credentials that botocore finds."""
    config = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})
    return Session().create_client("s3", region_name=region, config=config)


def write_due(table: Table, s3: Callable[[], Any], bucket: str, now: float) -> list[str]:
    """Write the files that are due; return their keys.

    It reads a whole month of usage, which may take seconds: call it in a thread, every ten minutes or so.

    Args:
        table: The gateway's table.
        s3: Makes an S3 client, as ``bucket_client`` does; called only when a file is due, since it takes time and memory.
        bucket: The platform's bucket.
        now: Epoch seconds.

    Raises:
        FileError: there is no client, or the bucket did not take a file; it remains due.
        TableError: the table did not answer.
    """
    written = []
    for month in due_months(now):
        if _claim(table, month, int(now)):
            try:
                written.append(_write(table, s3, bucket, month))
            except Exception:
                _give_up_claim(table, month, int(now))
                raise
    return written


def due_months(now: float) -> list[str]:
    """Months whose file is not final: the current one, and in its first days the one before."""
    today = datetime.fromtimestamp(now, UTC).date()
    before = today - timedelta(days=FINAL_DAYS)
    return sorted({f"{day:%Y-%m}" for day in (before, today)})


def _claim(table: Table, month: str, now: int) -> bool:
    write = Write(
        place=items.file_place(month),
        update="SET written = :now, #ttl = :ttl",
        condition="attribute_not_exists(written) OR written <= :before",
        values={"now": now, "before": now - EVERY_SECONDS, "ttl": now + usage.KEPT_SECONDS},
        names={"ttl": "ttl"},
    )
    try:
        table.update(write)
    except ConditionError:
        return False  # another gateway has it, or had it a while ago
    return True


def _give_up_claim(table: Table, month: str, now: int) -> None:
    write = Write(
        place=items.file_place(month), update="REMOVE written", condition="written = :now", values={"now": now}
    )
    # Otherwise the file is due again after the usual time.
    with contextlib.suppress(TableError, ConditionError):
        table.update(write)


def _write(table: Table, s3: Callable[[], Any], bucket: str, month: str) -> str:
    key = f"{FOLDER}/{month}.csv"
    body = as_csv(rows(table, month)).encode()
    try:
        s3().put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/csv; charset=utf-8")
    except failures.ClientError as error:
        raise FileError(f"s3://{bucket}/{key}: {error.response.get('Error', {}).get('Code')}") from None
    except failures.BotoCoreError as error:
        # Its text may hold a header with credentials.
        raise FileError(f"s3://{bucket}/{key}: {type(error).__name__}") from None
    return key


def _of_day(tenant: str, day: str, hours: Iterable[usage.Usage]) -> Iterator[Row]:
    entries = sorted(hours, key=lambda entry: (entry.team, entry.model))
    for (team, model), same in groupby(entries, key=lambda entry: (entry.team, entry.model)):
        total = usage.total(list(same))
        yield Row(
            day=day,
            tenant=tenant,
            team=team,
            model=model,
            requests=total.requests,
            prompt_tokens=total.prompt_tokens,
            completion_tokens=total.completion_tokens,
            microusd=total.microusd,
        )
