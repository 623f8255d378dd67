"""Recovery of jobs whose run was cut off: run again what changed nothing, read back the stack of what may have."""

import time
from datetime import timedelta

from sqlalchemy.orm import Session

from portal.db.states import JobKind, JobStatus
from portal.db.work import Job
from portal.jobs import outcomes
from portal.jobs.feed import Line
from portal.jobs.job_log import append_note
from portal.jobs.time_limits import is_over_limit, start_time_limit, time_limit_text
from portal.runner.protocol import Outcome, Result
from portal.settings import PortalSettings

_MOST_ATTEMPTS = 3
_MOST_RUNS = 8
"""Of a job that must be read back; the last ones do nothing else."""
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(minutes=15)


class Recovery:
    """Decides what follows a run whose outcome is not known, and when a stack is read back."""

    def __init__(self, settings: PortalSettings) -> None:
        """Take the time limit of a run from the settings."""
        self._settings = settings
        self.deferred: dict[str, float] = {}
        """Jobs whose stack is read back later, and when, in seconds of the monotonic clock; a portal that is started again waits again."""

    def waits(self, job_id: str) -> bool:
        """Whether a job's stack is read back later than now."""
        return self.deferred.get(job_id, 0.0) > time.monotonic()

    def after_unknown(self, session: Session, job: Job, lines: list[Line], outcome: Outcome) -> bool:
        """Handle a run that ended without a known outcome; returns whether another run of the job starts now."""
        error = outcome.error or "it gave no reason"
        if job.recovering and job.attempt < _MOST_RUNS and job.id not in self.deferred:
            lines.append(self.defer(session, job, error))
            return False
        return self._read_back(session, job, lines, error)

    def after_loss(self, session: Session, job: Job, lines: list[Line], *, began: bool | None) -> bool:
        """Handle a run that is gone without an outcome; returns whether another run of the job starts now.

        Args:
            session: The database.
            job: The job of the run.
            lines: Lines for watchers; some are added.
            began: Whether any process took the run up; None where that is not known.
        """
        changes_something = job.kind == JobKind.APPLY and (began is not False or job.recovering)
        if changes_something:
            return self._read_back(session, job, lines, "cut off")
        if job.cancel_at is not None:
            outcomes.finish(session, job, nothing_done(Result.CANCELLED, "stopped"))
        elif is_over_limit(job):
            outcomes.finish(session, job, nothing_done(Result.FAILED, f"{time_limit_text(self._settings)}: stopped"))
        elif job.attempt >= _MOST_ATTEMPTS:
            error = f"cut off {job.attempt} times; nothing was changed"
            outcomes.finish(session, job, nothing_done(Result.FAILED, error))
        else:
            lines.append(append_note(session, job, "cut off before it changed anything; starting again"))
            job.status = JobStatus.QUEUED
        return False

    def defer(self, session: Session, job: Job, reason: str) -> Line:
        """Read the stack back later: often another user's operation holds it for a while."""
        wait = min(_FIRST_WAIT * 2 ** max(job.attempt - 2, 0), _LONGEST_WAIT)
        self.deferred[job.id] = time.monotonic() + wait.total_seconds()
        minutes = round(wait.total_seconds() / 60)
        return append_note(session, job, f"the stack cannot be read back yet, trying again in {minutes} min: {reason}")

    def _read_back(self, session: Session, job: Job, lines: list[Line], reason: str) -> bool:
        """Read the stack back, unless that was tried often enough; returns whether a run of the job starts now."""
        self.deferred.pop(job.id, None)
        if job.attempt >= _MOST_RUNS:
            error = f"{reason}, and how far it came could not be found out: check for drift, then preview again"
            outcomes.finish(session, job, Outcome(result=Result.INTERRUPTED, error=error, state_version="unknown"))
            return False
        lines.append(append_note(session, job, f"{reason}; reading the stack back to see how far it came"))
        job.recovering = True
        job.attempt += 1
        job.offset = 0
        job.kill_at = None
        start_time_limit(job, self._settings)
        return True


def is_known(job: Job, outcome: Outcome) -> bool:
    """Whether an outcome states what became of the stack; else it has to be read back."""
    if job.kind != JobKind.APPLY:
        return True
    if outcome.state_version is not None or outcome.result is Result.SUCCEEDED:
        return True
    # A recovery that did nothing reveals nothing of the run that was cut off.
    return not job.recovering and (outcome.nothing_done or outcome.result is Result.STALE)


def nothing_done(result: Result, error: str) -> Outcome:
    """Return the outcome of a job that changed nothing."""
    return Outcome(result=result, error=error, nothing_done=True)
