"""The gateway's table of a stack, and its failures as usage errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import UsageError
from cli.stack_cloud import open_cloud

if TYPE_CHECKING:
    from gateway.store.table import Table

Stack = Annotated[str, typer.Option("--stack", "-s", help="Platform stack with a gateway; or the path of its file.")]
Project = Annotated[Path, typer.Option("--project", help="Folder in the project, where stacks are looked for.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """A stack's gateway."""

    table: "Table"
    caller: str
    """ARN of the caller, kept with the keys that are created."""
    stack: str
    services: frozenset[str]
    """Names of the services that the stack's file has."""


@contextmanager
def gateway_of(stack: str, project: Path) -> Iterator[Gateway]:
    """The gateway of a stack; what its table refuses inside is a usage error.

    Raises:
        UsageError: the stack has no gateway, AWS does not answer, or a change is refused.
    """
    # boto3 and pydantic, which the other commands do without.
    from gateway.store.consents import ConsentError  # noqa: PLC0415
    from gateway.store.keys import KeyChangeError  # noqa: PLC0415
    from gateway.store.limits import LimitsError  # noqa: PLC0415
    from gateway.store.table import Table, TableError  # noqa: PLC0415
    from gateway.store.tenants import TenantChangeError  # noqa: PLC0415
    from settings.derived.gateway.names import table_name  # noqa: PLC0415

    found = open_cloud(stack, project)
    name = found.owner.stack
    if platform := found.settings.get("platform"):
        raise UsageError(f"{name} is a team stack, and the gateway is its platform's: use --stack {platform}")
    if "gateway" not in found.settings:
        raise UsageError(f"stack {name} has no gateway: set llm-platform:gateway and deploy it")
    table = Table(table_name(name), found.cloud.client("dynamodb"))
    try:
        services = found.settings.get("services")
        names = frozenset(map(str, services)) if isinstance(services, Mapping) else frozenset[str]()
        yield Gateway(table=table, caller=found.caller, stack=name, services=names)
    except TableError as error:
        missing = "ResourceNotFoundException" in str(error)
        raise UsageError(f"{error}{f'; deploy stack {name} first' if missing else ''}") from None
    except LimitsError as error:
        raise UsageError("\n".join(error.issues)) from None
    except (ConsentError, KeyChangeError, TenantChangeError) as error:
        raise UsageError(str(error)) from None
