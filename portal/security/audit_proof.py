"""Whether the audit log is as it was written, and a copy of it for other programs.

Whoever can write the database can also compute a new chain. What they cannot change is a head, ``ID:HASH``, that was
kept elsewhere: the portal writes it to its own log at every start, and ``verify`` prints it.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.audit_chain import BEGIN, link
from portal.db.work import AuditEntry
from portal.security.spreadsheets import harmless

FIELDS = ("id", "at", "actor", "address", "team", "action", "target", "outcome", "detail", "chain")
_ROWS = 1000


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Result of a check of the whole log."""

    lines: int
    """How many lines were read, up to the first that is wrong."""
    head: str
    """``ID:HASH`` of the last line that is right."""
    problem: str | None
    """What is wrong first; None when nothing is."""


def append(session: Session, entry: AuditEntry) -> None:
    """Add a line at the end of the chain; the transaction must be a writing one, whose writers take turns."""
    session.flush()
    last = session.execute(select(AuditEntry.id, AuditEntry.chain).order_by(AuditEntry.id.desc()).limit(1)).first()
    entry.id, entry.at, entry.address = (last.id if last else 0) + 1, now(), entry.address or ""
    entry.target, entry.detail = entry.target or "", entry.detail or ""
    entry.chain = _link(last.chain if last else BEGIN, entry)
    session.add(entry)
    session.flush()


def head(session: Session) -> str:
    """``ID:HASH`` of the last line; ``0:000…`` of an empty log."""
    last = session.execute(select(AuditEntry.id, AuditEntry.chain).order_by(AuditEntry.id.desc()).limit(1)).first()
    return f"{last.id}:{last.chain}" if last else f"0:{BEGIN}"


def verify(session: Session, expected: Iterable[str] = ()) -> Proof:
    """Compute the chain again, from the first line.

    Args:
        session: The database.
        expected: Heads that were kept elsewhere; each must still be a line of the log.
    """
    missing, previous, last, count = set(expected), BEGIN, f"0:{BEGIN}", 0
    problem: str | None
    missing.discard(last)
    for entry in _lines(session):
        previous = _link(previous, entry)
        if previous != entry.chain:
            problem = (
                f"line {entry.id} ({entry.at:%Y-%m-%d %H:%M:%S} UTC, {entry.actor}, {entry.action}) does not follow from "
                "the line before it: it was changed or put in, or lines before it were changed or taken out"
            )
            return Proof(lines=count, head=last, problem=problem)
        last, count = f"{entry.id}:{entry.chain}", count + 1
        missing.discard(last)
    problem = f"{min(missing)} is not in it: the log was cut or rewritten" if missing else None
    return Proof(lines=count, head=last, problem=problem)


def write_json_lines(session: Session, out: TextIO) -> None:
    """Every line as a JSON object, oldest first, exactly as it is kept."""
    out.writelines(json.dumps(_row(entry), ensure_ascii=False) + "\n" for entry in _lines(session))


def write_csv(session: Session, out: TextIO) -> None:
    """Every line with a header, oldest first; text that a spreadsheet would run as a formula gets a ``'`` before it."""
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    for entry in _lines(session):
        writer.writerow({name: harmless(value) for name, value in _row(entry).items()})


def _lines(session: Session) -> Iterator[AuditEntry]:
    """Every line in order, some at a time: a reader may stop early, and a server's cursor would stay open then."""
    query, last = select(AuditEntry).order_by(AuditEntry.id).limit(_ROWS), None
    while True:
        found = session.scalars(query if last is None else query.where(AuditEntry.id > last)).all()
        yield from found
        if len(found) < _ROWS:
            return
        last = found[-1].id


def _link(previous: str, entry: AuditEntry) -> str:
    return link(
        previous,
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        address=entry.address,
        team=entry.team,
        action=entry.action,
        target=entry.target,
        outcome=entry.outcome,
        detail=entry.detail,
    )


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in FIELDS} | {"at": entry.at.isoformat(timespec="microseconds")}
