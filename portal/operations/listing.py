"""A long list in parts: the newest first, and from each part the way to the next."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.db.work import Change, Job

_T = TypeVar("_T")
NEWEST = 200
"""Rows of one part."""


@dataclass(frozen=True)
class Listed(Generic[_T]):
    """One part of a list."""

    rows: list[_T]
    total: int
    """Rows of the whole list."""
    older: str | None = None
    """Id of the last row here, where older ones follow: the next part is ``before`` it."""


def part(
    session: Session, query: Select[Any, Any], of: type[Change] | type[Job], before: Change | Job | None, most: int
) -> tuple[list[Any], int, str | None]:
    """Execute a query for one part of its rows, newest first. Returns them, how many there are in all, and as ``Listed.older``."""
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(of.id).subquery())) or 0
    if before is not None:
        same_moment = and_(of.created_at == before.created_at, of.id < before.id)
        query = query.where(or_(of.created_at < before.created_at, same_moment))
    rows = list(session.execute(query.order_by(of.created_at.desc(), of.id.desc()).limit(most + 1)).all())
    return rows[:most], total, rows[most - 1][0].id if len(rows) > most else None
