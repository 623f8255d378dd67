"""State of the ledger on disk: how far the access log is read, and what of it the table does not have yet.

It is replaced as a whole by a rename, so a process that is killed leaves the state before or after a step, never between.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gateway.policy.accounts.tail import Position

Account = tuple[str, str, str, str]
"""Tenant, hour in UTC, model, team."""


@dataclass(slots=True)
class Sum:
    """What was used under one account."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    microusd: float = 0.0

    def add(self, other: "Sum") -> None:
        """Add another sum."""
        self.requests += other.requests
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.microusd += other.microusd


@dataclass(slots=True)
class Batch:
    """Sums of one tenant under an identifier by which the table counts them once."""

    batch: str
    tenant: str
    sums: dict[Account, Sum]


@dataclass(slots=True)
class State:
    """The ledger's state.

    Attributes:
        position: Where the next line of the access log begins; None: nothing was read.
        sending: Batches that the table may have already.
        waiting: Sums that were read and are in no batch yet.
        fractions: By tenant, model and team: what batches left of a millionth of a dollar, which the table does not have parts of.
    """

    position: Position | None = None
    sending: list[Batch] = field(default_factory=list)
    waiting: dict[Account, Sum] = field(default_factory=dict)
    fractions: dict[tuple[str, str, str], float] = field(default_factory=dict)


def load(path: Path) -> State:
    """The state in a file; the initial one where there is none.

    Raises:
        ValueError: the file has something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return State()
    try:
        return State(
            Position(**document["position"]) if document["position"] else None,
            [Batch(each["batch"], each["tenant"], _sums(each["sums"])) for each in document["sending"]],
            _sums(document["waiting"]),
            {(tenant, model, team): part for tenant, model, team, part in document["fractions"]},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: not a state of the ledger: {type(error).__name__}") from None


def save(path: Path, state: State) -> None:
    """Write the state.

    Raises:
        OSError: it cannot be written.
    """
    document = {
        "position": asdict(state.position) if state.position else None,
        "sending": [{"batch": each.batch, "tenant": each.tenant, "sums": _rows(each.sums)} for each in state.sending],
        "waiting": _rows(state.waiting),
        "fractions": [[*whose, part] for whose, part in state.fractions.items()],
    }
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")
    aside.replace(path)


def _rows(sums: dict[Account, Sum]) -> list[list[Any]]:
    return [[*account, *asdict(each).values()] for account, each in sums.items()]


def _sums(rows: list[list[Any]]) -> dict[Account, Sum]:
    return {(tenant, hour, model, team): Sum(*rest) for tenant, hour, model, team, *rest in rows}
