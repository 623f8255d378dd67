"""Liveness, readiness and metrics."""

import asyncio
from datetime import timedelta

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from portal.clock import now
from portal.db.states import JobStatus, ServiceStatus
from portal.db.work import Job, Service
from portal.http.current_user import PortalDeps
from portal.http.dependencies import Dependencies
from portal.http.metrics import RequestMetrics

router = APIRouter(tags=["health"])
_STUCK = timedelta(seconds=30)
_PROBE_SECONDS = 4.0


# Neither waits for a thread that the pages share: a portal that is busy must not be taken for one that is dead.
@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(deps: PortalDeps, response: Response) -> dict[str, str]:
    """The database, the data folder and the way to Pulumi are there, and jobs are being looked after."""
    problems = await _problems(deps)
    at = deps.dispatcher.round_at
    if at is None or now() - at > _STUCK:
        problems["jobs"] = "are not being looked after"
    if problems:
        response.status_code = 503
        return problems
    return {"status": "ready"}


async def _problems(deps: Dependencies) -> dict[str, str]:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            return await to_thread.run_sync(_look, deps, limiter=deps.slow.probes, abandon_on_cancel=True)
    except TimeoutError:
        return {"database": f"gives no answer in {_PROBE_SECONDS:.0f} s"}


def _look(deps: Dependencies) -> dict[str, str]:
    found = {
        "database": deps.database.problem(),
        "data folder": deps.folder.problem(),
        "pulumi": deps.runner.lost(),
    }
    return {name: problem for name, problem in found.items() if problem is not None}


@router.get("/metrics")
def metrics(request: Request, deps: PortalDeps) -> Response:
    """Prometheus' text format."""
    measures: RequestMetrics = request.app.state.measures
    text = generate_latest(measures.registry) + generate_latest(_counts(deps))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _counts(deps: Dependencies) -> CollectorRegistry:
    registry = CollectorRegistry()
    jobs = Gauge("portal_jobs", "Jobs by status", ["status"], registry=registry)
    services = Gauge("portal_services", "Services by status", ["status"], registry=registry)
    with deps.database.reading() as session:
        for status, count in session.execute(select(Job.status, func.count()).group_by(Job.status)):
            jobs.labels(JobStatus(status).value).set(count)
        rows = session.execute(select(Service.status, func.count()).group_by(Service.status))
        for status, count in rows:
            services.labels(ServiceStatus(status).value).set(count)
    return registry
