"""``llm-platform keys create``, ``list``, ``rotate`` and ``revoke``."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import ERR, OUT, UsageError, plain_table
from cli.keys.access import AsJson, Project, Stack, gateway_of
from cli.keys.tenants import app as tenants
from cli.keys.usage import usage

if TYPE_CHECKING:
    from gateway.store.keys import ApiKey
    from gateway.store.table import Table

DAY_SECONDS = 86_400
Tenant = Annotated[str, typer.Argument(help="Tenant, made before with `keys tenants set`.")]
Key = Annotated[str, typer.Argument(help="Key as `keys list` shows it, its name if that is unique, or its SHA-256.")]
Days = Annotated[
    int | None, typer.Option("--days", min=1, max=3650, help="Days for which it is valid; default: it does not expire.")
]

app = typer.Typer(no_args_is_help=True, help="API keys, tenants and usage of the gateway, in its DynamoDB table.")
app.add_typer(tenants, name="tenants")
app.command("usage")(usage)


@app.command("create")
def create(
    tenant: Tenant,
    name: Annotated[str, typer.Argument(help="What people call the key, such as the program that uses it.")],
    stack: Stack,
    team: Annotated[str, typer.Option("--team", help="Team that its usage belongs to; default: the tenant's.")] = "",
    days: Days = None,
    project: Project = Path(),
) -> None:
    """Create a key and print it, this once: only its SHA-256 is kept. Exit 0: created; 2: refused, or usage error."""
    from gateway.store import keys  # noqa: PLC0415  boto3, which the other commands do without

    now = int(time.time())
    with gateway_of(stack, project) as gateway:
        secret, key = keys.create(
            gateway.table,
            tenant,
            name,
            created_by=gateway.caller,
            now=now,
            team=team,
            expires=now + days * DAY_SECONDS if days else 0,
        )
    _show_once(secret, key)


@app.command("list")
def list_keys(tenant: Tenant, stack: Stack, project: Project = Path(), *, as_json: AsJson = False) -> None:
    """List a tenant's keys, the newest first: state, expiry, last use. Exit 0: listed; 2: usage error."""
    with gateway_of(stack, project) as gateway:
        found = _keys_of(gateway.table, tenant)
    now = time.time()
    if as_json:
        typer.echo(json.dumps([_plain(key, now) for key in found], indent=2))
        return
    if not found:
        OUT.print(f"tenant {tenant} has no key", markup=False)
        return
    shown = plain_table("key", "name", "team", "state", "created", "expires", "last used")
    for key in found:
        times = (_time(each) for each in (key.created, key.expires, key.last_used))
        shown.add_row(key.prefix, key.name, key.team or "-", key.state(now), *times)
    OUT.print(shown)


@app.command("rotate")
def rotate(
    tenant: Tenant,
    key: Key,
    stack: Stack,
    overlap_hours: Annotated[
        float, typer.Option("--overlap-hours", min=0, max=720, help="Hours for which the old key stays valid.")
    ] = 24,
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, max=3650, help="Days for which the new key is valid; default: as the old."),
    ] = None,
    project: Project = Path(),
) -> None:
    """Create a key's successor and print it, this once; the old key ends after the overlap.

    Exit 0: rotated; 2: refused, or usage error.
    """
    from gateway.store import keys  # noqa: PLC0415  as above

    now = int(time.time())
    with gateway_of(stack, project) as gateway:
        old = _one(gateway.table, tenant, key)
        secret, new = keys.rotate(
            gateway.table,
            old.digest,
            overlap_hours=overlap_hours,
            created_by=gateway.caller,
            now=now,
            expires=now + days * DAY_SECONDS if days else None,
        )
        _show_once(secret, new)  # at once: no other call has it
        ends = keys.find(gateway.table, old.digest)
    if ends:
        ERR.print(f"llm-platform: the old key {old.prefix} is valid until {_time(ends.expires)}", markup=False)


@app.command("revoke")
def revoke(tenant: Tenant, key: Key, stack: Stack, project: Project = Path()) -> None:
    """Revoke a key: within 5 seconds every gateway refuses it. Exit 0: revoked; 2: refused, or usage error."""
    from gateway.store import keys  # noqa: PLC0415  as above

    with gateway_of(stack, project) as gateway:
        found = _one(gateway.table, tenant, key)
        keys.revoke(gateway.table, found.digest)
    OUT.print(f"key {found.prefix} ({found.name}) of tenant {tenant} is revoked", markup=False)


def _one(table: "Table", tenant: str, given: str) -> "ApiKey":
    from gateway.store import keys  # noqa: PLC0415  as above

    if given.startswith(keys.PREFIX) and "..." not in given:
        given = keys.digest_of(given)  # a whole key, which no message may repeat
    every = _keys_of(table, tenant)
    found = [key for key in every if given in {key.prefix, key.digest}] or [key for key in every if key.name == given]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"tenant {tenant} has no key {given}: `llm-platform keys list {tenant}` shows them")
    active = [key for key in found if key.state(time.time()) == "active"]
    if len(active) == 1:
        return active[0]
    which = ", ".join(f"{key.prefix} (SHA-256 {key.digest})" for key in found)
    raise UsageError(f"tenant {tenant} has {len(found)} keys {given}: name one of {which}")


def _keys_of(table: "Table", tenant: str) -> "list[ApiKey]":
    """The keys of a tenant, those of a removed one too.

    Raises:
        UsageError: there is neither such a tenant nor a key of one.
    """
    from gateway.store import keys, tenants  # noqa: PLC0415  as above

    found = keys.of_tenant(table, tenant)
    if not found and tenants.find(table, tenant) is None:
        raise UsageError(f"there is no tenant {tenant}: `llm-platform keys tenants list` shows them")
    return found


def _show_once(secret: str, key: "ApiKey") -> None:
    until = f"valid until {_time(key.expires)}" if key.expires else "without expiry"
    ERR.print(
        f"llm-platform: key {key.prefix} ({key.name}) of tenant {key.tenant}, {until}; it is shown now and never again:",
        markup=False,
    )
    typer.echo(secret)


def _plain(key: "ApiKey", now: float) -> dict[str, object]:
    return {
        "key": key.prefix,
        "sha256": key.digest,
        "name": key.name,
        "tenant": key.tenant,
        "team": key.team or None,
        "state": key.state(now),
        "created": _time(key.created),
        "created_by": key.created_by,
        "expires": _time(key.expires) if key.expires else None,
        "last_used": _time(key.last_used) if key.last_used else None,
        "replaced_by_sha256": key.replaced_by or None,
    }


def _time(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if epoch else "never"
