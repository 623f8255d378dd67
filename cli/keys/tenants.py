"""``llm-platform keys tenants``: who may use the gateway, and how much."""

import json
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cli.console import ERR, OUT, UsageError, plain_table
from cli.keys.access import AsJson, Gateway, Project, Stack, gateway_of

if TYPE_CHECKING:
    from gateway.store.consents import Consent
    from gateway.store.tenants import Tenant

_RESPONSE_LOGS = "response_logs"
app = typer.Typer(no_args_is_help=True, help="Tenants of the gateway and their limits.")
Name = Annotated[str, typer.Argument(help="Tenant: of API keys, or a value of the claim that names it in a JWT.")]


@app.command("list")
def list_tenants(stack: Stack, project: Project = Path(), *, as_json: AsJson = False) -> None:
    """List the tenants and their limits; what is not set is the gateway's default. Exit 0: listed; 2: usage error."""
    from gateway.store import consents, tenants  # noqa: PLC0415  boto3, which the other commands do without

    with gateway_of(stack, project) as gateway:
        found = tenants.every(gateway.table)
        agreed = consents.of(gateway.table, [each.name for each in found])
    if as_json:
        plain = [{"tenant": each.name, **_plain(each), **_agreed(agreed.get(each.name))} for each in found]
        typer.echo(json.dumps(plain, indent=2))
        return
    if not found:
        OUT.print("there is no tenant: `llm-platform keys tenants set NAME` makes one", markup=False)
        return
    shown = plain_table("tenant", "team", "limits", *(("response logs",) if agreed else ()))
    for each in found:
        limits = {name: value for name, value in _plain(each).items() if name != "team"}
        consent = agreed.get(each.name)
        logs = ([escape(consent.text) if consent else "-"]) if agreed else []
        shown.add_row(
            each.name, each.limits.team or "-", ", ".join(map(_shown, limits.items())) or "the defaults", *logs
        )
    OUT.print(shown)


@app.command("set")
def set_tenant(
    name: Name,
    stack: Stack,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="Model it may use, SERVICE or STACK/SERVICE; again for each.")
    ] = None,
    requests_per_second: Annotated[
        str | None, typer.Option("--requests-per-second", help="0.01 to 10,000; also the burst.")
    ] = None,
    tokens_per_minute: Annotated[
        int | None, typer.Option("--tokens-per-minute", help="Tokens of prompts and answers.")
    ] = None,
    concurrent_requests: Annotated[
        int | None, typer.Option("--concurrent-requests", help="Requests under way at once.")
    ] = None,
    usd_per_day: Annotated[
        str | None, typer.Option("--usd-per-day", help="Budget of a day in UTC, for models with a price.")
    ] = None,
    usd_per_month: Annotated[str | None, typer.Option("--usd-per-month", help="Budget of a calendar month.")] = None,
    team: Annotated[
        str | None,
        typer.Option(
            "--team",
            help="Team that its usage belongs to; it may use the services of this team and of the platform's stack. Without a team, and without --model: those of every team.",
        ),
    ] = None,
    response_logs: Annotated[
        str | None,
        typer.Option(
            "--response-logs",
            help="Consent to log prompts and answers: who agreed, and where that is written. It counts for services whose settings name the tenant; `--unset response_logs` withdraws it.",
        ),
    ] = None,
    unset: Annotated[
        list[str] | None,
        typer.Option("--unset", help="Limit to remove, such as usd_per_day: the default holds; again for each."),
    ] = None,
    project: Project = Path(),
) -> None:
    """Create a tenant, or change those of its limits that are given. Exit 0: done; 2: refused, or usage error."""
    from gateway.store import consents, tenants  # noqa: PLC0415  as above

    changes: dict[str, Any] = {
        "models": model or None,
        "requests_per_second": requests_per_second,
        "tokens_per_minute": tokens_per_minute,
        "concurrent_requests": concurrent_requests,
        "usd_per_day": usd_per_day,
        "usd_per_month": usd_per_month,
        "team": team,
        _RESPONSE_LOGS: response_logs,
    }
    given, removed = _given_and_removed(changes, unset or ())
    with gateway_of(stack, project) as gateway:
        if response_logs is not None:
            consents.check(response_logs)  # before the limits are written
        before = tenants.find(gateway.table, name)
        old = before.limits.given() if before else {}
        kept = {key: value for key, value in old.items() if key not in removed}
        after = tenants.save(gateway.table, name, kept | given, version=before.version if before else 0)
        if response_logs is not None:
            consents.give(gateway.table, name, response_logs, written_by=gateway.caller, now=int(time.time()))
        elif _RESPONSE_LOGS in removed:
            consents.withdraw(gateway.table, name)
    _warn_of_models(model or (), gateway)
    limits = ", ".join(map(_shown, _plain(after).items())) or "the gateway's defaults"
    OUT.print(f"tenant {name} is {'changed' if before else 'created'}: {limits}", markup=False)
    if response_logs is not None:
        OUT.print("its prompts and answers are logged, by services whose response_logs.tenants name it", markup=False)
    elif _RESPONSE_LOGS in removed:
        OUT.print(
            "none of its prompts and answers is logged, from 5 seconds on; older logs stay for their time", markup=False
        )
    if not after.limits.team and not after.limits.models:
        OUT.print(
            "it has no team, so it may use the services of every team stack; limit it with --team TEAM or --model NAME",
            markup=False,
        )


