import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoRegionError

from gateway.store import monthly, tenants, usage
from gateway.store.monthly import FileError, Row
from gateway.store.table import Table, TableError
from gateway.store.usage import Usage


def epoch(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


NOVEMBER = epoch("2026-11-27T08:30")
HOUR = 3600


@pytest.fixture
def s3(table: Table) -> Iterator[Any]:
    client = monthly.bucket_client("us-east-1")
    client.create_bucket(Bucket="models")
    return client


def used(hour: str, model: str = "dev/qwen", team: str = "search", **counts: int) -> Usage:
    return Usage(hour=hour, model=model, team=team, requests=1, prompt_tokens=10, completion_tokens=20, **counts)


@pytest.fixture(autouse=True)
def _usage(table: Table) -> None:
    for name in ("acme", "gone"):
        tenants.save(table, name, {}, version=0)
    usage.add(table, "acme", [
        used("2026-11-01T00", microusd=5), used("2026-11-01T23", microusd=1_000_000), used("2026-11-01T23", team="ads"),
        used("2026-11-01T05", model="dev/llama"), used("2026-11-30T23"), used("2026-10-31T23"), used("2026-12-01T00"),
    ], batch="1")  # fmt: skip
    usage.add(table, "gone", [used("2026-11-02T00")], batch="1")
    tenants.remove(table, "gone")


def test_hours_become_days_by_team_and_model(table: Table) -> None:
    found = list(monthly.rows(table, "2026-11"))
    assert [(row.tenant, row.day, row.team, row.model, row.requests) for row in found] == [
        ("acme", "2026-11-01", "ads", "dev/qwen", 1),
        ("acme", "2026-11-01", "search", "dev/llama", 1),
        ("acme", "2026-11-01", "search", "dev/qwen", 2),
        ("acme", "2026-11-30", "search", "dev/qwen", 1),
        ("gone", "2026-11-02", "search", "dev/qwen", 1),
    ]
    assert (found[2].prompt_tokens, found[2].completion_tokens, found[2].usd) == (20, 40, "1.000005")
    assert [row.tenant for row in monthly.rows(table, "2026-11", of=["gone"])] == ["gone"]


def test_the_csv_can_be_read_by_name(table: Table) -> None:
    text = monthly.as_csv(monthly.rows(table, "2026-11"))
    third = list(csv.DictReader(io.StringIO(text)))[2]
    assert third == {
        "day": "2026-11-01", "tenant": "acme", "team": "search", "model": "dev/qwen", "requests": "2",
        "prompt_tokens": "20", "completion_tokens": "40", "usd": "1.000005",
    }  # fmt: skip
    assert monthly.as_csv([]) == "day,tenant,team,model,requests,prompt_tokens,completion_tokens,usd\n"


def test_a_cost_below_a_dollar() -> None:
    row = Row(day="", tenant="", team="", model="", requests=0, prompt_tokens=0, completion_tokens=0, microusd=7)
    assert row.usd == "0.000007"


def test_the_file_is_written_by_one_gateway_and_again_when_due(table: Table, s3: Any) -> None:
    def text() -> str:
        return s3.get_object(Bucket="models", Key="gateway/usage/2026-11.csv")["Body"].read().decode()

    assert monthly.write_due(table, lambda: s3, "models", NOVEMBER) == ["gateway/usage/2026-11.csv"]
    assert text() == monthly.as_csv(monthly.rows(table, "2026-11"))
    usage.add(table, "acme", [used("2026-11-27T08")], batch="2")
    assert monthly.write_due(table, lambda: s3, "models", NOVEMBER + 6 * HOUR - 1) == []
    assert "2026-11-27" not in text()
    assert monthly.write_due(table, lambda: s3, "models", NOVEMBER + 6 * HOUR) == ["gateway/usage/2026-11.csv"]
    assert "2026-11-27" in text()


def test_the_month_before_is_written_until_the_second_day(table: Table, s3: Any) -> None:
    both = ["gateway/usage/2026-11.csv", "gateway/usage/2026-12.csv"]
    assert monthly.write_due(table, lambda: s3, "models", epoch("2026-12-01T00:00")) == both
    assert monthly.write_due(table, lambda: s3, "models", epoch("2026-12-02T23:59")) == both
    assert monthly.write_due(table, lambda: s3, "models", epoch("2026-12-03T06:00")) == both[1:]
    assert monthly.due_months(epoch("2027-01-01T12:00")) == ["2026-12", "2027-01"]


def test_no_tenants_usage_has_the_claims(table: Table, s3: Any) -> None:
    monthly.write_due(table, lambda: s3, "models", NOVEMBER)
    assert len(list(monthly.rows(table, "2026-11"))) == 5


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject"), "AccessDenied"),
        (EndpointConnectionError(endpoint_url="https://s3"), "EndpointConnectionError"),
    ],
)
def test_a_bucket_that_does_not_take_it(table: Table, s3: Any, error: Exception, reason: str) -> None:
    class Refusing:
        def put_object(self, **_: Any) -> None:
            raise error

    with pytest.raises(FileError) as raised:
        monthly.write_due(table, Refusing, "models", NOVEMBER)
    assert str(raised.value) == f"s3://models/gateway/usage/2026-11.csv: {reason}"
    assert monthly.write_due(table, lambda: s3, "models", NOVEMBER + 1) == ["gateway/usage/2026-11.csv"]


def test_a_client_is_made_only_for_a_file_that_is_due(table: Table, s3: Any) -> None:
    monthly.write_due(table, lambda: s3, "models", NOVEMBER)
    assert monthly.write_due(table, lambda: pytest.fail("made for nothing"), "models", NOVEMBER + 1) == []


@pytest.mark.parametrize(
    ("error", "raised"), [(NoRegionError(), FileError), (ValueError("Invalid endpoint: x"), ValueError)]
)
def test_without_a_client_the_file_remains_due(
    table: Table, s3: Any, error: Exception, raised: type[Exception]
) -> None:
    def none() -> Any:
        raise error

    with pytest.raises(raised):
        monthly.write_due(table, none, "models", NOVEMBER)
    assert monthly.write_due(table, lambda: s3, "models", NOVEMBER + 1) == ["gateway/usage/2026-11.csv"]


def test_a_table_that_goes_away_meanwhile(table: Table, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> Iterator[Usage]:
        raise TableError("no answer")

    monkeypatch.setattr(usage, "read", away)
    with pytest.raises(TableError):
        monthly.write_due(table, lambda: s3, "models", NOVEMBER)
    monkeypatch.undo()
    assert "Contents" not in s3.list_objects_v2(Bucket="models")
    assert monthly.write_due(table, lambda: s3, "models", NOVEMBER + 1) == ["gateway/usage/2026-11.csv"]
