"""Two gateways that share a table, in one process with a table in memory, and as whole gateways."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.config import Limits as Defaults
from gateway.policy.answers import RefusalError
from gateway.policy.limits.exchange import Exchange
from gateway.policy.limits.shown import ShownBudgets
from gateway.policy.limits.tenants import Tenants
from gateway.store import usage
from gateway.store.limits import Limits
from gateway.store.table import TableError
from gateway.store.tenants import Tenant
from tests.gateway.policy.accounts.test_ledger import Threads
from tests.gateway.policy.limits.test_shown import Records
from tests.gateway.store.conftest import table as memory
from tests.gateway.support.stack import Stack

__all__ = ["memory"]
DEFAULTS = Defaults(requests_per_second=10, tokens_per_minute=6000, concurrent_requests=9)
ACME = Tenant(name="acme", limits=Limits(usd_per_day=Decimal(1)), version=1)


class Pod:
    def __init__(self, memory, clock):
        self.threads = Threads(memory)
        self.tenants = Tenants(DEFAULTS, clock)
        self.state = self.tenants.of(ACME, 2)
        shown = ShownBudgets(Records(memory), self.threads, clock)
        self.exchange = Exchange(self.tenants, self.threads, shown, lambda: 1_800_000_000 + clock())

    def step(self):
        asyncio.run(self.exchange.step())


class Clock:
    now = 30.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pods(memory, clock):
    return Pod(memory, clock), Pod(memory, clock)


def test_what_one_pod_used_the_other_knows_after_an_exchange(pods, clock):
    one, other = pods
    for pod in pods:
        pod.step()
    reservation = one.state.reserve(2000, 0)
    one.step()
    other.step()
    assert other.state.tokens.remaining() == 4000
    reservation.settle(500)
    clock.now += 0.001
    one.step()
    other.step()
    assert other.state.tokens.remaining() == one.state.tokens.remaining() == 5500
    one.step()
    assert one.state.tokens.remaining() == 5500


def test_use_at_the_end_of_a_minute_counts_in_the_next(pods, clock):
    one, other = pods
    clock.now = 59.9
    for pod in pods:
        pod.state.used_at = clock.now
        pod.step()
    one.state.reserve(2000, 0)
    one.step()
    clock.now = 60.1
    other.step()
    assert other.state.tokens.remaining() == pytest.approx(4000, abs=50)
    one.step()
    assert one.state.tokens.remaining() == pytest.approx(4000, abs=50)


def test_what_is_reserved_before_a_minutes_end_and_given_back_after_it_is_whole_again(pods, clock):
    """As of a request that is held for half a minute; neither pod ever has more than the bucket holds."""
    one, other = pods
    clock.now = 50.0
    for pod in pods:
        pod.state.used_at = clock()
        pod.step()
    reservation = one.state.reserve(6000, 0)
    for clock.now in range(50, 80):
        other.state.used_at = clock()  # a tenant of which it has other requests
        for pod in pods:
            pod.step()
        assert other.state.tokens.remaining() == one.state.tokens.remaining() == (clock.now - 50) * 100
    reservation.settle(500)
    for _ in range(2):
        for pod in pods:
            pod.step()
    assert one.state.tokens.remaining() == other.state.tokens.remaining() == 6000
    other.state.reserve(3000, 0)
    for _ in range(2):
        for pod in reversed(pods):
            pod.step()
    assert one.state.tokens.remaining() == other.state.tokens.remaining() == 3000


@pytest.mark.parametrize("back", [2.5, 45.0, 90.0])
def test_a_wall_clock_that_is_set_back_makes_no_debt(pods, clock, back):
    one, _ = pods
    clock.now = 1.0
    while clock.now < 61:
        for pod in pods:
            pod.state.reserve(50, 0).settle(50)
            pod.step()
        clock.now += 1
    before = one.state.tokens.remaining()
    one.exchange._clock = lambda: 1_800_000_000 + clock() - back
    one.step()
    assert one.state.tokens.remaining() == before
    for pod in pods:
        clock.now += 1
        pod.state.reserve(1000, 0).settle(1000)
        pod.step()
    assert one.state.tokens.remaining() == before - 800


class Counters:
    """The part of a table that the exchange needs, in memory: some hundred exchanges with an emulated DynamoDB take minutes."""

    def __init__(self):
        self.items = {}

    def update(self, write):
        item = self.items.setdefault(write.place, {})
        item.update({name: write.values[key] for key, name in write.names.items()})
        return dict(item)

    def get(self, place):
        return self.items.get(place)

    def get_many(self, places):
        return {}


def test_pods_whose_clocks_differ_keep_the_limits_together(clock):
    """The table's clock says in which minute they count; by their own the bound would be passed twice over."""
    table = Counters()
    pods = right, fast = Pod(table, clock), Pod(table, clock)
    assert right.threads.ahead == 0
    fast.exchange._clock = lambda: 1_800_000_000 + clock() + 90
    fast.threads.ahead = -90.0
    seconds, admitted = 300, 0
    for _ in range(seconds):
        for pod in pods:
            for _ in range(20):
                with suppress(RefusalError):
                    pod.state.take_request()
                    admitted += 1
            pod.step()
        clock.now += 1
    assert 0.9 * 10 * seconds < admitted <= 10 * seconds + 2 * 10 + 2


