"""A change: what it would do, who must agree, how it runs. And the jobs."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from portal.db.states import ACTIVE_JOBS, ChangeStatus
from portal.identity.current import PartsDep, SignedDep, Writer
from portal.identity.roles import Role
from portal.operations import deciding, views
from portal.operations.views import ChangeView, JobView
from portal.web import fields, tree
from portal.web.fields import Form
from portal.web.rendering import page

router = APIRouter()
_SEE_OTHER = 303


@router.get("/changes/{change_id}")
def show(change_id: str, request: Request, parts: PartsDep, signed: SignedDep) -> HTMLResponse:
    """What a change would do, or did."""
    with parts.looking(signed.actor) as context:
        change, stack = context.change(change_id)
        view = ChangeView.of(context.session, change, stack)
        jobs = [JobView.of(context.session, context.job(job)[0], stack) for job in view.jobs]
        own = change.requested_by == signed.actor.id
    may = {role.value: signed.actor.may(view.team, role) for role in Role}
    running = next((job for job in reversed(jobs) if job.status in ACTIVE_JOBS), None)
    return page(
        request,
        "change.html",
        signed,
        change=view,
        jobs=jobs,
        running=running,
        own=own,
        may=may,
        nodes=tree.build(view.steps),
    )


@router.post("/changes/{change_id}/apply")
def apply(change_id: str, parts: PartsDep, actor: Writer) -> Response:
    """Apply what was previewed."""
    with parts.looking(actor) as context:
        found = deciding.current(context, change_id)
    with parts.acting(actor) as context:
        job = deciding.apply(context, change_id, found).id
    return RedirectResponse(f"/jobs/{job}", _SEE_OTHER)


@router.post("/changes/{change_id}/{verb}")
def decide(change_id: str, verb: str, form: Form, parts: PartsDep, actor: Writer) -> Response:
    """Send, approve, reject, withdraw, or preview again."""
    comment = fields.text(form, "comment")[:1000]
    with parts.acting(actor) as context:
        match verb:
            case "send":
                deciding.send_for_approval(context, change_id)
            case "approve":
                deciding.approve(context, change_id, comment)
            case "reject":
                deciding.reject(context, change_id, comment)
            case "withdraw":
                deciding.withdraw(context, change_id)
            case "preview":
                deciding.preview_again(context, change_id)
            case _:
                return Response(status_code=404)
    return RedirectResponse(f"/changes/{change_id}", _SEE_OTHER)


@router.get("/approvals")
def approvals(request: Request, parts: PartsDep, signed: SignedDep) -> HTMLResponse:
    """What waits for an approver, and why."""
    with parts.looking(signed.actor) as context:
        waiting = views.changes(context, (ChangeStatus.WAITING,))
    return page(request, "approvals.html", signed, changes=waiting)


@router.get("/jobs")
def jobs(request: Request, parts: PartsDep, signed: SignedDep) -> HTMLResponse:
    """Every job of somebody's teams."""
    with parts.looking(signed.actor) as context:
        found = views.jobs(context)
    return page(request, "jobs.html", signed, jobs=found)


@router.get("/jobs/{job_id}")
def job(job_id: str, request: Request, parts: PartsDep, signed: SignedDep) -> HTMLResponse:
    """A job's log, live."""
    with parts.looking(signed.actor) as context:
        found, stack = context.job(job_id)
        view = JobView.of(context.session, found, stack)
    may_cancel = view.status in ACTIVE_JOBS and signed.actor.may(view.team, Role.REQUESTER)
    return page(request, "job.html", signed, job=view, may_cancel=may_cancel)


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, parts: PartsDep, actor: Writer) -> Response:
    """Ask it to stop."""
    with parts.acting(actor) as context:
        deciding.cancel(context, job_id)
    return RedirectResponse(f"/jobs/{job_id}", _SEE_OTHER)
