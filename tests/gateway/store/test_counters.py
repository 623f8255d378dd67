from gateway.store import counters
from gateway.store.counters import Count
from gateway.store.table import Table

MINUTE = counters.minute_of(1_795_000_000)


def test_a_count_returns_what_the_minute_has(table: Table) -> None:
    assert counters.add(table, "acme", MINUTE, requests=1, tokens=100) == Count(requests=1, tokens=100)
    assert counters.add(table, "acme", MINUTE, requests=2, tokens=-30) == Count(requests=3, tokens=70)
    assert counters.add(table, "acme", MINUTE, requests=0, tokens=0) == Count(requests=3, tokens=70)
    assert counters.read(table, "acme", MINUTE) == Count(requests=3, tokens=70)


def test_minutes_and_tenants_are_counted_apart(table: Table) -> None:
    counters.add(table, "acme", MINUTE, requests=1, tokens=1)
    assert counters.read(table, "acme", MINUTE + 1) == Count()
    assert counters.read(table, "other", MINUTE) == Count()


def test_a_counter_is_removed_some_time_after_its_minute(table: Table) -> None:
    counters.add(table, "acme", MINUTE, requests=1, tokens=1)
    [item] = table.query("COUNT#acme")
    assert item["ttl"] == (MINUTE + 1) * 60 + 3600
