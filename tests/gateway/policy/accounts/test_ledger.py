"""The ledger on a table in memory; a process that is killed is one whose ledger is thrown away."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from gateway.policy.accounts import journal
from gateway.policy.accounts.entries import Decision
from gateway.policy.accounts.ledger import STATE_FILE, Ledger
from gateway.policy.services import Price
from gateway.store import usage
from gateway.store.table import TableError
from tests.gateway.policy.accounts.test_entries import line


class Threads:
    """Calls of a table that may be away, or whose answer may be lost."""

    def __init__(self, table):
        self.table, self.away, self.lost = table, False, False
        self.ahead = 0.0
        self.refused = None
        self.stuck = None

    async def run(self, call):
        if self.stuck:
            await self.stuck.wait()
        if self.away:
            raise TableError("away")
        found = call(_Refusing(self.table, self.refused) if self.refused else self.table)
        if self.lost:
            raise TableError("lost")
        return found


class _Refusing:
    """The table, which takes nothing of one tenant."""

    def __init__(self, table, tenant):
        self.table, self.tenant = table, tenant

    def transact(self, writes):
        if any(write.place[0] == f"USAGE#{self.tenant}" for write in writes):
            raise TableError("refused")
        self.table.transact(writes)


@pytest.fixture
def threads(table):
    return Threads(table)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "usage.log"
    path.touch()
    return path


def write(log, count, *, tenant="acme", prompt=7, completion=3, price=(2, 10)):
    decision = Decision("p", 1, tenant, "blue", "dev/qwen", 50, Price(input_usd=price[0], output_usd=price[1]))
    with log.open("ab") as file:
        for _ in range(count):
            file.write(line(decision, llm={"prompt_tokens": prompt, "completion_tokens": completion}) + b"\n")


def total(table, tenant="acme"):
    found = usage.total(list(usage.read(table, tenant, "2020", "2099")))
    return found.requests, found.prompt_tokens, found.completion_tokens, found.microusd


def step(ledger):
    return asyncio.run(ledger.step())


def test_lines_are_added_up_and_written(threads, table, log):
    ledger = Ledger(log, threads)
    write(log, 5)
    write(log, 2, tenant="other")
    assert step(ledger)
    assert total(table) == (5, 35, 15, 5 * 44)
    assert total(table, "other")[0] == 2
    assert step(ledger)
    assert total(table)[0] == 5


def test_broken_answers_are_counted_from_zero_on(threads, table, log):
    def shown():
        return REGISTRY.get_sample_value("llm_gateway_broken_answers_total", {"model": "dev/broken"})

    decision = Decision("p", 1, "acme", "blue", "dev/broken", 50, None)
    ledger = Ledger(log, threads)
    for flags, value in (("-", 0), ("UC", 1)):
        with log.open("ab") as file:
            file.write(line(decision, flags=flags) + b"\n")
        assert step(ledger)
        assert shown() == value


def test_requests_and_tokens_are_counted_by_tenant_model_and_status(threads, log):
    def shown(name, **labels):
        found = {"tenant": "counted", "model": "dev/counted", **labels}
        return REGISTRY.get_sample_value(f"llm_gateway_{name}_total", found)

    decision = Decision("p", 1, "counted", "blue", "dev/counted", 50, None)
    with log.open("ab") as file:
        for _ in range(3):
            file.write(line(decision, llm={"prompt_tokens": 7, "completion_tokens": 2}) + b"\n")
        file.write(line(decision, code=503) + b"\n" + line(None, code=401) + b"\n")
    assert step(Ledger(log, threads))
    assert (shown("requests", code="200"), shown("requests", code="503")) == (3, 1)
    assert (shown("tokens", kind="prompt"), shown("tokens", kind="completion")) == (21, 6)


@pytest.mark.parametrize("price", [0.02, 0.03, 0.1])
def test_small_costs_add_up_over_batches_and_processes(threads, table, log, price):
    """20 tokens at 0.02 US dollars a million are 0.4 millionths, and at 0.03 they are 0.6."""
    ledger = Ledger(log, threads)
    for number in range(50):
        if number % 20 == 10:
            ledger = Ledger(log, threads)
        write(log, 1, prompt=20, completion=0, price=(price, 0))
        assert step(ledger)
    assert total(table) == (50, 1000, 0, round(1000 * price))


def test_what_was_written_is_not_counted_again_by_the_next_process(threads, table, log):
    write(log, 5)
    step(Ledger(log, threads))
    write(log, 3)
    step(Ledger(log, threads))
    assert total(table)[0] == 8


def test_a_batch_whose_answer_was_lost_counts_once(threads, table, log):
    write(log, 5)
    threads.lost = True
    assert not step(Ledger(log, threads))
    threads.lost = False
    assert total(table)[0] == 5
    assert step(Ledger(log, threads))
    assert total(table)[0] == 5


def test_a_process_that_is_killed_at_any_save_loses_nothing(threads, table, log, monkeypatch):
    save = journal.save
    for kill_at in range(6):
        saves = 0

        def dying(path, state, kill_at=kill_at):
            nonlocal saves
            saves += 1
            if saves == kill_at + 1 and kill_at % 2:
                raise KeyboardInterrupt  # before the state is written
            save(path, state)
            if saves == kill_at + 1:
                raise KeyboardInterrupt  # after it

        monkeypatch.setattr(journal, "save", dying)
        before = total(table)[0]
        write(log, 4)
        killed = False
        while not killed:
            try:
                step(Ledger(log, threads))
            except KeyboardInterrupt:
                killed = True
            else:
                write(log, 1)
                before += 1
        monkeypatch.setattr(journal, "save", save)
        while not step(Ledger(log, threads)):
            pass
        assert total(table)[0] == before + 4


def test_usage_waits_while_the_table_is_away(threads, table, log):
    ledger = Ledger(log, threads)
    threads.away = True
    for _ in range(3):
        write(log, 2)
        assert not step(ledger)
    again = Ledger(log, threads)
    threads.away = False
    while not step(again):
        pass
    assert total(table)[0] == 6


def test_that_usage_waits_and_that_it_does_not_any_more_is_said_once(threads, log, caplog):
    ledger = Ledger(log, threads)
    for _ in range(2):
        threads.away = True
        for _ in range(3):
            write(log, 1)
            assert not step(ledger)
        threads.away = False
        while not step(ledger):
            pass
        write(log, 1)
        assert step(ledger)
    said = [record.getMessage() for record in caplog.records]
    assert said == 2 * ["usage waits in the journal: away", "usage is written again"]


def test_a_table_that_is_away_is_tried_with_one_batch_a_step(threads, log):
    ledger, tries = Ledger(log, threads), []
    run = threads.run
    threads.run = lambda call: (tries.append(call), run(call))[1]
    threads.away = True
    for number in range(4):
        write(log, 1, tenant=f"t{number}")
    assert not step(ledger)
    assert len(tries) == 1, "each may take seconds"


def test_a_tenant_whose_usage_the_table_refuses_keeps_no_other_waiting(threads, table, log):
    ledger = Ledger(log, threads)
    threads.refused = "acme"
    for _ in range(4):
        write(log, 1)
        write(log, 1, tenant="other")
        assert not step(ledger)
    assert total(table, "other")[0] >= 3
    threads.refused = None
    while not step(ledger):
        pass
    assert (total(table)[0], total(table, "other")[0]) == (4, 4)


def test_a_batch_whose_write_is_cancelled_is_kept(threads, table, log):
    ledger = Ledger(log, threads)
    write(log, 5)

    async def cancelled():
        threads.stuck = asyncio.Event()
        running = asyncio.create_task(ledger.step())
        await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        threads.stuck = None

    asyncio.run(cancelled())
    assert step(ledger)
    assert total(table)[0] == 5


def test_many_accounts_of_a_tenant_are_several_batches(threads, table, log):
    with log.open("ab") as file:
        for number in range(200):
            decision = Decision("p", 1, "acme", "blue", f"dev/m{number}", 50, None)
            file.write(line(decision, llm={"prompt_tokens": 1}) + b"\n")
    assert step(Ledger(log, threads))
    assert total(table)[0] == 200


def test_a_line_of_something_else_is_reported_and_passed_over(threads, table, log, caplog):
    log.write_text("what is this\n\n")
    write(log, 1)
    assert step(Ledger(log, threads))
    assert total(table)[0] == 1
    assert "access log" in caplog.text


def test_a_journal_of_something_else_is_refused(threads, log):
    log.with_name(STATE_FILE).write_text('{"position": 3}')
    with pytest.raises(ValueError, match="not a state of the ledger"):
        Ledger(log, threads)