def test_a_tenants_day_ends_by_this_machines_clock(pods, memory, clock):
    one, _ = pods
    one.threads.ahead = 86_400.0
    hour = datetime.fromtimestamp(1_800_000_000 + clock(), UTC).strftime("%Y-%m-%dT%H")
    usage.add(memory, "acme", [usage.Usage(hour=hour, model="dev/qwen", microusd=850_000)], batch="1")
    one.step()
    assert one.state.headers()["x-budget-used"] == "day=85%"


def test_what_flowed_in_while_a_process_did_not_look_is_no_debt(pods, clock):
    """A hundred tokens a second flow in: the other's use of ten seconds left the common bucket full."""
    one, other = pods
    for pod in pods:
        pod.step()
    clock.now += 10
    other.state.reserve(1000, 0).settle(1000)
    other.step()
    one.step()
    assert one.state.tokens.remaining() == 6000
    clock.now += 1
    other.state.reserve(1000, 0).settle(1000)
    other.step()
    one.step()
    assert one.state.tokens.remaining() == 5000


def test_a_process_that_starts_knows_what_the_minute_used(pods, memory, clock):
    one, _ = pods
    one.step()
    one.state.reserve(3000, 0)
    one.step()
    late = Pod(memory, clock)
    late.step()
    # 3000 tokens were used, and half a minute's worth may have flowed in again.
    assert late.state.tokens.remaining() == 6000
    for _ in range(2):
        clock.now += 20
        one.state.tokens.level = 6000
        one.state.reserve(3000, 0)
        one.step()
        clock.now -= 20
    late = Pod(memory, clock)
    late.step()
    assert late.state.tokens.remaining() == 0


def test_without_the_table_nothing_changes_and_nothing_is_lost(pods):
    one, other = pods
    for pod in pods:
        pod.step()
    one.state.reserve(2000, 0)
    one.threads.away = True
    one.step()
    other.step()
    assert other.state.tokens.remaining() == 6000
    one.threads.away = False
    one.step()
    other.step()
    assert other.state.tokens.remaining() == 4000


def test_what_is_counted_without_an_answer_counts_once(pods, clock):
    one, other = pods
    for pod in pods:
        pod.step()
    one.threads.lost = True
    for _ in range(5):
        one.state.take_request()
        one.state.reserve(200, 0)
        one.step()
    other.step()
    assert other.state.tokens.remaining() == 5000
    assert other.state.requests.remaining() == 5
    one.threads.lost = False
    clock.now += 0.001
    one.step()
    other.step()
    assert other.state.tokens.remaining() == one.state.tokens.remaining() == 5000


def test_what_is_spent_elsewhere_counts_here(pods, memory, clock, caplog):
    one, _ = pods
    now = datetime.fromtimestamp(1_800_000_000 + clock(), UTC)
    hour = now.strftime("%Y-%m-%dT%H")
    usage.add(memory, "acme", [usage.Usage(hour=hour, model="dev/qwen", microusd=850_000)], batch="1")
    one.step()
    assert one.state.headers()["x-budget-used"] == "day=85%"
    one.step()
    assert caplog.text.count("tenant acme has used day=85% of its budget") == 1


def test_of_a_tenant_that_is_idle_nothing_is_kept(pods, clock):
    one, _ = pods
    one.step()
    assert len(one.exchange._seen) == 1
    clock.now += 180
    one.step()
    assert one.exchange._seen == {}


def test_a_failing_call_is_no_error_of_the_exchange(pods):
    one, _ = pods
    one.threads.lost = True
    with pytest.raises(TableError):
        asyncio.run(one.threads.run(lambda table: table.name))
    one.step()


def test_two_gateways_together_admit_what_the_bound_says(tmp_path, table):
    rate, seconds = 20, 6
    key = table.key("racer", requests_per_second=Decimal(rate), concurrent_requests=1000)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    options = {"policy": "real", "environment": table.environment, "gateways": 2}
    with (
        Stack(tmp_path / "a", {"dev/qwen": 1}, **options) as one,
        Stack(tmp_path / "b", {"dev/qwen": 1}, **options) as two,
    ):
        end = time.monotonic() + seconds

        def race(stack):
            statuses = []
            while time.monotonic() < end:
                statuses.append(stack.chat("dev/qwen", key=key, max_tokens=1).status_code)
            return statuses

        with ThreadPoolExecutor(8) as pool:
            racing = [pool.submit(race, each) for each in (one, two) * 4]
            statuses = [status for each in racing for status in each.result()]
        took, passed = time.monotonic() - end + seconds, statuses.count(200)
        # A busy machine may send fewer than that.
        assert 0.5 * min(rate * seconds, len(statuses)) <= passed <= rate * took + 2 * rate + 2
