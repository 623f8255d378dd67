"""First tables."""

import sqlalchemy as sa
from alembic import op

from portal.db.base import Document, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Nobody edits the audit log through the portal, not even a portal with a fault in it.
_APPEND_ONLY = {
    "sqlite": [
        f"create trigger audit_entry_no_{verb} before {verb} on audit_entry "
        "begin select raise(abort, 'the audit log is append-only'); end"
        for verb in ("update", "delete")
    ],
    "postgresql": [
        (
            "create function audit_entry_refuse() returns trigger language plpgsql as "
            "$$ begin raise exception 'the audit log is append-only'; end $$"
        ),
        (
            "create trigger audit_entry_append_only before update or delete on audit_entry "
            "for each row execute function audit_entry_refuse()"
        ),
        (
            "create trigger audit_entry_no_truncate before truncate on audit_entry "
            "for each statement execute function audit_entry_refuse()"
        ),
    ],
}


def upgrade() -> None:
    """First tables."""
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("team", sa.String(length=30), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_team"), ["team"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("login", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("subject", name=op.f("uq_person_subject")),
    )
    op.create_table(
        "spent",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body", sa.String(length=64), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spent")),
    )
    with op.batch_alter_table("spent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spent_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "team",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("gpu_quota", sa.Integer(), nullable=False),
        sa.Column("service_quota", sa.Integer(), nullable=False),
        sa.Column("budget_usd_day", sa.Double(), nullable=False),
        sa.Column("locked", sa.Text(), nullable=True),
        sa.Column("locked_by_platform", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_token_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_person_id"), ["person_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("team", sa.String(length=30), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("person_id", "team", "role", name=op.f("pk_membership")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_person_id"), ["person_id"], unique=False)

    op.create_table(
        "stack",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("team_id", sa.String(length=30), nullable=False),
        sa.Column("platform", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("state_version", sa.String(length=64), nullable=True),
        sa.Column("drift", Document, nullable=True),
        sa.Column("drift_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_stack_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack")),
        sa.UniqueConstraint("name", name=op.f("uq_stack_name")),
        sa.UniqueConstraint("team_id", "platform", name="uq_stack_team_platform"),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("stack_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("spec", Document, nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("usd_day", sa.Double(), nullable=True),
        sa.Column("usd_before", sa.Double(), nullable=False),
        sa.Column("usd_since", Moment(), nullable=True),
        sa.Column("requested_by", sa.String(length=32), nullable=False),
        sa.Column("ttl_hours", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("warned_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["requested_by"], ["person.id"], name=op.f("fk_service_requested_by")),
        sa.ForeignKeyConstraint(["stack_id"], ["stack.id"], name=op.f("fk_service_stack_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
    )
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_stack_id"), ["stack_id"], unique=False)
        batch_op.create_index(
            "uq_service_living_name",
            ["stack_id", "name"],
            unique=True,
            sqlite_where=sa.text("status != 'gone'"),
            postgresql_where=sa.text("status != 'gone'"),
        )

    op.create_table(
        "change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("stack_id", sa.String(length=32), nullable=False),
        sa.Column("service_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("spec", Document, nullable=True),
        sa.Column("ttl_hours", sa.Integer(), nullable=True),
        sa.Column("requested_by", sa.String(length=32), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("fingerprint", Document, nullable=True),
        sa.Column("plan", Document, nullable=True),
        sa.Column("usd_day_before", sa.Double(), nullable=True),
        sa.Column("usd_day_after", sa.Double(), nullable=True),
        sa.Column("needs_approval", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_change_decided_by")),
        sa.ForeignKeyConstraint(["requested_by"], ["person.id"], name=op.f("fk_change_requested_by")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_change_service_id")),
        sa.ForeignKeyConstraint(["stack_id"], ["stack.id"], name=op.f("fk_change_stack_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_service_id"), ["service_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_stack_id"), ["stack_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_status"), ["status"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("stack_id", sa.String(length=32), nullable=False),
        sa.Column("change_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.String(length=32), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("deadline", Moment(), nullable=True),
        sa.Column("cancel_at", Moment(), nullable=True),
        sa.Column("kill_at", Moment(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("recovering", sa.Boolean(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("summary", Document, nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name=op.f("fk_job_change_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["person.id"], name=op.f("fk_job_requested_by")),
        sa.ForeignKeyConstraint(["stack_id"], ["stack.id"], name=op.f("fk_job_stack_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_change_id"), ["change_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_stack_id"), ["stack_id"], unique=False)
        batch_op.create_index("ix_job_status_created", ["status", "created_at"], unique=False)

    op.create_table(
        "job_event",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("data", Document, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_event_job_id")),
        sa.PrimaryKeyConstraint("job_id", "seq", name=op.f("pk_job_event")),
    )
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take it back: there is nothing before this version to go back to."""
    raise NotImplementedError("the first version has none before it: restore a copy of the database instead")
