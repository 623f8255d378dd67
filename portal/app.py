"""Application factory: everything is made here, and nothing at import."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from portal.api import account, admin, document, events, gateway, health, metrics, nodes, services
from portal.benchmarks.reading import Benchmarks
from portal.clusters.cache import Clusters
from portal.clusters.readers import Readers
from portal.data_folder import DataFolder
from portal.db.engine import DATABASE_AWAY, Database
from portal.errors import AwayError, InvalidError, NotSignedInError, PortalError, TooManyError, validation_lines
from portal.gateways.chat_keys import ChatKeys
from portal.gateways.tables import Tables
from portal.http.current_user import dependencies_of
from portal.http.dependencies import Dependencies
from portal.http.metrics import MetricsMiddleware, RequestMetrics
from portal.http.slow_limits import SlowRequestLimits
from portal.identity.passwords import Passwords
from portal.jobs.dispatcher import Dispatcher
from portal.jobs.expiry import Expiry
from portal.jobs.feed import Feed
from portal.jobs.limits_writer import LimitsWriter
from portal.metrics.reading import Metrics
from portal.metrics.sources import ClusterPrometheus, ManagedPrometheus
from portal.operations.playground import PlaygroundClient
from portal.planning import OwnPlanner
from portal.platforms import Platforms
from portal.proposals import Planner
from portal.runner.connection import of_children
from portal.runner.protocol import StackRunner
from portal.security import audit, audit_proof
from portal.security.hosts import OwnHosts, allowed_hosts
from portal.security.limits import Limits
from portal.security.methods import Heads, allowed_methods
from portal.security.middleware import RequestFilterMiddleware
from portal.settings import PortalSettings
from portal.web import errors as web_errors
from portal.web import routes

_LOG = logging.getLogger(__name__)
_METHOD_NOT_ALLOWED = 405
_SAFE = frozenset({"GET", "HEAD"})
_AWAY = "the portal's database does not answer: try again in a moment"
_UNSURE = "What you sent may be stored or not: look before you send it again"
_API = (
    services.router,
    events.router,
    account.router,
    account.secrets_router,
    admin.router,
    nodes.router,
    metrics.router,
    gateway.router,
    gateway.secrets_router,
    health.router,
)


def create_app(
    settings: PortalSettings,
    runner: StackRunner,
    *,
    planner: Planner | None = None,
    passwords: Passwords | None = None,
    endpoint_port: int = 80,
    aws: Mapping[str, str] | None = None,
    dispatch: bool = True,
) -> FastAPI:
    """The portal.

    Args:
        settings: Checked settings.
        runner: What carries out runs.
        planner: What knows costs and memory; default the program's own.
        passwords: How passwords are hashed; default Argon2id as the library sets it.
        endpoint_port: Port of new services' load balancers.
        aws: Environment with the credentials and addresses of AWS; default botocore's usual places.
        dispatch: Whether a thread looks after the jobs; a test may call the dispatcher itself.
    """
    folder = DataFolder(settings.data_dir)
    folder.prepare()
    database = Database(settings.database)
    feed = Feed(database)
    platforms = Platforms(runner, settings.platforms)
    readers = Readers(runner, of_children())
    tables = Tables(aws or {})
    managed = ManagedPrometheus(aws or {})
    limits_writer = LimitsWriter(database, platforms, tables)
    dispatcher = Dispatcher(database, runner, settings, feed)
    dispatcher.chores += [Expiry(database, settings), limits_writer]
    deps = Dependencies(
        settings=settings,
        database=database,
        runner=runner,
        platforms=platforms,
        clusters=Clusters(readers, settings.platforms),
        benchmarks=Benchmarks(platforms, aws or {}),
        metrics=Metrics(platforms, ClusterPrometheus(readers), managed),
        planner=planner or OwnPlanner(),
        feed=feed,
        dispatcher=dispatcher,
        limits=Limits(settings),
        slow=SlowRequestLimits(settings),
        folder=folder,
        chats=PlaygroundClient(),
        tables=tables,
        chat_keys=ChatKeys(tables),
        limits_writer=limits_writer,
        passwords=passwords or Passwords(),
        endpoint_port=endpoint_port,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with folder.held():
            await run_in_threadpool(database.migrate)
            await run_in_threadpool(_log_head, database)
            if dispatch:
                dispatcher.start()
            yield
            await deps.chats.close()
            await run_in_threadpool(readers.close)
            await run_in_threadpool(managed.close)
            await run_in_threadpool(dispatcher.stop)
            database.close()

    app = FastAPI(
        title="LLM platform portal",
        version=version("llm-platform"),
        lifespan=lifespan,
        generate_unique_id_function=document.operation_id,
        docs_url=None,
        redoc_url=None,
        description="Request a model endpoint, see what would be deployed, have it approved, watch it run.",
    )
    app.state.deps, app.state.measures = deps, RequestMetrics()
    for router in _API:
        app.include_router(router)
    routes.install(app, deps)
    document.install(app)
    _handle_errors(app)
    _add_middleware(app, deps)
    return app


def _add_middleware(app: FastAPI, deps: Dependencies) -> None:
    """Add what every request passes, the innermost first."""

    def record(login: str, address: str, action: str, detail: str) -> None:
        if deps.limits.may_log_refusal(address):
            with deps.database.session() as session:
                audit.refused(session, login, address, action, detail)

    app.add_middleware(Heads)
    app.add_middleware(OwnHosts, allowed_hosts=allowed_hosts(deps.settings))
    app.add_middleware(RequestFilterMiddleware, settings=deps.settings, record=record)
    app.add_middleware(MetricsMiddleware, measures=app.state.measures)


def _log_head(database: Database) -> None:
    """Log the end of the audit log, out of reach of whatever writes the database."""
    with database.reading() as session:
        _LOG.info("the audit log ends with %s", audit_proof.head(session))


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(PortalError)
    async def _portal_error(request: Request, error: PortalError) -> Response:
        answer = await _answer(request, error.status, str(error), list(getattr(error, "problems", ())))
        if isinstance(error, TooManyError | AwayError):
            answer.headers["retry-after"] = str(error.retry_after)
        return answer

    async def _database_away(request: Request, error: Exception) -> Response:
        dependencies_of(request).database.outage.began(error)
        return await _portal_error(request, AwayError(_AWAY if request.method in _SAFE else f"{_AWAY}. {_UNSURE}"))

    for kind in DATABASE_AWAY:
        app.add_exception_handler(kind, _database_away)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        lines = validation_lines(error.errors(), skip=1)
        return await _answer(request, InvalidError.status, "; ".join(lines), lines)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code != _METHOD_NOT_ALLOWED:
            return await _answer(request, error.status_code, str(error.detail), [])
        allowed = ", ".join(allowed_methods(request))
        answer = await _answer(
            request, error.status_code, f"{request.method} is not for this address: use {allowed}", []
        )
        answer.headers["allow"] = allowed
        return answer


async def _answer(request: Request, status: int, text: str, problems: list[str]) -> Response:
    request.state.refusal = text
    if _is_machine(request):
        headers = {"www-authenticate": _challenge(request)} if status == NotSignedInError.status else None
        return JSONResponse({"detail": text} | ({"problems": problems} if problems else {}), status, headers)
    return await web_errors.page(request, status, text, problems)


def _challenge(request: Request) -> str:
    """Return the challenge of RFC 6750: a bearer token, and that the one sent is not valid, where one was sent."""
    return 'Bearer realm="portal"' + (', error="invalid_token"' if "authorization" in request.headers else "")


def _is_machine(request: Request) -> bool:
    path = Path(request.url.path)
    return path.is_relative_to("/api") or path.name in {"healthz", "readyz", "metrics", "openapi.json"}
