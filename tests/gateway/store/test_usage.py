from datetime import date

import pytest

from gateway.store import usage
from gateway.store.table import Table, TableError
from gateway.store.usage import Spend, Usage

EIGHT = Usage(
    hour="2026-11-27T08", model="dev/qwen", team="a", requests=2, prompt_tokens=10, completion_tokens=20, microusd=300
)
NINE = Usage(hour="2026-11-27T09", model="dev/qwen", team="a", requests=1, prompt_tokens=1, completion_tokens=2)


def read(table: Table, first: str = "2026-11", last: str = "2026-11") -> list[Usage]:
    return list(usage.read(table, "acme", first, last))


def test_usage_is_added_by_hour_model_and_team(table: Table) -> None:
    other_team = Usage(hour=EIGHT.hour, model=EIGHT.model, team="b", requests=5)
    other_model = Usage(hour=EIGHT.hour, model="dev/llama", team="a", requests=7)
    usage.add(table, "acme", [EIGHT, NINE, other_team, other_model], batch="1")
    usage.add(table, "acme", [EIGHT], batch="2")
    twice = usage.total([EIGHT, EIGHT], hour=EIGHT.hour, model=EIGHT.model, team="a")
    assert twice.requests == 4
    assert read(table) == [other_model, twice, other_team, NINE]
    assert list(usage.read(table, "other", "2026-11", "2026-11")) == []


def test_a_batch_that_is_written_again_counts_once(table: Table) -> None:
    for _ in range(3):
        usage.add(table, "acme", [EIGHT], batch="1")
    assert read(table) == [EIGHT]
    assert usage.spent(table, "acme", date(2026, 11, 27)) == Spend(day=300, month=300)


def test_an_answer_that_was_lost(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    write = table.transact

    def lost(*arguments: object) -> None:
        write(*arguments)
        raise TableError("no answer")

    monkeypatch.setattr(table, "transact", lost)
    with pytest.raises(TableError):
        usage.add(table, "acme", [EIGHT], batch="1")
    monkeypatch.undo()
    usage.add(table, "acme", [EIGHT], batch="1")
    assert read(table) == [EIGHT]


def test_ranges_are_inclusive(table: Table) -> None:
    days = [Usage(hour=hour, model="dev/qwen", requests=1) for hour in ("2026-10-31T23", "2026-11-01T00", "2026-11-30T23", "2026-12-01T00")]  # fmt: skip
    usage.add(table, "acme", days, batch="1")
    assert read(table) == days[1:3]
    assert read(table, "2026-10-31", "2026-11-01") == days[:2]
    assert read(table, "2026-11-30T23", "2026-11-30T23") == days[2:3]


def test_spend_is_kept_by_day_and_month(table: Table) -> None:
    yesterday = Usage(hour="2026-11-26T23", model="dev/qwen", microusd=50)
    earlier = Usage(hour="2026-10-31T23", model="dev/qwen", microusd=7)
    usage.add(table, "acme", [EIGHT, NINE, yesterday, earlier], batch="1")
    assert usage.spent(table, "acme", date(2026, 11, 27)) == Spend(day=300, month=350)
    assert usage.spent(table, "acme", date(2026, 10, 31)) == Spend(day=7, month=7)
    assert usage.spent(table, "acme", date(2026, 11, 1)) == Spend(day=0, month=350)


def test_usage_is_kept_for_thirteen_months(table: Table) -> None:
    usage.add(table, "acme", [EIGHT], batch="1")
    kept = {str(item["sk"])[:4]: int(str(item["ttl"])) for item in table.query("USAGE#acme")}
    assert kept["HOUR"] - kept["BATC"] == 398 * 86_400


def test_batches_that_cannot_be_one_write(table: Table) -> None:
    usage.add(table, "acme", [], batch="0")
    with pytest.raises(ValueError, match="each of another hour"):
        usage.add(table, "acme", [EIGHT, EIGHT], batch="1")
    many = [Usage(hour="2026-11-27T08", model=f"dev/m{number}", microusd=1) for number in range(81)]
    with pytest.raises(ValueError, match="at most 80"):
        usage.add(table, "acme", many, batch="1")
    usage.add(table, "acme", many[:80], batch="1")
    assert len(read(table)) == 80
    months = [Usage(hour=f"20{year}-01-01T00", model="m", microusd=1) for year in range(10, 60)]
    with pytest.raises(ValueError, match="too many days"):
        usage.add(table, "acme", months, batch="2")