def _given_and_removed(changes: Mapping[str, Any], unset: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """The limits that are given, by key, and the keys whose defaults hold again.

    Args:
        changes: every key that can be set, with its value; None where it was not given.
        unset: what ``--unset`` was given, with hyphens or underscores.

    Raises:
        UsageError: a key is unknown, or was given a value too.
    """
    given = {key: value for key, value in changes.items() if value is not None}
    removed = [each.replace("-", "_") for each in unset]
    if unknown := [each for each in removed if each not in changes]:
        raise UsageError(f"--unset {unknown[0]}: unknown; known are {', '.join(changes)}")
    if both := [each for each in removed if each in given]:
        raise UsageError(f"--unset {both[0]} and a value for it: give one of them")
    given.pop(_RESPONSE_LOGS, None)  # no limit: an item of its own
    return given, removed


def _warn_of_models(models: Iterable[str], gateway: Gateway) -> None:
    """Report models that name no service of the platform's stack; those of team stacks are in other files."""
    for model in models:
        stack, _, service = model.rpartition("/")
        if stack in {"", gateway.stack} and service not in gateway.services:
            has = ", ".join(sorted(gateway.services)) or "none"
            ERR.print(
                f"llm-platform: --model {model}: the file of stack {gateway.stack} has no such service (it has {has}): "
                "until it is deployed, requests for it are answered 404; a team's is named STACK/SERVICE",
                markup=False,
            )


@app.command("remove")
def remove(
    name: Name,
    stack: Stack,
    project: Project = Path(),
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a tenant and revoke its keys; its usage remains. Exit 0: removed; 2: refused, or usage error."""
    from gateway.store import tenants  # noqa: PLC0415  as above

    if not yes and not _confirmed(f"Remove tenant {name} and revoke its keys?"):
        raise typer.Abort
    with gateway_of(stack, project) as gateway:
        count = tenants.remove(gateway.table, name)
    OUT.print(f"tenant {name} is removed, {count} of its keys revoked", markup=False)


def _confirmed(question: str) -> bool:
    """What is answered to a question; UsageError where standard input ends without an answer, as it does in scripts."""
    try:
        return typer.confirm(question)
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        raise UsageError("standard input has no answer, so nothing was removed: add --yes") from None


def _agreed(consent: "Consent | None") -> dict[str, Any]:
    if consent is None:
        return {}
    since = datetime.fromtimestamp(consent.since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {_RESPONSE_LOGS: {"consent": consent.text, "since": since, "written_by": consent.written_by}}


def _plain(tenant: "Tenant") -> dict[str, Any]:
    return {
        name: float(value) if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value
        for name, value in tenant.limits.given().items()
    }


def _shown(limit: tuple[str, Any]) -> str:
    name, value = limit
    if isinstance(value, list):
        return f"{name}: {' '.join(value)}"
    return f"{name}: {value:.15g}" if isinstance(value, float) else f"{name}: {value}"
