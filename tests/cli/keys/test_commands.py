import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from cli.console import UsageError
from gateway.store import keys, tenants
from gateway.store.table import Table, TableError

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _tenant(table: Table) -> None:
    tenants.save(table, "acme", {}, version=0)


def created(run: Run, name: str = "laptop", *options: str) -> str:
    result = run("create", "acme", name, *options)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def listed(run: Run) -> list[dict[str, Any]]:
    return json.loads(run("list", "acme", "--json").stdout)


def refused(result: Result) -> str:
    assert isinstance(result.exception, UsageError), result.output
    return str(result.exception)


def test_a_key_is_printed_once_and_alone(run: Run, table: Table) -> None:
    result = run("create", "acme", "laptop", "--team", "search", "--days", "30")
    secret = result.stdout.strip()
    assert result.stdout == f"{secret}\n"
    found = keys.find(table, keys.digest_of(secret))
    assert found is not None
    assert (found.tenant, found.name, found.team) == ("acme", "laptop", "search")
    assert found.expires - found.created == 30 * 86_400
    assert found.created_by.startswith("arn:aws:")
    assert secret not in result.stderr
    assert found.prefix in result.stderr
    for output in (run("list", "acme").output, run("list", "acme", "--json").output):
        assert secret not in output
        assert found.prefix in output


def test_a_tenant_that_does_not_exist_is_refused_by_its_name(run: Run) -> None:
    for words in (
        ("list", "acne"),
        ("list", "acne", "--json"),
        ("rotate", "acne", "laptop"),
        ("revoke", "acne", "laptop"),
    ):
        result = run(*words)
        assert refused(result) == "there is no tenant acne: `llm-platform keys tenants list` shows them"
        assert result.stdout == ""


def test_keys_of_a_tenant_that_was_removed_are_listed(run: Run, table: Table) -> None:
    created(run)
    assert run("tenants", "remove", "acme", "--yes").exit_code == 0
    assert tenants.find(table, "acme") is None
    [entry] = listed(run)
    assert entry["state"] == "revoked"


def test_a_list_shows_state_and_last_use(run: Run, table: Table) -> None:
    assert run("list", "acme").stdout == "tenant acme has no key\n"
    secret = created(run)
    keys.mark_used(table, keys.digest_of(secret), 1_795_000_000)
    [entry] = listed(run)
    assert entry["state"] == "active"
    assert entry["last_used"] == "2026-11-18T11:06:40Z"
    assert entry["expires"] is entry["team"] is entry["replaced_by_sha256"] is None
    assert "never" in run("list", "acme").stdout
    run("revoke", "acme", "laptop")
    assert listed(run)[0]["state"] == "revoked"


def test_a_rotation_prints_the_successor_and_ends_the_old_one(run: Run, table: Table) -> None:
    old = keys.find(table, keys.digest_of(created(run)))
    assert old is not None
    result = run("rotate", "acme", old.prefix, "--overlap-hours", "0.5")
    assert result.exit_code == 0
    new = keys.find(table, keys.digest_of(result.stdout.strip()))
    before = keys.find(table, old.digest)
    assert new is not None
    assert before is not None
    assert before.replaced_by == new.digest
    assert 0 < before.expires - time.time() <= 1800
    assert f"the old key {old.prefix} is valid until" in result.stderr
    assert "was rotated before" in refused(run("rotate", "acme", old.digest))


def test_a_successor_is_printed_whatever_the_table_does_afterwards(run: Run, table: Table, monkeypatch) -> None:
    created(run)
    rotated = keys.rotate

    def then_away(*arguments: Any, **more: Any) -> Any:
        made = rotated(*arguments, **more)

        def find(*_: object) -> None:
            raise TableError("the table did not answer")

        monkeypatch.setattr(keys, "find", find)
        return made

    monkeypatch.setattr(keys, "rotate", then_away)
    result = run("rotate", "acme", "laptop")
    assert refused(result) == "the table did not answer"
    monkeypatch.undo()
    assert result.stdout.startswith(keys.PREFIX)


@pytest.mark.parametrize("named", ["prefix", "digest", "name"])
def test_a_key_is_named_by_what_the_list_shows(run: Run, table: Table, named: str) -> None:
    key = keys.find(table, keys.digest_of(created(run)))
    assert key is not None
    result = run("revoke", "acme", getattr(key, named))
    assert result.stdout == f"key {key.prefix} (laptop) of tenant acme is revoked\n"
    assert listed(run)[0]["state"] == "revoked"


def test_a_whole_key_is_taken_and_never_repeated(run: Run) -> None:
    secret = created(run)
    assert run("revoke", "acme", secret).exit_code == 0
    message = refused(run("revoke", "acme", f"{secret}x"))
    assert message.startswith("tenant acme has no key ")
    assert secret not in message


def test_a_name_of_several_keys(run: Run, table: Table) -> None:
    first, second = (keys.digest_of(created(run)) for _ in range(2))
    message = refused(run("revoke", "acme", "laptop"))
    assert message.startswith("tenant acme has 2 keys laptop: name one of sk-llm-")
    assert first in message
    assert second in message
    keys.revoke(table, first)
    assert run("revoke", "acme", "laptop").exit_code == 0
    assert {entry["state"] for entry in listed(run)} == {"revoked"}


def test_what_is_refused_is_one_line(run: Run) -> None:
    assert refused(run("create", "other", "laptop")) == "there is no tenant other: create it first, with its limits"
    assert "name of a key" in refused(run("create", "acme", "=a"))
    assert "tenant acme has no key nothing" in refused(run("rotate", "acme", "nothing"))
    assert run("create", "acme", "laptop", "--days", "0").exit_code == 2
