"""Usage of all tenants: from the lines of Envoy's access log into the table, each counted once.

One process at a time does this. Every second it reads the new lines, adds them up and writes the sums and its position in
the log to the journal, in one step; then it writes the sums to the table in batches that the table counts once. A killed
process loses nothing: the next one goes on at the journal's position and sends the journal's batches again. While the table
is away the sums wait in the journal. What can be lost: the lines that Envoy has not written when it is killed itself (it
writes each at once), and with the pod's folder, when its node dies, the seconds that the table does not have.
"""

import asyncio
import logging
import math
import uuid
from collections import Counter
from pathlib import Path

from gateway.policy import metrics
from gateway.policy.accounts import journal
from gateway.policy.accounts.entries import Ended, parse
from gateway.policy.accounts.journal import Account, Batch, Sum
from gateway.policy.accounts.tail import Tail
from gateway.policy.records import TableThreads
from gateway.store import usage
from gateway.store.items import hour_of
from gateway.store.table import TableError

SECONDS = 1.0
"""How often usage is written."""
WAIT_SECONDS = 5.0
"""How long a batch's write may take before the others are tried."""
STATE_FILE = "usage.state.json"
_log = logging.getLogger(__name__)


class Ledger:
    """The accounts, kept by one process at a time."""

    def __init__(self, log: Path, threads: TableThreads) -> None:
        """Read the access log `log`; the journal is beside it.

        Raises:
            ValueError: the journal has something else in it.
        """
        self._path = log.with_name(STATE_FILE)
        self._threads = threads
        self._state = journal.load(self._path)
        self._tail = Tail(log, self._state.position)
        self._failing = False

    async def step(self) -> bool:
        """Take over new lines, and send what the table lacks; whether the table has everything now.

        Raises:
            OSError: the log or the journal cannot be used.
        """
        found: dict[Account, Sum] = {}
        answers: list[Ended] = []
        while lines := self._tail.read():
            for line in lines:
                self._read(line, found, answers)
        if answers:
            _merge(self._state.waiting, found)
        # A tenant whose batch is not written yet waits with the next one; the others do not wait for it.
        busy = {batch.tenant for batch in self._state.sending}
        free = {account: each for account, each in self._state.waiting.items() if account[0] not in busy}
        self._state.sending += self._batches(free)
        for account in free:
            del self._state.waiting[account]
        if answers or self._state.sending:
            self._state.position = self._tail.position
            journal.save(self._path, self._state)
            _count(answers)
        return await self._send()

    def close(self) -> None:
        """Close the log."""
        self._tail.close()

    async def _send(self) -> bool:
        if not self._state.sending:
            return not self._state.waiting
        before = len(self._state.sending)
        for batch in list(self._state.sending):
            written = await self._write(batch)
            self._state.sending.remove(batch)
            if not written:
                self._state.sending.append(batch)  # behind the others, which the next step tries first
                break
        if len(self._state.sending) < before:
            journal.save(self._path, self._state)
        return not self._state.sending and not self._state.waiting

    async def _write(self, batch: Batch) -> bool:
        entries = [
            usage.Usage(
                hour=hour,
                model=model,
                team=team,
                requests=each.requests,
                prompt_tokens=each.prompt_tokens,
                completion_tokens=each.completion_tokens,
                microusd=int(each.microusd),
            )
            for (_, hour, model, team), each in batch.sums.items()
        ]
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._threads.run(lambda table: usage.add(table, batch.tenant, entries, batch=batch.batch))
        except (TableError, TimeoutError) as error:
            metrics.TABLE_ERRORS.inc()
            if not self._failing:
                _log.warning("usage waits in the journal: %s", error or "the table does not answer")
            self._failing = True
            return False
        if self._failing:
            _log.warning("usage is written again")
        self._failing = False
        return True

    def _batches(self, sums: dict[Account, Sum]) -> list[Batch]:
        by_tenant: dict[str, list[tuple[Account, Sum]]] = {}
        for account, each in sums.items():
            each.microusd = self._whole(account, each.microusd)
            by_tenant.setdefault(account[0], []).append((account, each))
        found = []
        for tenant, entries in by_tenant.items():
            for start in range(0, len(entries), usage.MOST_ENTRIES):
                part = dict(entries[start : start + usage.MOST_ENTRIES])
                found.append(Batch(uuid.uuid4().hex, tenant, part))
        return found

    def _whole(self, account: Account, microusd: float) -> float:
        """A cost in whole millionths of a dollar; the rest goes into the next batch, else small requests would cost nothing."""
        tenant, _, model, team = account
        microusd += self._state.fractions.pop((tenant, model, team), 0.0)
        whole = math.floor(microusd + 1e-6)
        if (rest := microusd - whole) > 1e-6:
            self._state.fractions[tenant, model, team] = rest
        return float(whole)

    @staticmethod
    def _read(line: bytes, found: dict[Account, Sum], answers: list[Ended]) -> None:
        if not line.strip():
            return
        try:
            ended = parse(line)
        except ValueError as error:
            _log.warning("access log: %s", error)
            return
        decision = ended.decision
        if decision is None:
            return
        answers.append(ended)
        if ended.charged:
            account = (decision.tenant, hour_of(ended.at), decision.model, decision.team)
            used = Sum(1, ended.prompt_tokens, ended.completion_tokens, ended.microusd)
            _merge(found, {account: used})


def _merge(into: dict[Account, Sum], found: dict[Account, Sum]) -> None:
    for account, each in found.items():
        into.setdefault(account, Sum()).add(each)


def _count(answers: list[Ended]) -> None:
    requests: Counter[tuple[str, str, int]] = Counter()
    tokens: Counter[tuple[str, str, str]] = Counter()
    broken: dict[str, int] = {}
    for ended in answers:
        decision = ended.decision
        if decision is not None:
            requests[decision.tenant, decision.model, ended.code] += 1
            broken[decision.model] = broken.get(decision.model, 0) + ended.broken
            tokens[decision.tenant, decision.model, "prompt"] += ended.prompt_tokens
            tokens[decision.tenant, decision.model, "completion"] += ended.completion_tokens
    for (tenant, model, code), count in requests.items():
        metrics.REQUESTS.labels(tenant, model, str(code)).inc(count)
    for model, count in broken.items():
        metrics.BROKEN.labels(model).inc(count)  # with 0, too, so that the first is an increase
    for labels, count in tokens.items():
        metrics.TOKENS.labels(*labels).inc(count)
