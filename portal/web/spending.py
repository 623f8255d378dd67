"""What services have cost so far: each applied change sets what the hours after it cost."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from planner.cost import accrued
from portal.db.states import ChangeKind, ChangeStatus, JobKind, JobStatus
from portal.db.work import Change, Job
from portal.proposals import HOURS_A_DAY

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Rate:
    """From a moment on."""

    since: datetime
    usd_day: float | None
    """US dollars a day; None where a price is not known."""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """US dollars at list prices, without traffic; None where a price is not known."""

    today: float | None
    """Since midnight, UTC."""
    total: float | None
    """Since it was deployed first."""


def spent(rates: Sequence[Rate], moment: datetime) -> Spent:
    """What ran up until a moment, at rates in the order in which they began."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return Spent(
        today=_between(rates, midnight, moment),
        total=_between(rates, datetime.min.replace(tzinfo=moment.tzinfo), moment),
    )


def of_services(session: Session, services: Iterable[str], moment: datetime) -> dict[str, Spent]:
    """What each of these services has cost so far; one that was never deployed is left out."""
    query = (
        select(Change.service_id, Job.finished_at, Change.kind, Change.usd_day_after)
        .join(Job, Job.change_id == Change.id)
        .where(
            Change.service_id.in_(list(services)),
            Change.status == ChangeStatus.APPLIED,
            Job.kind == JobKind.APPLY,
            Job.status == JobStatus.SUCCEEDED,
        )
        .order_by(Job.finished_at)
    )
    rates: dict[str, list[Rate]] = defaultdict(list)
    for service, finished, kind, usd_day in session.execute(query):
        if finished is not None:
            rates[service].append(Rate(finished, 0.0 if kind == ChangeKind.DESTROY else usd_day))
    return {service: spent(found, moment) for service, found in rates.items()}


def _between(rates: Sequence[Rate], begin: datetime, end: datetime) -> float | None:
    total = 0.0
    for place, rate in enumerate(rates):
        until = rates[place + 1].since if place + 1 < len(rates) else end
        hours = (min(until, end) - max(rate.since, begin)) / _HOUR
        if hours <= 0:
            continue
        if rate.usd_day is None:
            return None
        total += accrued(rate.usd_day / HOURS_A_DAY, hours)
    return total
