import socket
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from gateway.store.table import ConditionError, Table, TableError, Write
from tests.gateway.support.table import NAME, REGION, TableServer


class Refusing:
    """A client whose calls are refused, some of them at last not."""

    def __init__(self, response: dict[str, Any], *, times: int = 99) -> None:
        self.response, self.times, self.calls = response, times, 0

    def transact_write_items(self, **_: Any) -> dict[str, Any]:
        self.calls += 1
        if self.calls > self.times:
            return {}
        raise ClientError(self.response, "TransactWriteItems")  # type: ignore[arg-type]


CONFLICT = {
    "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
    "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
}
WRITES = [Write(place=("a", "1"), item={}), Write(place=("b", "2"), item={})]


def test_an_item_is_written_read_and_changed(table: Table) -> None:
    table.transact([Write(place=("p", "s"), item={"text": "x", "number": 5, "list": ("a", "b")})])
    assert table.get(("p", "s")) == {"pk": "p", "sk": "s", "text": "x", "number": 5, "list": ("a", "b")}
    changed = table.update(
        Write(place=("p", "s"), update="ADD #number :one", values={"one": 1}, names={"number": "number"})
    )
    assert (changed["number"], changed["text"]) == (6, "x")
    assert table.get(("p", "other")) is None


def test_of_a_transaction_all_or_nothing_is_written(table: Table) -> None:
    table.transact([Write(place=("p", "s"), item={})])
    exists = Write(place=("p", "s"), item={}, condition="attribute_not_exists(pk)")
    with pytest.raises(ConditionError) as raised:
        table.transact([Write(place=("p", "new"), item={}), exists])
    assert raised.value.place == ("p", "s")
    assert table.get(("p", "new")) is None


def test_all_pages_of_a_partition_are_read(table: Table) -> None:
    large = "x" * 100_000
    for number in range(25):  # 2.5 MB; a page is 1 MB at most
        table.transact([Write(place=("p", f"s{number:02}"), item={"text": large})])
    assert [item["sk"] for item in table.query("p")] == [f"s{number:02}" for number in range(25)]
    assert [item["sk"] for item in table.query("p", first="s1")] == [f"s1{number}" for number in range(10)]
    assert [item["sk"] for item in table.query("p", first="s03", last="s05")] == ["s03", "s04", "s05"]
    assert len(table.get_many([("p", f"s{number:02}") for number in range(-3, 30)])) == 25


class Throttled:
    """A client that leaves some keys of a batch for later."""

    def __init__(self, *, times: int) -> None:
        self.left = times

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  the API's name
        self.left -= 1
        keys = RequestItems["t"]["Keys"]
        done = 1 if self.left >= 0 else len(keys)
        rest = {"t": {"Keys": keys[done:]}} if keys[done:] else {}
        return {"Responses": {"t": keys[:done]}, "UnprocessedKeys": rest}


def test_the_rest_of_a_batch_is_read_later() -> None:
    places = [("p", str(number)) for number in range(6)]
    assert set(Table("t", Throttled(times=3)).get_many(places)) == set(places)
    with pytest.raises(TableError, match="table t: batch_get_item: 1 items were not read: throttled"):
        Table("t", Throttled(times=9)).get_many(places)


def test_a_conflict_is_tried_again() -> None:
    client = Refusing(CONFLICT, times=3)
    Table("t", client).transact(WRITES)
    assert client.calls == 4


def test_a_conflict_that_lasts() -> None:
    client = Refusing(CONFLICT)
    with pytest.raises(TableError, match="table t: transact_write_items: TransactionConflict: Transaction cancelled"):
        Table("t", client).transact(WRITES)
    assert client.calls == 5


def test_a_refusal_is_one_line_and_tried_once() -> None:
    client = Refusing({"Error": {"Code": "AccessDeniedException", "Message": "may not\nwrite"}})
    with pytest.raises(TableError) as raised:
        Table("t", client).transact(WRITES)
    assert str(raised.value) == "table t: transact_write_items: AccessDeniedException: may not write"
    assert client.calls == 1


class Remote:
    """A client of a table whose clock is ahead of this machine's, and whose answers come after a while."""

    def __init__(self, ahead: float) -> None:
        self.ahead, self.now, self.slow, self.date = ahead, 1_800_000_000.25, 0.05, ""

    def clock(self) -> float:
        return self.now

    def update_item(self, **_: Any) -> dict[str, Any]:
        self.now += self.slow / 2
        date = self.date or formatdate(self.now + self.ahead, usegmt=True)
        self.now += self.slow / 2
        return {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}


def ahead_of(remote: Remote, updates: int) -> float:
    table = Table("t", remote, remote.clock)
    for _ in range(updates):
        table.update(Write(place=("p", "s"), update="SET a = :a"))
        remote.now += 0.83
    return table.ahead


@pytest.mark.parametrize("slow", [0.0, 0.05, 3.0])
@pytest.mark.parametrize("ahead", [0.0, 0.2, -90.0, 90.0, 3600.0])
def test_how_far_the_tables_clock_is_ahead_is_in_its_answers(ahead: float, slow: float) -> None:
    remote = Remote(ahead)
    remote.slow = slow
    assert ahead_of(remote, 1) == pytest.approx(ahead, abs=1 + slow)
    assert ahead_of(remote, 60) == pytest.approx(ahead, abs=0.25 + slow)
    if not ahead:
        assert ahead_of(remote, 60) == 0, "a clock that is right is left as it is"


@pytest.mark.parametrize("date", ["no date", "Sun, 99 Nov 2026 10:00:00 GMT", "0"])
def test_an_answer_without_a_date_says_nothing(date: str) -> None:
    remote = Remote(90.0)
    remote.date = date
    assert ahead_of(remote, 3) == 0


def test_the_date_of_the_emulated_dynamodb_is_understood(tmp_path: Path) -> None:
    with TableServer(tmp_path) as server:
        client = Session().create_client(
            "dynamodb", region_name=REGION, endpoint_url=server.url, aws_access_key_id="t", aws_secret_access_key="t"
        )
        table = Table(NAME, client, lambda: time.time() + 90)
        table.update(Write(place=("p", "s"), update="SET a = :a", values={"a": 1}))
        client.close()
        assert -92 < table.ahead < -88


def test_a_missing_table(table: Table) -> None:
    missing = Table.open("llm-other-gateway", "us-east-1")
    with pytest.raises(TableError, match="table llm-other-gateway: get_item: ResourceNotFoundException"):
        missing.get(("p", "s"))


def test_a_table_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = Table.open("t", "us-east-1", endpoint=f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(TableError) as raised:
            away.get(("p", "s"))
    assert str(raised.value) == "table t: get_item: EndpointConnectionError"


def test_a_region_that_cannot_be_used() -> None:
    with pytest.raises(TableError, match="table t: no client for region 'no region'"):
        Table.open("t", "no region")
