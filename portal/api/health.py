"""Whether the portal lives, whether it can work, and its figures."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal.clock import now
from portal.db.states import JobStatus, ServiceStatus
from portal.db.work import Job, Service
from portal.identity.current import PartsDep
from portal.parts import Parts
from portal.security.measuring import Measures

router = APIRouter(tags=["health"])
_STUCK = timedelta(seconds=30)


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(parts: PartsDep, response: Response) -> dict[str, str]:
    """The database answers and jobs are being looked after."""
    problems = {}
    try:
        parts.database.ready()
    except SQLAlchemyError:
        problems["database"] = "does not answer"
    at = parts.dispatcher.round_at
    if at is None or now() - at > _STUCK:
        problems["jobs"] = "are not being looked after"
    if problems:
        response.status_code = 503
        return problems
    return {"status": "ready"}


@router.get("/metrics")
def metrics(request: Request, parts: PartsDep) -> Response:
    """Prometheus' text format."""
    measures: Measures = request.app.state.measures
    text = generate_latest(measures.registry) + generate_latest(_counts(parts))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _counts(parts: Parts) -> CollectorRegistry:
    registry = CollectorRegistry()
    jobs = Gauge("portal_jobs", "Jobs by status", ["status"], registry=registry)
    services = Gauge("portal_services", "Services by status", ["status"], registry=registry)
    with parts.database.reading() as session:
        for status, count in session.execute(select(Job.status, func.count()).group_by(Job.status)):
            jobs.labels(JobStatus(status).value).set(count)
        rows = session.execute(select(Service.status, func.count()).group_by(Service.status))
        for status, count in rows:
            services.labels(ServiceStatus(status).value).set(count)
    return registry
