import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cli.console import UsageError
from gateway.store import consents, keys, tenants
from gateway.store.table import Table
from tests.cli.keys.conftest import stack_file

Run = Callable[..., Result]


def listed(run: Run) -> list[dict[str, Any]]:
    return json.loads(run("tenants", "list", "--json").stdout)


def test_a_tenant_without_team_and_models_may_use_every_teams_services_and_is_said_to(run: Run) -> None:
    line = "it has no team, so it may use the services of every team stack; limit it with --team TEAM or --model NAME"
    assert line in run("tenants", "set", "acme").stdout.splitlines()
    assert line not in run("tenants", "set", "acme", "--team", "search").stdout
    assert line in run("tenants", "set", "acme", "--unset", "team").stdout
    assert line not in run("tenants", "set", "acme", "--model", "qwen").stdout


def test_a_tenant_is_created_and_changed_by_what_is_given(run: Run) -> None:
    result = run("tenants", "set", "acme", "--model", "qwen", "--model", "dev/llama", "--usd-per-day", "12.50")
    assert result.stdout == "tenant acme is created: models: qwen dev/llama, usd_per_day: 12.5\n"
    result = run("tenants", "set", "acme", "--tokens-per-minute", "5000", "--unset", "usd-per-day", "--team", "search")
    assert result.stdout.startswith("tenant acme is changed: ")
    assert listed(run) == [
        {"tenant": "acme", "models": ["qwen", "dev/llama"], "tokens_per_minute": 5000, "team": "search"}
    ]


def test_a_list_for_people(run: Run) -> None:
    assert "there is no tenant" in run("tenants", "list").stdout
    run("tenants", "set", "plain")
    run("tenants", "set", "acme", "--team", "search", "--requests-per-second", "2.5")
    lines = [line.strip().split(maxsplit=2) for line in run("tenants", "list").stdout.splitlines()]
    assert lines == [
        ["tenant", "team", "limits"],
        ["acme", "search", "requests_per_second: 2.5"],
        ["plain", "-", "the defaults"],
    ]


def test_a_large_budget_is_shown_in_digits(run: Run) -> None:
    result = run("tenants", "set", "acme", "--usd-per-month", "1234567.89")
    assert result.stdout.startswith("tenant acme is created: usd_per_month: 1234567.89\n")


def test_a_consent_is_listed_as_it_was_written(run: Run) -> None:
    run("tenants", "set", "acme", "--response-logs", "head of legal [se-31] [/minutes]")
    assert "head of legal [se-31] [/minutes]" in run("tenants", "list").stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tokens-per-minute", "0", "--model", "Q"], "models: 'Q' cannot be the name of a model"),
        (["--usd-per-day", "free"], "usd_per_day: 'free': use a number"),
        (["--unset", "rps"], "--unset rps: unknown; known are models"),
        (["--unset", "team", "--team", "a"], "--unset team and a value for it"),
    ],
)
def test_mistakes(run: Run, options: list[str], message: str) -> None:
    result = run("tenants", "set", "acme", *options)
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)
    assert listed(run) == []


def test_all_mistakes_are_lines(run: Run) -> None:
    result = run("tenants", "set", "acme", "--tokens-per-minute", "0", "--usd-per-day", "free")
    assert len(str(result.exception).splitlines()) == 2


def test_a_removed_tenant_has_no_valid_key(run: Run, table: Table) -> None:
    tenants.save(table, "acme", {}, version=0)
    keys.create(table, "acme", "laptop", created_by="ann", now=1)
    assert run("tenants", "remove", "acme", answer="n\n").exit_code == 1
    unanswered = run("tenants", "remove", "acme", answer="")
    assert isinstance(unanswered.exception, UsageError)
    assert str(unanswered.exception) == "standard input has no answer, so nothing was removed: add --yes"
    assert [each["tenant"] for each in listed(run)] == ["acme"]
    result = run("tenants", "remove", "acme", "--yes")
    assert result.stdout == "tenant acme is removed, 1 of its keys revoked\n"
    assert listed(run) == []
    assert "there is no tenant acme" in str(run("tenants", "remove", "acme", "--yes").exception)


def test_consent_to_response_logs_is_given_shown_and_withdrawn(run: Run, table: Table) -> None:
    run("tenants", "set", "acme", "--tokens-per-minute", "5")
    assert "response logs" not in run("tenants", "list").stdout
    result = run("tenants", "set", "acme", "--response-logs", "CTO, T-1")
    assert "its prompts and answers are logged, by services whose response_logs.tenants name it" in result.stdout
    (shown,) = listed(run)
    assert shown["tokens_per_minute"] == 5
    consent = shown["response_logs"]
    assert (consent["consent"], consent["written_by"][:8]) == ("CTO, T-1", "arn:aws:")
    title, row = (line.rstrip() for line in run("tenants", "list").stdout.splitlines())
    assert title.endswith("response logs")
    assert row.endswith("CTO, T-1")
    run("tenants", "set", "acme", "--team", "search")
    assert consents.find(table, "acme")
    assert "none of its prompts" in run("tenants", "set", "acme", "--unset", "response-logs").stdout
    assert consents.find(table, "acme") is None
    assert "response_logs" not in listed(run)[0]


def test_a_consent_that_states_nothing_is_a_usage_error(run: Run, table: Table) -> None:
    run("tenants", "set", "acme")
    result = run("tenants", "set", "acme", "--response-logs", "ok")
    assert isinstance(result.exception, UsageError)
    assert "write who agreed and where" in str(result.exception)
    assert consents.find(table, "acme") is None


def test_of_a_refused_change_nothing_is_written(run: Run) -> None:
    for consent in ("ok", ""):
        result = run("tenants", "set", "acme", "--tokens-per-minute", "5", "--response-logs", consent)
        assert isinstance(result.exception, UsageError)
        assert listed(run) == []


def test_a_model_that_the_stack_has_not_is_said(run: Run, tmp_path: Path) -> None:
    path = stack_file(
        tmp_path, "dev", region="us-west-2", account="123456789012", gateway={}, services={"llama": {}, "qwen": {}}
    )
    models = ("--model", "lama", "--model", "dev/qwn", "--model", "llama", "--model", "dev/qwen", "--model", "search/a")
    result = run("tenants", "set", "acme", *models, stack=path)
    assert result.exit_code == 0
    first, second = result.stderr.splitlines()
    assert first.startswith(
        "llm-platform: --model lama: the file of stack dev has no such service (it has llama, qwen): "
    )
    assert second.startswith("llm-platform: --model dev/qwn: ")
    assert "models: lama dev/qwn llama dev/qwen search/a" in result.stdout
