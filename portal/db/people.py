"""Teams, the people in them, and how they prove who they are."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.clock import now
from portal.db.base import Base, Key, new_id


class Team(Base):
    """A group of people who share services, a quota and a budget."""

    __tablename__ = "team"

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    """A DNS label; part of its stacks' names."""
    name: Mapped[str] = mapped_column(String(100))
    gpu_quota: Mapped[int] = mapped_column(default=4)
    """Most GPUs all its services may ask for."""
    service_quota: Mapped[int] = mapped_column(default=5)
    """Most services it may have."""
    budget_usd_day: Mapped[float] = mapped_column(default=0.0)
    """What its services may cost a day before a change needs an approver."""
    locked: Mapped[str | None] = mapped_column(Text)
    """Why nothing of this team may be changed; None when it may."""
    locked_by_platform: Mapped[bool] = mapped_column(default=False)
    """Whether only a platform administrator may lift the lock."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Person(Base):
    """A user: signed in once by an issuer, or a local account."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    subject: Mapped[str] = mapped_column(String(500), unique=True)
    """Issuer and subject, or ``local:NAME``."""
    login: Mapped[str] = mapped_column(String(200))
    """What people call it: user name or mail address."""
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """Argon2id; local accounts only."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Membership(Base):
    """A role of a person in a team; the team ``*`` stands for all of them."""

    __tablename__ = "membership"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    team: Mapped[str] = mapped_column(String(30), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class SignIn(Base):
    """A browser's session."""

    __tablename__ = "sign_in"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the cookie, so that the database alone opens nothing."""
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    secret: Mapped[str] = mapped_column(String(64))
    """Key of the forms' tokens."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """An API token: a machine signs in with it on behalf of a user."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the token: it has 256 bits, so it needs no slow hash."""
    read_only: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class UsedToken(Base):
    """A used form token or idempotency key; a second use is refused, or gets the first answer."""

    __tablename__ = "spent"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of whose it is and what it was."""
    body: Mapped[str | None] = mapped_column(String(64))
    """Digests of the request it came with and of its sender's roles then; none for a form token."""
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(index=True)
