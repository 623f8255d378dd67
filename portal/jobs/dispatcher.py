"""The dispatcher of jobs: one thread that starts, follows, stops and recovers them in rounds.

The database holds what is to be done and what was done; the runner carries it out in other processes. The thread
works in small transactions, so after a stop or a kill the next portal goes on from what is stored.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from portal.clock import now
from portal.db.engine import DATABASE_AWAY, Database
from portal.jobs.feed import Feed
from portal.jobs.following import Follower
from portal.jobs.leader import Leader
from portal.jobs.recovery import Recovery
from portal.jobs.starting import Starter
from portal.runner.protocol import StackRunner
from portal.settings import PortalSettings

_LOG = logging.getLogger(__name__)
_TICK_SECONDS = 0.2


class Dispatcher:
    """The portal's one thread of work."""

    def __init__(self, database: Database, runner: StackRunner, settings: PortalSettings, feed: Feed) -> None:
        """Nothing is started before ``start``."""
        self._outage = database.outage
        self._feed = feed
        self._leader = Leader(database)
        self.recovery = Recovery(settings)
        self._starter = Starter(database, runner, settings, feed, self.recovery)
        self._follower = Follower(database, runner, settings, feed, self.recovery)
        self._woken = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._logged: dict[str, str] = {}
        """The last error of each failed step, by its description."""
        self.chores: list[Callable[[], None]] = []
        """Called once a round, for what is due by time."""
        self.round_at: datetime | None = None
        """When the last round ended; a portal whose rounds stopped is not ready."""

    @property
    def leads(self) -> bool:
        """Whether this portal works on the jobs, and no other one of its database."""
        return self._leader.leads

    def start(self) -> None:
        """Start to work, in a thread."""
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop working; runs go on, and the next portal finds them."""
        self._stopping = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        self._leader.resign()

    def wake(self) -> None:
        """Start the next round now: there is something new to do."""
        self._woken.set()

    def turn(self) -> None:
        """Work for one round, or wait while another portal of the database does."""
        elected = self._leader.elected()
        self._feed.publishes(here=elected)
        if elected:
            self.step()
            return
        self.round_at = now()
        self._outage.ended()
        self._woken.wait(5 * _TICK_SECONDS)

    def step(self) -> None:
        """Work for one round: follow running jobs, start queued ones, do what is due."""
        for running in self._follower.running():
            with self._isolated(f"job {running.id} cannot be followed"):
                if self._follower.follow(running):
                    self._starter.start_run(running.id)
        for job_id in self._starter.startable():
            with self._isolated(f"job {job_id} cannot be started"):
                self._starter.start(job_id)
        for chore in self.chores:
            with self._isolated("a task that is due by time failed"):
                chore()
        self.round_at = now()
        self._outage.ended()

    def _work(self) -> None:
        while not self._stopping:
            try:
                self.turn()
            except DATABASE_AWAY as error:
                self._outage.began(error)
                self._woken.wait(5 * _TICK_SECONDS)
            except Exception:  # noqa: BLE001  logged, and tried again
                # A failure must not end the thread that everything waits for.
                _LOG.exception("a round of jobs failed; trying again")
                self._woken.wait(5 * _TICK_SECONDS)
            self._woken.wait(_TICK_SECONDS)
            self._woken.clear()

    @contextmanager
    def _isolated(self, description: str) -> Iterator[None]:
        """Let the failure of one job not end the round of all; a database that is away does end it."""
        try:
            yield
        except DATABASE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001  logged, and tried again in the next round
            # A round is a fraction of a second: the same failure is logged once.
            if self._logged.get(description) != repr(error):
                _LOG.exception("%s; the others go on", description)
                self._logged[description] = repr(error)
