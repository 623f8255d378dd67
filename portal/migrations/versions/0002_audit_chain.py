"""Audit log: no line takes the place of another, and each follows from the one before it."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.db.audit_chain import BEGIN, link
from portal.db.base import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROWS = 1000
_TABLE = sa.table(
    "audit_entry",
    sa.column("id", sa.Integer),
    sa.column("at", Moment()),
    *(sa.column(name, sa.Text) for name in ("actor", "address", "team", "action", "target", "outcome", "detail")),
    sa.column("chain", sa.String),
)
_OPEN = {
    "sqlite": ["drop trigger audit_entry_no_update"],
    "postgresql": ["alter table audit_entry disable trigger audit_entry_append_only"],
}
# SQLite's INSERT OR REPLACE deletes the line it replaces without a delete trigger: an id that is not above every other
# is refused, whatever shall happen to the conflict.
_CLOSE = {
    "sqlite": [
        (
            "create trigger audit_entry_no_update before update on audit_entry "
            "begin select raise(abort, 'the audit log is append-only'); end"
        ),
        (
            "create trigger audit_entry_no_replace before insert on audit_entry "
            "when new.id <= (select max(id) from audit_entry) or length(new.chain) <> 64 "
            "begin select raise(abort, 'the audit log is append-only'); end"
        ),
    ],
    "postgresql": [
        "alter table audit_entry enable trigger audit_entry_append_only",
        (
            "create function audit_entry_append() returns trigger language plpgsql as "
            "$$ begin if new.id <= (select max(id) from audit_entry) or length(new.chain) <> 64 then "
            "raise exception 'the audit log is append-only'; end if; return new; end $$"
        ),
        (
            "create trigger audit_entry_no_replace before insert on audit_entry "
            "for each row execute function audit_entry_append()"
        ),
    ],
}


def upgrade() -> None:
    """Chain what is there, then refuse what would take a line's place."""
    connection = op.get_bind()
    for statement in _OPEN[connection.dialect.name]:
        op.execute(statement)
    op.add_column("audit_entry", sa.Column("chain", sa.String(length=64), nullable=False, server_default=""))
    previous = BEGIN
    for row in _rows(connection):
        previous = link(previous, **row)
        connection.execute(sa.update(_TABLE).where(_TABLE.c.id == row["id"]).values(chain=previous))
    for statement in _CLOSE[connection.dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take it back: an earlier portal would write lines outside the chain."""
    raise NotImplementedError("restore a copy of the database from before the upgrade instead")


def _rows(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Every line in order, some at a time."""
    columns, last = [column for column in _TABLE.c if column.name != "chain"], None
    while True:
        query = sa.select(*columns).order_by(_TABLE.c.id).limit(_ROWS)
        found = connection.execute(query if last is None else query.where(_TABLE.c.id > last)).mappings().all()
        yield from map(dict, found)
        if len(found) < _ROWS:
            return
        last = found[-1]["id"]
