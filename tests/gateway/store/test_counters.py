from gateway.store import counters
from gateway.store.counters import Count
from gateway.store.table import Table

MINUTE = counters.minute_of(1_795_000_000)


def report(table: Table, requests: int, tokens: int, source: str = "a", minute: int = MINUTE) -> Count:
    return counters.report(table, "acme", minute, source=source, count=Count(requests=requests, tokens=tokens))


def test_a_report_returns_what_all_processes_have_counted(table: Table) -> None:
    assert report(table, 1, 100) == Count(requests=1, tokens=100)
    assert report(table, 2, -30, "b") == Count(requests=3, tokens=70)
    assert report(table, 4, 150) == Count(requests=6, tokens=120)
    assert counters.read(table, "acme", MINUTE) == Count(requests=6, tokens=120)


def test_a_report_that_is_made_again_counts_once(table: Table) -> None:
    for _ in range(3):
        assert report(table, 5, 100) == Count(requests=5, tokens=100)


def test_minutes_and_tenants_are_counted_apart(table: Table) -> None:
    report(table, 1, 1)
    assert counters.read(table, "acme", MINUTE + 1) == Count()
    assert counters.read(table, "other", MINUTE) == Count()


def test_a_counter_is_removed_some_time_after_its_minute(table: Table) -> None:
    report(table, 1, 1)
    [item] = table.query("COUNT#acme")
    assert item["ttl"] == (MINUTE + 1) * 60 + 3600
