import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from cli.console import UsageError
from gateway.store import monthly, tenants, usage
from gateway.store.table import Table
from gateway.store.usage import Usage

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _usage(table: Table) -> None:
    for tenant, microusd in (("acme", 1_234_567_890), ("other", 0)):
        tenants.save(table, tenant, {}, version=0)
        entries = [
            Usage(hour=hour, model="dev/qwen", team="search", requests=600, prompt_tokens=7, microusd=microusd)
            for hour in ("2026-11-01T00", "2026-11-02T00", "2026-12-01T00")
        ]
        usage.add(table, tenant, entries, batch="1")


def test_a_month_by_tenant_team_and_model(run: Run) -> None:
    lines = run("usage", "--month", "2026-11").stdout.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["acme", "search", "dev/qwen", "1,200", "14", "0", "2,469.14"],
        ["other", "search", "dev/qwen", "1,200", "14", "0", "0.00"],
    ]
    assert run("usage", "--month", "2026-01").stdout == "no usage in 2026-01\n"


def test_csv_is_the_file_in_the_bucket(run: Run, table: Table) -> None:
    assert run("usage", "--month", "2026-11", "--csv").stdout == monthly.as_csv(monthly.rows(table, "2026-11"))


def test_json_by_day_and_tenant(run: Run) -> None:
    rows = json.loads(run("usage", "--month", "2026-12", "--json", "--tenant", "acme").stdout)
    assert rows == [
        {
            "day": "2026-12-01", "tenant": "acme", "team": "search", "model": "dev/qwen", "requests": 600,
            "prompt_tokens": 7, "completion_tokens": 0, "usd": "1234.567890",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("options", [("--month", "2026-13"), ("--month", "november"), ("--csv", "--json")])
def test_usage_errors(run: Run, options: tuple[str, ...]) -> None:
    assert isinstance(run("usage", *options).exception, UsageError)


@pytest.mark.parametrize("options", [(), ("--csv",), ("--json",)])
def test_a_tenant_that_never_was_is_refused_and_one_without_usage_or_removed_is_not(
    run: Run, table: Table, options: tuple[str, ...]
) -> None:
    result = run("usage", "--month", "2026-11", "--tenant", "acne", *options)
    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == "there was never a tenant acne: `llm-platform keys tenants list` shows them"
    assert run("usage", "--month", "2026-01", "--tenant", "acme", *options).exit_code == 0
    tenants.remove(table, "acme")
    assert run("usage", "--month", "2026-01", "--tenant", "acme", *options).exit_code == 0


def test_without_a_month_it_is_the_current_one(run: Run, tmp_path: Path) -> None:
    assert run("usage", "--csv").stdout.startswith("day,tenant,")
