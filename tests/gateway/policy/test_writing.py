"""The writer of a policy process, with a table in memory and without an Envoy."""

import asyncio
from functools import partial

import pytest

from gateway.envoy.access_log import LOG_FILE
from gateway.policy import writing
from gateway.policy.accounts.ledger import STATE_FILE
from gateway.policy.envoy_admin import EnvoyAdmin
from gateway.policy.key_times import KeyTimes
from gateway.policy.leader import Leadership
from gateway.policy.services import Catalog
from gateway.policy.writing import Writing
from tests.gateway.policy.accounts.test_ledger import Threads, total, write
from tests.gateway.store.conftest import table as memory
from tests.gateway.support.stack import Stack

__all__ = ["memory"]


class SlowUses(Threads):
    """The last use of a key takes for ever."""

    async def run(self, call):
        if isinstance(call, partial):
            await asyncio.Event().wait()
        return await super().run(call)


@pytest.fixture
def config(tmp_path):
    return Stack(tmp_path, {}).config


def writer(config, threads):
    leadership = Leadership(config.folder, None)
    return Writing(config, Catalog(), threads, EnvoyAdmin(config.admin), leadership, {"digest": 1}, KeyTimes())


def test_usage_is_written_at_the_end_though_the_last_use_of_keys_takes_long(config, memory, monkeypatch):
    monkeypatch.setattr(writing, "LAST_USES_SECONDS", 0.05)
    write(config.folder / LOG_FILE, 3)
    asyncio.run(writer(config, SlowUses(memory)).finish())
    assert total(memory)[0] == 3


def test_a_part_that_fails_ends_the_writing_so_that_it_starts_again(config, memory, monkeypatch):
    async def broken(_):
        raise RuntimeError("months")

    monkeypatch.setattr(Writing, "_write_months", broken)
    with pytest.raises(ExceptionGroup, match="unhandled"):
        asyncio.run(writer(config, Threads(memory)).run())


def test_who_cannot_read_the_journal_lets_the_other_process_lead(config, memory):
    (config.folder / STATE_FILE).write_text("[]")
    leading = writer(config, Threads(memory))
    with pytest.raises(ExceptionGroup):
        asyncio.run(leading.run())
    assert Leadership(config.folder, None).acquire()
