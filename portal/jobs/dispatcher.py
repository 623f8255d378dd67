"""Starts jobs, follows them, stops them, and finds them again after the portal itself was stopped or killed.

The database says what is to be done and what was done; the runner carries it out elsewhere. One thread does all of
it in small transactions, so wherever it is cut off, the next portal goes on from what is written.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.engine import Database
from portal.db.states import ChangeStatus, JobKind, JobStatus
from portal.db.work import Change, Job, JobEvent
from portal.jobs import outcomes
from portal.jobs.feed import Feed, Line
from portal.jobs.preconditions import blocking_reason
from portal.jobs.runs import run_id, run_of
from portal.runner.protocol import Event, Outcome, Result, RunKind, RunnerError, StackRunner
from portal.settings import PortalSettings

_LOG = logging.getLogger(__name__)
_TICK_SECONDS = 0.2
_MOST_ATTEMPTS = 3
_MOST_RUNS = 8
"""Of a job that must be read back; the last ones do nothing else."""
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(minutes=15)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
"""No job's fault: the database does not answer."""


@dataclass(frozen=True)
class _Sight:
    """A running job, as it was when this round began."""

    id: str
    run: str
    offset: int
    must_stop: bool
    """Asked to stop, or over its time."""


class Dispatcher:
    """The portal's one thread of work."""

    def __init__(self, database: Database, runner: StackRunner, settings: PortalSettings, feed: Feed) -> None:
        """Nothing is started before ``start``."""
        self._database = database
        self._runner = runner
        self._settings = settings
        self._feed = feed
        self._woken = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._put_off: dict[str, datetime] = {}
        """Jobs whose stack is read back later, and when; a portal that is started again waits anew."""
        self._told: dict[str, str] = {}
        """What failed last, by complaint."""
        self.chores: list[Callable[[], None]] = []
        """Called once a round, for what is due by time."""
        self.round_at: datetime | None = None
        """When the last round ended; a portal whose rounds stopped is not ready."""

    def start(self) -> None:
        """Begin to work, in a thread."""
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop working; runs go on, and the next portal finds them."""
        self._stopping = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def wake(self) -> None:
        """There is something new to do."""
        self._woken.set()

    def step(self) -> None:
        """One round: follow what runs, start what may start, do what is due."""
        for sight in self._running():
            with self._apart(f"job {sight.id} cannot be followed"):
                self._follow(sight)
        for job_id in self._startable():
            with self._apart(f"job {job_id} cannot be begun"):
                self._start(job_id)
        for chore in self.chores:
            with self._apart("what is due by time failed"):
                chore()
        self.round_at = now()

    def _work(self) -> None:
        while not self._stopping:
            try:
                self.step()
            except Exception:  # noqa: BLE001  logged, and tried again
                # A database that is away for a moment must not end the thread that everything waits for.
                _LOG.exception("a round of jobs failed; trying again")
                self._woken.wait(5 * _TICK_SECONDS)
            self._woken.wait(_TICK_SECONDS)
            self._woken.clear()

    @contextmanager
    def _apart(self, complaint: str) -> Iterator[None]:
        """What fails for one job must not end the round of all; a database that is away does end it."""
        try:
            yield
        except _AWAY:
            raise
        except Exception as error:  # noqa: BLE001  logged, and tried again in the next round
            # A round is a fraction of a second: the same complaint is logged once.
            if self._told.get(complaint) != repr(error):
                _LOG.exception("%s; the others go on", complaint)
                self._told[complaint] = repr(error)

    def _running(self) -> list[_Sight]:
        with self._database.reading() as session:
            jobs = session.scalars(select(Job).where(Job.status == JobStatus.RUNNING)).all()
            return [_Sight(job.id, run_id(job), job.offset, _must_stop(job)) for job in jobs]

    def _startable(self) -> list[str]:
        with self._database.reading() as session:
            running = session.scalars(select(Job).where(Job.status == JobStatus.RUNNING)).all()
            busy = {job.stack_id for job in running}
            free = self._settings.parallel_jobs - sum(job.id not in self._put_off for job in running)
            chosen: list[str] = []
            queued = select(Job).where(Job.status == JobStatus.QUEUED).order_by(Job.created_at, Job.id)
            for job in session.scalars(queued):
                if free > len(chosen) and job.stack_id not in busy:
                    busy.add(job.stack_id)
                    chosen.append(job.id)
            return chosen

    def _start(self, job_id: str) -> None:
        try:
            if self._take_up(job_id):
                # Committed: from here on a killed portal leaves a job that runs or that nobody ever took up.
                self._begin_run(job_id)
            else:
                self._feed.publish(job_id, [], ended=True)
        except _AWAY:
            raise
        except Exception as error:  # whatever it is, it would be the same in every round
            self._fail(job_id, f"could not be begun: {type(error).__name__}; the portal's log says more")
            raise

    def _take_up(self, job_id: str) -> bool:
        """Whether a queued job runs from now on."""
        with self._database.session() as session:
            job = session.get_one(Job, job_id)
            if job.status != JobStatus.QUEUED:
                return False
            if job.cancel_at is not None:
                self._end(session, job, _nothing_done(Result.CANCELLED, "cancelled before it began"))
                return False
            change = session.get(Change, job.change_id) if job.change_id else None
            if (
                job.kind == JobKind.APPLY
                and change is not None
                and (reason := blocking_reason(session, change)) is not None
            ):
                outcomes.turn_away(session, job, reason)
                return False
            job.status = JobStatus.RUNNING
            job.attempt += 1
            job.offset = 0
            job.started_at = job.started_at or now()
            job.deadline = now() + timedelta(seconds=self._settings.job_seconds)
            outcomes.begin(session, job)
        return True

    def _fail(self, job_id: str, error: str) -> None:
        with self._database.session() as session:
            self._end(session, session.get_one(Job, job_id), _nothing_done(Result.FAILED, error))
        self._feed.publish(job_id, [], ended=True)

    def _begin_run(self, job_id: str) -> None:
        with self._database.reading() as session:
            run = run_of(session, session.get_one(Job, job_id))
        try:
            self._runner.start(run)
        except (RunnerError, OSError) as error:
            _LOG.warning("job %s cannot be started: %s", job_id, error)
            if run.kind is RunKind.RECOVER:
                with self._database.session() as session:
                    line = self._put_it_off(session, session.get_one(Job, job_id), str(error))
                self._feed.publish(job_id, [line], ended=False)
            else:
                self._fail(job_id, f"could not be started: {error}")

    def _follow(self, sight: _Sight) -> None:
        if self._put_off.get(sight.id, _LONG_AGO) > now():
            return
        began = self._runner.began(sight.run)
        progress = self._runner.progress(sight.run, sight.offset)
        if progress.alive and not (progress.events or progress.outcome or sight.must_stop):
            return
        again = False
        with self._database.session() as session:
            job = session.get_one(Job, sight.id)
            lines = [_line(session, job, event) for event in progress.events]
            job.offset = progress.offset
            if progress.outcome is not None:
                again = self._over(session, job, lines, progress.outcome)
            elif not progress.alive:
                again = self._lost(session, job, lines, began=began)
            elif sight.must_stop:
                self._limit(session, job, lines, began=began)
            ended = job.finished_at is not None
        # Only what is committed is shown: a watcher who comes back finds in the database what was seen before.
        if lines or ended:
            self._feed.publish(sight.id, lines, ended=ended)
        if again:
            self._begin_run(sight.id)
        if ended:
            self._runner.forget(sight.run)

    def _over(self, session: Session, job: Job, lines: list[Line], outcome: Outcome) -> bool:
        """The run said how it ended. Returns whether another run of the job begins now."""
        if _is_known(job, outcome):
            if outcome.result is Result.CANCELLED and _over_its_time(job):
                outcome = _failed(outcome, f"{self._time_limit}: {outcome.error}")
            elif outcome.result is Result.FAILED and job.recovering:
                outcome = _failed(outcome, f"cut off, and reading the stack back failed: {outcome.error}")
            self._end(session, job, outcome)
            return False
        error = outcome.error or "it did not say why"
        if job.recovering and job.attempt < _MOST_RUNS and job.id not in self._put_off:
            lines.append(self._put_it_off(session, job, error))
            return False
        return self._recover(session, job, lines, error)

    def _lost(self, session: Session, job: Job, lines: list[Line], *, began: bool) -> bool:
        """The run is gone without a word. Returns whether another run of the job begins now."""
        changes_something = job.kind == JobKind.APPLY and (began or job.recovering)
        if not changes_something:
            if job.cancel_at is not None:
                self._end(session, job, _nothing_done(Result.CANCELLED, "stopped"))
            elif _over_its_time(job):
                self._end(session, job, _nothing_done(Result.FAILED, f"{self._time_limit}: stopped"))
            elif job.attempt >= _MOST_ATTEMPTS:
                error = f"cut off {job.attempt} times; nothing was changed"
                self._end(session, job, _nothing_done(Result.FAILED, error))
            else:
                lines.append(_note(session, job, "cut off before it changed anything; starting again"))
                job.status = JobStatus.QUEUED
            return False
        return self._recover(session, job, lines, "cut off")

    def _recover(self, session: Session, job: Job, lines: list[Line], why: str) -> bool:
        """Read the stack back, unless that was tried often enough. Returns whether a run of the job begins now."""
        self._put_off.pop(job.id, None)
        if job.attempt >= _MOST_RUNS:
            error = f"{why}, and how far it came could not be found out: look for drift, then preview again"
            self._end(session, job, Outcome(result=Result.INTERRUPTED, error=error, state_version="unknown"))
            return False
        lines.append(_note(session, job, f"{why}; reading the stack back to see how far it came"))
        job.recovering = True
        job.attempt += 1
        job.offset = 0
        job.kill_at = None
        job.deadline = now() + timedelta(seconds=self._settings.job_seconds)
        return True

    def _put_it_off(self, session: Session, job: Job, why: str) -> Line:
        """Read the stack back later: often somebody else's operation holds it for a while."""
        wait = min(_FIRST_WAIT * 2 ** max(job.attempt - 2, 0), _LONGEST_WAIT)
        self._put_off[job.id] = now() + wait
        minutes = round(wait.total_seconds() / 60)
        return _note(session, job, f"the stack cannot be read back yet, trying again in {minutes} min: {why}")

    def _limit(self, session: Session, job: Job, lines: list[Line], *, began: bool) -> None:
        """Stop what was asked to stop or took too long; kill what does not stop."""
        moment = now()
        if job.recovering:
            # How far an operation came must be known even if it was cancelled; but not at any price of time.
            if job.deadline is not None and job.deadline <= moment:
                self._runner.kill(run_id(job))
            return
        if job.kill_at is None and began:
            if job.cancel_at is None:
                lines.append(_note(session, job, f"{self._time_limit}: asked to save and stop"))
            self._runner.interrupt(run_id(job))
            job.kill_at = moment + timedelta(seconds=self._settings.cancel_grace_seconds)
        elif job.kill_at is not None and job.kill_at <= moment:
            self._runner.kill(run_id(job))

    @property
    def _time_limit(self) -> str:
        return f"over its time limit of {self._settings.job_seconds} s"

    def _end(self, session: Session, job: Job, outcome: Outcome) -> None:
        outcomes.finish(session, job, outcome)
        change = session.get(Change, job.change_id) if job.change_id else None
        if change is not None and change.requested_by is None and change.status == ChangeStatus.PREVIEWED:
            self._go_on(session, change)

    def _go_on(self, session: Session, change: Change) -> None:
        """Nobody asks for the end of a service whose time ran out, so nobody has to approve it."""
        if (reason := blocking_reason(session, change)) is not None:
            change.status, change.error = ChangeStatus.WITHDRAWN, reason
            return
        change.status = ChangeStatus.APPLYING
        session.add(Job(stack_id=change.stack_id, change_id=change.id, kind=JobKind.APPLY, status=JobStatus.QUEUED))


