"""Tables of stacks, services, requested changes, jobs, their logs, and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from planner.cost import accrued
from portal.clock import now
from portal.db.base import Base, Key, new_id


class Stack(Base):
    """The one stack of a team on a platform: all its services there."""

    __tablename__ = "stack"
    __table_args__ = (UniqueConstraint("team_id", "platform", name="uq_stack_team_platform"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"))
    platform: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(63), unique=True)
    """Pulumi's name of it, and its namespace in the cluster."""
    state_version: Mapped[str | None] = mapped_column(String(64))
    """Digest of its state after the portal's last operation."""
    drift: Mapped[dict[str, Any] | None]
    """What the last look for drift found, by operation; None before the first."""
    drift_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Service(Base):
    """One model endpoint, as it was last applied."""

    __tablename__ = "service"
    __table_args__ = (
        Index(
            "uq_service_living_name",
            "stack_id",
            "name",
            unique=True,
            sqlite_where=text("status != 'gone'"),
            postgresql_where=text("status != 'gone'"),
        ),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    stack_id: Mapped[str] = mapped_column(ForeignKey("stack.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    """A ServiceStatus."""
    spec: Mapped[dict[str, Any] | None]
    """Its settings in the stack, as last applied; None before the first apply."""
    url: Mapped[str | None] = mapped_column(Text)
    usd_day: Mapped[float | None]
    """What it costs a day; None where a price is not known."""
    usd_before: Mapped[float] = mapped_column(default=0.0)
    """What ran up until ``usd_since``."""
    usd_since: Mapped[datetime | None]
    """Since when it costs ``usd_day``; None while it costs nothing."""
    requested_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    ttl_hours: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    """When it is destroyed; set by its first apply."""
    warned_at: Mapped[datetime | None]

    @property
    def usd_so_far(self) -> float | None:
        """Cost in US dollars until now; None where a price is not known."""
        if self.usd_since is None:
            return self.usd_before
        if self.usd_day is None:
            return None
        return self.usd_before + accrued(self.usd_day / 24, (now() - self.usd_since).total_seconds() / 3600)

    def costs(self, usd_day: float | None) -> None:
        """From now on it costs so much a day; 0 when it is gone."""
        self.usd_before = self.usd_so_far or self.usd_before
        self.usd_day = usd_day
        self.usd_since = None if usd_day == 0 else now()


class Change(Base):
    """A requested change of one service or of a team's limits: previewed, approved where needed, then applied or not."""

    __tablename__ = "change"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    stack_id: Mapped[str] = mapped_column(ForeignKey("stack.id"), index=True)
    service_id: Mapped[str | None] = mapped_column(ForeignKey("service.id"), index=True)
    """None of the limits at a gateway."""
    kind: Mapped[str] = mapped_column(String(20))
    """A ChangeKind."""
    status: Mapped[str] = mapped_column(String(20), index=True)
    """A ChangeStatus."""
    spec: Mapped[dict[str, Any] | None]
    """The service's settings, or the limits, afterwards; None when the service is destroyed."""
    ttl_hours: Mapped[int | None]
    requested_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    """None when the portal itself asks, for a service whose time ran out."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    fingerprint: Mapped[dict[str, Any] | None]
    """What was previewed: digests by part."""
    plan: Mapped[dict[str, Any] | None]
    """Steps, findings and counts of the preview; of limits those that it found, as ``before``."""
    usd_day_before: Mapped[float | None]
    usd_day_after: Mapped[float | None]
    needs_approval: Mapped[str | None] = mapped_column(Text)
    """Why an approver must agree; None when none must."""
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    comment: Mapped[str | None] = mapped_column(Text)
    leftovers: Mapped[dict[str, Any] | None]
    """What a destroy left in AWS; None of any other change, and until it was applied."""
    error: Mapped[str | None] = mapped_column(Text)


class Job(Base):
    """One operation of Pulumi, stored before it starts and kept after it ended."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_status_created", "status", "created_at"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    stack_id: Mapped[str] = mapped_column(ForeignKey("stack.id"), index=True)
    change_id: Mapped[str | None] = mapped_column(ForeignKey("change.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    """A JobKind."""
    status: Mapped[str] = mapped_column(String(20))
    """A JobStatus."""
    requested_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    cancel_at: Mapped[datetime | None]
    """When it was asked to stop."""
    kill_at: Mapped[datetime | None]
    """When it is killed, if it did not stop."""
    attempt: Mapped[int] = mapped_column(default=0)
    """How often it was started."""
    recovering: Mapped[bool] = mapped_column(default=False)
    """Whether what runs now finds out how an operation that was cut off ended."""
    offset: Mapped[int] = mapped_column(default=0)
    """Bytes of the run's event file that are in the database."""
    next_seq: Mapped[int] = mapped_column(default=1)
    error: Mapped[str | None] = mapped_column(Text)
    summary: Mapped[dict[str, Any] | None]
    """Resources by operation."""


class JobEvent(Base):
    """One line of a job's log."""

    __tablename__ = "job_event"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]]


class AuditEntry(Base):
    """A line of the audit log; the database itself refuses to change or delete one."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor: Mapped[str] = mapped_column(String(200))
    """Login of the person, ``portal`` for itself, ``-`` for nobody known."""
    address: Mapped[str] = mapped_column(String(60), default="")
    team: Mapped[str | None] = mapped_column(String(30), index=True)
    action: Mapped[str] = mapped_column(String(60))
    target: Mapped[str] = mapped_column(String(300), default="")
    outcome: Mapped[str] = mapped_column(String(20))
    """done or refused."""
    detail: Mapped[str] = mapped_column(Text, default="")
    chain: Mapped[str] = mapped_column(String(64), server_default="")
    """Hash of this line and of that before it; see ``portal.db.audit_chain``."""
