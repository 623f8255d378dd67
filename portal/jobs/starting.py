"""Choosing and starting of queued jobs: one at a time per stack, and no more at once than the limit."""

import logging
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.engine import DATABASE_AWAY, Database
from portal.db.states import JobKind, JobStatus
from portal.db.work import Change, Job
from portal.jobs import outcomes
from portal.jobs.feed import Feed
from portal.jobs.preconditions import blocking_reason
from portal.jobs.recovery import Recovery, nothing_done
from portal.jobs.runs import run_of
from portal.jobs.time_limits import start_time_limit
from portal.runner.protocol import Result, RunKind, RunnerError, StackRunner
from portal.settings import PortalSettings

_LOG = logging.getLogger(__name__)


def startable(session: Session, parallel: int, deferred: Collection[str]) -> list[str]:
    """Return the ids of the queued jobs that can start now, oldest first.

    Args:
        session: The database.
        parallel: The most jobs that run at once.
        deferred: Running jobs that only wait; they take no place.
    """
    running = session.scalars(select(Job).where(Job.status == JobStatus.RUNNING)).all()
    busy = {job.stack_id for job in running}
    free = parallel - sum(job.id not in deferred for job in running)
    chosen: list[str] = []
    queued = select(Job).where(Job.status == JobStatus.QUEUED).order_by(Job.created_at, Job.id)
    for job in session.scalars(queued):
        if free > len(chosen) and job.stack_id not in busy:
            busy.add(job.stack_id)
            chosen.append(job.id)
    return chosen


class Starter:
    """Starts jobs and their runs."""

    def __init__(
        self, database: Database, runner: StackRunner, settings: PortalSettings, feed: Feed, recovery: Recovery
    ) -> None:
        """Start runs with ``runner``."""
        self._database = database
        self._runner = runner
        self._settings = settings
        self._feed = feed
        self._recovery = recovery

    def startable(self) -> list[str]:
        """Return the ids of the queued jobs that can start now, oldest first."""
        with self._database.reading() as session:
            return startable(session, self._settings.parallel_jobs, self._recovery.deferred)

    def start(self, job_id: str) -> None:
        """Start a queued job, or end it when it must not start any more.

        Raises:
            Exception: the job cannot be started; unless the database is away, it has failed with that.
        """
        try:
            if self._claim(job_id):
                # Committed: from here on a killed portal leaves a job that runs or that was never started.
                self.start_run(job_id)
            else:
                self._feed.publish(job_id, [], ended=True)
        except DATABASE_AWAY:
            raise
        except RunnerError as error:
            _LOG.warning("job %s cannot be started: %s", job_id, error)
            self._fail(job_id, f"could not be started: {error}")
        except Exception as error:  # whatever it is, it would be the same in every round
            self._fail(job_id, f"could not be started: {type(error).__name__}; the portal's log has the details")
            raise

    def start_run(self, job_id: str) -> None:
        """Start the run of a job's present attempt; a recovery that cannot start is deferred, another job fails."""
        with self._database.reading() as session:
            run = run_of(session, session.get_one(Job, job_id))
        try:
            self._runner.start(run)
        except RunnerError as error:
            _LOG.warning("job %s cannot be started: %s", job_id, error)
            if run.kind is RunKind.RECOVER:
                with self._database.session() as session:
                    line = self._recovery.defer(session, session.get_one(Job, job_id), str(error))
                self._feed.publish(job_id, [line], ended=False)
            else:
                self._fail(job_id, f"could not be started: {error}")

    def _claim(self, job_id: str) -> bool:
        """Mark a queued job as running; returns whether it is."""
        with self._database.session() as session:
            job = session.get_one(Job, job_id)
            if job.status != JobStatus.QUEUED:
                return False
            if job.cancel_at is not None:
                outcomes.finish(session, job, nothing_done(Result.CANCELLED, "cancelled before it started"))
                return False
            change = session.get(Change, job.change_id) if job.change_id else None
            blocked = blocking_reason(session, change) if job.kind == JobKind.APPLY and change is not None else None
            if blocked is not None:
                outcomes.reject_apply(session, job, blocked)
                return False
            job.status = JobStatus.RUNNING
            job.attempt += 1
            job.offset = 0
            job.started_at = job.started_at or now()
            start_time_limit(job, self._settings)
            outcomes.begin(session, job)
            session.flush()
            # Before the commit: a job that runs, and of whose run nothing is kept, may have changed its stack.
            self._runner.prepare(run_of(session, job))
        return True

    def _fail(self, job_id: str, error: str) -> None:
        with self._database.session() as session:
            job = session.get_one(Job, job_id)
            if job.finished_at is None:
                outcomes.finish(session, job, nothing_done(Result.FAILED, error))
        self._feed.publish(job_id, [], ended=True)
