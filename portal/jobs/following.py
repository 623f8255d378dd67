"""Following of running jobs: their events into the log, their outcome into the database, and their end at a limit."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.engine import Database
from portal.db.states import JobStatus
from portal.db.work import Job
from portal.jobs import job_log, outcomes
from portal.jobs.feed import Feed, Line
from portal.jobs.recovery import Recovery, is_known
from portal.jobs.runs import run_id
from portal.jobs.time_limits import is_over_limit, must_stop, time_limit_text
from portal.runner.protocol import Outcome, Result, StackRunner
from portal.settings import PortalSettings


@dataclass(frozen=True)
class RunningJob:
    """A snapshot of a running job, from the start of a round."""

    id: str
    run: str
    offset: int
    must_stop: bool
    """Cancelled by a user, or over its time limit."""


class Follower:
    """Brings what runs report into the database."""

    def __init__(
        self, database: Database, runner: StackRunner, settings: PortalSettings, feed: Feed, recovery: Recovery
    ) -> None:
        """Follow the runs of ``runner``."""
        self._database = database
        self._runner = runner
        self._settings = settings
        self._feed = feed
        self._recovery = recovery

    def running(self) -> list[RunningJob]:
        """Return the jobs that run."""
        with self._database.reading() as session:
            jobs = session.scalars(select(Job).where(Job.status == JobStatus.RUNNING)).all()
            return [RunningJob(job.id, run_id(job), job.offset, must_stop(job)) for job in jobs]

    def follow(self, running: RunningJob) -> bool:
        """Store what a run has reported since the last round; returns whether another run of the job starts now."""
        if self._recovery.waits(running.id):
            return False
        began = self._runner.began(running.run)
        progress = self._runner.progress(running.run, running.offset)
        if progress.alive and not (progress.events or progress.outcome or running.must_stop):
            return False
        again = False
        with self._database.session() as session:
            job = session.get_one(Job, running.id)
            lines = [job_log.append(session, job, event) for event in progress.events]
            job.offset = progress.offset
            if progress.outcome is not None:
                again = self._ended(session, job, lines, progress.outcome)
            elif not progress.alive:
                again = self._recovery.after_loss(session, job, lines, began=began)
            elif running.must_stop:
                self._stop(session, job, lines, began=began)
            ended = job.finished_at is not None
        # Only committed events are published: a watcher who comes back finds in the database what was seen before.
        if lines or ended:
            self._feed.publish(running.id, lines, ended=ended)
        if ended:
            self._runner.forget(running.run)
        return again

    def _ended(self, session: Session, job: Job, lines: list[Line], outcome: Outcome) -> bool:
        """Store how a run ended; returns whether another run of the job starts now."""
        if not is_known(job, outcome):
            return self._recovery.after_unknown(session, job, lines, outcome)
        if outcome.result is Result.CANCELLED and is_over_limit(job):
            outcome = _failed(outcome, f"{time_limit_text(self._settings)}: {outcome.error}")
        elif outcome.result is Result.FAILED and job.recovering:
            outcome = _failed(outcome, f"cut off, and reading the stack back failed: {outcome.error}")
        outcomes.finish(session, job, outcome)
        return False

    def _stop(self, session: Session, job: Job, lines: list[Line], *, began: bool | None) -> None:
        """Interrupt a run that must stop; kill one that did not within its grace period."""
        moment = now()
        if job.recovering:
            # How far an operation came must be known even if it was cancelled; but not at any price of time.
            if job.deadline is not None and job.deadline <= moment:
                self._runner.kill(run_id(job))
            return
        if job.kill_at is None and began:
            if job.cancel_at is None:
                text = f"{time_limit_text(self._settings)}: asked to save and stop"
                lines.append(job_log.append_note(session, job, text))
            self._runner.interrupt(run_id(job))
            job.kill_at = moment + timedelta(seconds=self._settings.cancel_grace_seconds)
        elif job.kill_at is not None and job.kill_at <= moment:
            self._runner.kill(run_id(job))


def _failed(outcome: Outcome, error: str) -> Outcome:
    return outcome.model_copy(update={"result": Result.FAILED, "error": error})
