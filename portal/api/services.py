"""API of services, changes and jobs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status
from pydantic import BaseModel

from portal.api.idempotency import IdempotentRoute
from portal.api.parts import TOTAL, part_of
from portal.db.states import ChangeStatus
from portal.http import slow_requests
from portal.http.current_user import PortalDeps, Reader, Writer
from portal.operations import approvals, change_lifecycle, change_requests, job_control, lifetimes, views
from portal.operations.schemas import (
    ChatRequest,
    DecisionRequest,
    DestroyRequest,
    EndEarlierRequest,
    ExtendRequest,
    NewServiceRequest,
    ScaleRequest,
    ServiceRequest,
)
from portal.operations.views import ChangeView, JobView, ServiceView
from portal.proposals import Proposal
from portal.service_fields import service_field

router = APIRouter(prefix="/api/v1", route_class=IdempotentRoute, tags=["services"])
_LENGTH = service_field("max_model_len")


class Accepted(BaseModel):
    """An operation that was stored and will be carried out."""

    job: str | None
    """Follow it at /api/v1/jobs/JOB and /api/v1/jobs/JOB/events; none of limits at a gateway, which are written at once."""
    change: str | None


class KeyView(BaseModel):
    """URL and key of a service, for its clients."""

    url: str
    key: str


class Answer(BaseModel):
    """Answer of the model."""

    text: str


@router.get("/services")
def list_services(deps: PortalDeps, actor: Reader, *, gone: bool = False) -> list[ServiceView]:
    """Services of your teams; with gone, destroyed ones too."""
    with deps.read_context(actor) as context:
        return views.services(context, gone=gone)


@router.get("/services/{service_id}")
def get_service(service_id: str, deps: PortalDeps, actor: Reader) -> ServiceView:
    """One service."""
    with deps.read_context(actor) as context:
        service, stack = context.service(service_id)
        return ServiceView.of(context.session, service, stack)


@router.post("/services", status_code=status.HTTP_202_ACCEPTED)
def request_service(body: NewServiceRequest, deps: PortalDeps, actor: Writer) -> Accepted:
    """Request a service; returns the job of its preview."""
    if body.platform in deps.platforms.names:
        deps.platforms.facts(body.platform)  # read before the transaction begins, which Pulumi would hold up
    with deps.write_context(actor) as context:
        change = change_requests.request_service(context, body, deps.endpoint_port)
        return _accepted(ChangeView.of(context.session, change, context.change(change.id)[1]))


@router.put("/services/{service_id}", status_code=status.HTTP_202_ACCEPTED)
def request_update(service_id: str, body: ServiceRequest, deps: PortalDeps, actor: Writer) -> Accepted:
    """Request other settings; returns the job of the preview."""
    with deps.write_context(actor) as context:
        change = change_requests.request_update(context, service_id, body, deps.endpoint_port)
        return _accepted(ChangeView.of(context.session, change, context.change(change.id)[1]))


@router.post("/services/{service_id}/scale", status_code=status.HTTP_202_ACCEPTED)
def request_scale(service_id: str, body: ScaleRequest, deps: PortalDeps, actor: Writer) -> Accepted:
    """Request another number of replicas; returns the job of the preview."""
    with deps.write_context(actor) as context:
        change = change_requests.request_scale(context, service_id, body.replicas)
        return _accepted(ChangeView.of(context.session, change, context.change(change.id)[1]))


@router.post("/services/{service_id}/destroy", status_code=status.HTTP_202_ACCEPTED)
def request_destroy(service_id: str, body: DestroyRequest, deps: PortalDeps, actor: Writer) -> Accepted:
    """Request its destroy, with its name typed again; returns the job of the preview."""
    with deps.write_context(actor) as context:
        change = change_requests.request_destroy(context, service_id, body.confirm)
        return _accepted(ChangeView.of(context.session, change, context.change(change.id)[1]))


@router.post("/services/{service_id}/extend")
def extend(service_id: str, body: ExtendRequest, deps: PortalDeps, actor: Writer) -> ServiceView:
    """Extend its time to live; 409 where it would end earlier than it does now."""
    with deps.write_context(actor) as context:
        service = lifetimes.extend(context, service_id, body)
        return ServiceView.of(context.session, service, context.service(service_id)[1])


@router.post("/services/{service_id}/end-earlier")
def end_earlier(service_id: str, body: EndEarlierRequest, deps: PortalDeps, actor: Writer) -> ServiceView:
    """End it earlier, with its name typed again; the portal then destroys it by itself."""
    with deps.write_context(actor) as context:
        service = lifetimes.end_earlier(context, service_id, body)
        return ServiceView.of(context.session, service, context.service(service_id)[1])


@router.post("/services/{service_id}/drift", status_code=status.HTTP_202_ACCEPTED)
def check_drift(service_id: str, deps: PortalDeps, actor: Writer) -> Accepted:
    """Check its stack for drift."""
    with deps.write_context(actor) as context:
        return Accepted(job=job_control.check_drift(context, service_id).id, change=None)


@router.get("/services/{service_id}/key")
async def api_key(service_id: str, deps: PortalDeps, actor: Reader) -> KeyView:
    """Get its API key, as a requester of its team; each read is in the audit log."""
    deps.limits.write(actor.id)  # it only looks, but each look is a line of the audit log and a run of Pulumi
    found = await slow_requests.api_key(deps, actor, service_id)
    return KeyView(url=found.url, key=found.value or "")


@router.post("/services/{service_id}/chat")
async def chat(service_id: str, body: ChatRequest, deps: PortalDeps, actor: Writer) -> Answer:
    """Send the model one message; 429 while you or the service have as many under way as is allowed."""
    return Answer(text=await slow_requests.answer(deps, actor, service_id, body.message))


@router.get("/proposals")
def propose(
    deps: PortalDeps,
    actor: Reader,
    platform: str,
    model: Annotated[str, Query(max_length=200)],
    max_model_len: Annotated[int, Query(ge=_LENGTH.minimum, le=_LENGTH.maximum)],
    concurrency: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Proposal:
    """Propose where a model runs, for so many of the longest requests at once, with memory and cost."""
    del actor  # whoever is signed in may ask the planner
    return deps.planner.propose(model, max_model_len, concurrency, platform, deps.platforms.facts(platform))


@router.get("/changes", responses=TOTAL)
def list_changes(
    request: Request,
    response: Response,
    deps: PortalDeps,
    actor: Reader,
    status: ChangeStatus | None = None,
    before: str | None = None,
) -> list[ChangeView]:
    """Changes of your teams, the newest 200, or those before one. The header Link has the next ones (rel="next")."""
    with deps.read_context(actor) as context:
        return part_of(views.changes(context, (status,) if status else (), before=before), request, response)


@router.get("/changes/{change_id}")
def get_change(change_id: str, deps: PortalDeps, actor: Reader) -> ChangeView:
    """One change, with what its preview found."""
    with deps.read_context(actor) as context:
        change, stack = context.change(change_id)
        return ChangeView.of(context.session, change, stack)


@router.post("/changes/{change_id}/apply", status_code=status.HTTP_202_ACCEPTED)
async def apply(change_id: str, deps: PortalDeps, actor: Writer) -> Accepted:
    """Apply what was previewed, and nothing else; 409 when anything changed since."""
    job = await slow_requests.apply(deps, actor, change_id)
    return Accepted(job=job, change=change_id)


@router.post("/changes/{change_id}/preview", status_code=status.HTTP_202_ACCEPTED)
async def preview_again(change_id: str, deps: PortalDeps, actor: Writer) -> Accepted:
    """Preview it again; an earlier approval is void."""
    return Accepted(job=await slow_requests.preview_again(deps, actor, change_id), change=change_id)


@router.post("/changes/{change_id}/send")
def send(change_id: str, deps: PortalDeps, actor: Writer) -> ChangeView:
    """Send it for approval."""
    with deps.write_context(actor) as context:
        change = approvals.send_for_approval(context, change_id)
        return ChangeView.of(context.session, change, context.change(change_id)[1])


@router.post("/changes/{change_id}/approve")
def approve(change_id: str, body: DecisionRequest, deps: PortalDeps, actor: Writer) -> ChangeView:
    """Approve a change that another user requested."""
    with deps.write_context(actor) as context:
        change = approvals.approve(context, change_id, body.comment, body.preview)
        return ChangeView.of(context.session, change, context.change(change_id)[1])


@router.post("/changes/{change_id}/reject")
def reject(change_id: str, body: DecisionRequest, deps: PortalDeps, actor: Writer) -> ChangeView:
    """Reject it."""
    with deps.write_context(actor) as context:
        change = approvals.reject(context, change_id, body.comment)
        return ChangeView.of(context.session, change, context.change(change_id)[1])


@router.post("/changes/{change_id}/withdraw")
def withdraw(change_id: str, deps: PortalDeps, actor: Writer) -> ChangeView:
    """Withdraw it."""
    with deps.write_context(actor) as context:
        change = change_lifecycle.withdraw(context, change_id)
        return ChangeView.of(context.session, change, context.change(change_id)[1])


@router.get("/jobs", responses=TOTAL)
def list_jobs(
    request: Request, response: Response, deps: PortalDeps, actor: Reader, before: str | None = None
) -> list[JobView]:
    """Jobs of your teams, the newest 200, or those before one. The header Link has the next ones (rel="next")."""
    with deps.read_context(actor) as context:
        return part_of(views.jobs(context, before), request, response)


@router.get("/jobs/{job_id}")
def get_job(job_id: str, deps: PortalDeps, actor: Reader) -> JobView:
    """One job."""
    with deps.read_context(actor) as context:
        job, stack = context.job(job_id)
        return JobView.of(context.session, job, stack)


@router.post("/jobs/{job_id}/cancel", status_code=status.HTTP_202_ACCEPTED)
def cancel(job_id: str, deps: PortalDeps, actor: Writer) -> JobView:
    """Cancel it; steps under way are finished and saved."""
    with deps.write_context(actor) as context:
        job = job_control.cancel(context, job_id)
        return JobView.of(context.session, job, context.job(job_id)[1])


def _accepted(change: ChangeView) -> Accepted:
    return Accepted(job=change.jobs[-1], change=change.id)
