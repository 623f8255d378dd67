"""Dependencies of the handlers, made once and shared by every request."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from portal.benchmarks.reading import Benchmarks
from portal.clusters.cache import Clusters
from portal.data_folder import DataFolder
from portal.db.engine import Database
from portal.gateways.chat_keys import ChatKeys
from portal.gateways.tables import Tables
from portal.http.slow_limits import SlowRequestLimits
from portal.identity.passwords import Passwords
from portal.identity.roles import Actor
from portal.jobs.dispatcher import Dispatcher
from portal.jobs.feed import Feed
from portal.jobs.limits_writer import LimitsWriter
from portal.metrics.reading import Metrics
from portal.operations.context import Context
from portal.operations.playground import PlaygroundClient
from portal.platforms import Platforms
from portal.proposals import Planner
from portal.runner.protocol import StackRunner
from portal.security.limits import Limits
from portal.settings import PortalSettings


@dataclass(frozen=True, kw_only=True)
class Dependencies:
    """Everything a handler may need."""

    settings: PortalSettings
    database: Database
    runner: StackRunner
    platforms: Platforms
    clusters: Clusters
    metrics: Metrics
    benchmarks: Benchmarks
    planner: Planner
    feed: Feed
    dispatcher: Dispatcher
    limits: Limits
    slow: SlowRequestLimits
    folder: DataFolder
    chats: PlaygroundClient
    tables: Tables
    chat_keys: ChatKeys
    limits_writer: LimitsWriter
    passwords: Passwords
    endpoint_port: int = 80
    streams: Counter[str] = field(default_factory=Counter)
    """Streams that are open, by the browser's session or the person; of the event loop alone."""

    @contextmanager
    def write_context(self, actor: Actor) -> Iterator[Context]:
        """Open a transaction in which ``actor`` changes something; afterwards the jobs' thread looks for work."""
        with self.database.session() as session:
            yield self._context(session, actor)
        self.dispatcher.wake()

    @contextmanager
    def read_context(self, actor: Actor) -> Iterator[Context]:
        """Open a transaction in which ``actor`` only reads."""
        with self.database.reading() as session:
            yield self._context(session, actor)

    def _context(self, session: Session, actor: Actor) -> Context:
        return Context(
            session=session,
            actor=actor,
            settings=self.settings,
            platforms=self.platforms,
            clusters=self.clusters,
            metrics=self.metrics,
            benchmarks=self.benchmarks,
            planner=self.planner,
            runner=self.runner,
        )