def _is_known(job: Job, outcome: Outcome) -> bool:
    """Whether an outcome says what became of the stack; else it has to be read back."""
    if job.kind != JobKind.APPLY:
        return True
    if outcome.state_version is not None or outcome.result is Result.SUCCEEDED:
        return True
    # That the reading back did nothing says nothing of what was cut off.
    return not job.recovering and (outcome.nothing_done or outcome.result is Result.STALE)


def _failed(outcome: Outcome, error: str) -> Outcome:
    return outcome.model_copy(update={"result": Result.FAILED, "error": error})


def _nothing_done(result: Result, error: str) -> Outcome:
    return Outcome(result=result, error=error, nothing_done=True)


def _over_its_time(job: Job) -> bool:
    """Whether it was stopped without anybody asking."""
    return job.kill_at is not None and job.cancel_at is None


def _must_stop(job: Job) -> bool:
    return job.cancel_at is not None or (job.deadline is not None and job.deadline <= now())


def _line(session: Session, job: Job, event: Event) -> Line:
    """Add an event to a job's log."""
    data = {**event.data, "at": event.at}
    seq = job.next_seq
    at = datetime.fromtimestamp(event.at, tz=UTC)
    session.add(JobEvent(job_id=job.id, seq=seq, at=at, kind=event.kind, data=data))
    job.next_seq = seq + 1
    return (seq, event.kind, data)


def _note(session: Session, job: Job, text: str) -> Line:
    return _line(session, job, Event(at=now().timestamp(), kind="note", data={"text": text}))
