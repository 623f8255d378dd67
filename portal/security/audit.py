"""The audit log: every change and every refusal, written in the same transaction."""

from sqlalchemy import ScalarResult, select
from sqlalchemy.orm import Session

from portal.db.work import AuditEntry
from portal.identity.roles import Actor
from portal.security import audit_proof

_LONGEST = 2000


def note(
    session: Session, actor: Actor | None, action: str, target: str = "", *, team: str | None = None, detail: str = ""
) -> None:
    """Something was done; ``actor`` is None when the portal did it of itself."""
    audit_proof.append(
        session,
        AuditEntry(
            actor=actor.login if actor else "portal",
            address=actor.address if actor else "",
            team=team,
            action=action,
            target=_text(target, 300),
            outcome="done",
            detail=_text(detail, _LONGEST),
        ),
    )


def refused(session: Session, login: str, address: str, action: str, detail: str) -> None:
    """Note a request that was refused."""
    audit_proof.append(
        session,
        AuditEntry(
            actor=_text(login, 200),
            address=address[:60],
            action=_text(action, 60),
            outcome="refused",
            target="",
            detail=_text(detail, _LONGEST),
        ),
    )


def entries(session: Session, teams: frozenset[str] | None, before: int | None, count: int) -> ScalarResult[AuditEntry]:
    """The newest entries below id ``before``, of these teams or, with None, of all."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(count)
    if teams is not None:
        query = query.where(AuditEntry.team.in_(teams))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return session.scalars(query)


def _text(given: str, longest: int) -> str:
    """As PostgreSQL keeps it: it takes no NUL."""
    return given.replace("\0", "")[:longest]
