import asyncio

import pytest

from gateway.policy.cache import FRESH_SECONDS, MOST_RECORDS, STALE_SECONDS, Cache, UnavailableError


class Source:
    """A table in memory with a clock that tests move."""

    def __init__(self):
        self.now, self.values, self.loads, self.failures, self.away = 0.0, {"a": 1}, 0, 0, False
        self.cache = Cache(self.load, self.fail, lambda: self.now)

    async def load(self, name):
        self.loads += 1
        if self.away:
            raise OSError
        return self.values.get(name)

    def fail(self):
        self.failures += 1

    async def get(self, name="a"):
        found = await self.cache.get(name)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return found


@pytest.fixture
def source():
    return Source()


def run(steps):
    return asyncio.run(steps)


def test_a_fresh_record_is_not_read_again(source):
    async def steps():
        assert await source.get() == 1
        source.now = 1.9
        assert await source.get() == 1
        assert source.loads == 1

    run(steps())


def test_a_change_counts_after_the_fresh_seconds_at_the_latest(source):
    async def steps():
        await source.get()
        source.values["a"] = 2
        source.now = FRESH_SECONDS + 0.1
        assert await source.get() == 2

    run(steps())


def test_a_record_of_middle_age_is_used_and_read_in_the_background(source):
    async def steps():
        await source.get()
        source.values["a"] = 2
        source.now = 3
        assert await source.get() == 1
        await asyncio.sleep(0.01)
        assert await source.get() == 2

    run(steps())


def test_a_known_record_lives_ten_minutes_without_the_table_and_an_unknown_one_not_at_all(source):
    async def steps():
        await source.get()
        source.away = True
        for source.now in (10.0, 300.0, STALE_SECONDS - 1):
            assert await source.get() == 1
        with pytest.raises(UnavailableError):
            await source.get("b")
        source.now = STALE_SECONDS + 1
        with pytest.raises(UnavailableError):
            await source.get()
        assert source.failures >= 4

    run(steps())


def test_that_there_is_none_is_never_kept_without_the_table(source):
    async def steps():
        assert await source.get("b") is None
        source.away, source.now = True, FRESH_SECONDS + 1
        with pytest.raises(UnavailableError):
            await source.get("b")

    run(steps())


def test_a_revocation_counts_at_once_after_the_table_was_away(source):
    async def steps():
        await source.get()
        source.away, source.now = True, 60.0
        assert await source.get() == 1
        source.away, source.now = False, 70.0
        source.values["a"] = None
        assert await source.get() is None

    run(steps())


def test_a_table_that_hangs_delays_a_known_record_once(source, monkeypatch):
    monkeypatch.setattr("gateway.policy.cache.WAIT_SECONDS", 0.05)

    async def steps():
        await source.get()
        hang = asyncio.Event()

        async def load(_name):
            await hang.wait()
            return 2

        source.cache._load = load
        source.now = 10.0
        loop = asyncio.get_running_loop()
        started = loop.time()
        assert await source.cache.get("a") == 1
        assert loop.time() - started >= 0.05
        monkeypatch.setattr("gateway.policy.cache.WAIT_SECONDS", 3600.0)
        async with asyncio.timeout(60):
            assert await source.cache.get("a") == 1, "it waits no second time"
        hang.set()

    run(steps())


def test_simultaneous_requests_share_one_reading(source):
    async def steps():
        assert await asyncio.gather(*(source.cache.get("a") for _ in range(20))) == [1] * 20
        assert source.loads == 1

    run(steps())


def test_made_up_names_do_not_fill_the_memory(source, monkeypatch):
    monkeypatch.setattr("gateway.policy.cache.MOST_RECORDS", 10)
    assert MOST_RECORDS > 10

    async def steps():
        for number in range(50):
            await source.get(str(number))
        assert len(source.cache._records) == 10

    run(steps())


def test_made_up_names_wait_in_a_bounded_number_and_known_ones_are_still_read(source, monkeypatch):
    monkeypatch.setattr("gateway.policy.cache.MOST_UNKNOWN", 10)
    monkeypatch.setattr("gateway.policy.cache.WAIT_SECONDS", 60.0)

    async def steps():
        await source.get()
        hang, load = asyncio.Event(), source.cache._load

        async def slow(name):
            await hang.wait()
            return await load(name)

        source.cache._load = slow
        waiting = [asyncio.create_task(source.cache.get(str(number))) for number in range(10)]
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError):
            await source.cache.get("one more")
        waiting.append(asyncio.create_task(source.cache.get("3")))  # which is being read
        assert len(source.cache._loading) == 10
        source.now, source.values["a"] = FRESH_SECONDS + 0.1, 2
        known = asyncio.create_task(source.cache.get("a"))
        await asyncio.sleep(0)
        hang.set()
        assert await known == 2
        assert await asyncio.gather(*waiting) == [None] * 11
        assert await source.cache.get("one more") is None

    run(steps())


def test_a_record_that_is_not_known_is_waited_for_longer_until_the_table_fails(source, monkeypatch):
    monkeypatch.setattr("gateway.policy.cache.WAIT_SECONDS", 0.01)
    monkeypatch.setattr("gateway.policy.cache.UNKNOWN_SECONDS", 60.0)

    async def steps():
        load = source.cache._load

        async def slow(name):
            await asyncio.sleep(0.1)
            return await load(name)

        source.cache._load = slow
        assert await source.cache.get("a") == 1
        source.cache._failed_at = source.now
        with pytest.raises(UnavailableError):
            await source.cache.get("b")

    run(steps())
