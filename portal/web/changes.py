"""A change: what it would do, who must agree, how it runs. And the jobs."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from portal.db.change_transitions import events_of
from portal.db.states import ACTIVE_JOBS, OPEN_CHANGES, ChangeKind, ChangeStatus, JobKind
from portal.db.work import Service
from portal.http import slow_requests
from portal.http.current_user import CurrentUserDep, PortalDeps, Writer
from portal.identity.roles import Role
from portal.operations import approvals, change_lifecycle, job_control, views
from portal.operations.context import Context
from portal.operations.views import ChangeView, JobView
from portal.web import change_stages, form_fields, logs, plan_tree
from portal.web.change_stages import Difference
from portal.web.form_fields import Form
from portal.web.redirects import see_other
from portal.web.rendering import page

router = APIRouter()


@router.get("/changes/{change_id}")
def show(change_id: str, request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """Show what a change would do, or did."""
    with deps.read_context(user.actor) as context:
        change, stack = context.change(change_id)
        view = ChangeView.of(context.session, change, stack)
        jobs = [JobView.of(context.session, context.job(job)[0], stack) for job in view.jobs]
        own = change.requested_by == user.actor.id
        service = context.session.get(Service, change.service_id) if change.service_id else None
        differences = _differences(context, view, service)
        running = next((job for job in reversed(jobs) if job.status in ACTIVE_JOBS), None)
        lines = logs.lines(context.session, running.id) if running else []
    may = {role.value: user.actor.may(view.team, role) for role in Role}
    return page(
        request,
        "change.html",
        user,
        change=view,
        jobs=jobs,
        running=running,
        lines=lines,
        steps=len(view.steps) if running and running.kind == JobKind.APPLY else 0,
        own=own,
        may=may,
        events=events_of(view.status),
        path_of=change_stages.path_of(view),
        nodes=plan_tree.build(view.steps),
        counts=plan_tree.counts(view.steps),
        differences=differences,
        service_gone=service is not None and service.status == "gone",
        limits_page=f"/gateway/{view.platform}/{view.team}/limits",
    )


@router.post("/changes/{change_id}/apply")
async def apply(change_id: str, deps: PortalDeps, actor: Writer) -> Response:
    """Apply what was previewed."""
    await slow_requests.apply(deps, actor, change_id)
    return see_other(f"/changes/{change_id}")


@router.post("/changes/{change_id}/preview")
async def preview_again(change_id: str, deps: PortalDeps, actor: Writer) -> Response:
    """Preview it again."""
    await slow_requests.preview_again(deps, actor, change_id)
    return see_other(f"/changes/{change_id}")


@router.post("/changes/{change_id}/{verb}")
def decide(change_id: str, verb: str, form: Form, deps: PortalDeps, actor: Writer) -> Response:
    """Send, approve, reject, or withdraw."""
    comment = form_fields.text(form, "comment")[:1000]
    with deps.write_context(actor) as context:
        match verb:
            case "send":
                approvals.send_for_approval(context, change_id)
            case "approve":
                approvals.approve(context, change_id, comment, form_fields.text(form, "preview") or None)
            case "reject":
                approvals.reject(context, change_id, comment)
            case "withdraw":
                change_lifecycle.withdraw(context, change_id)
            case _:
                return Response(status_code=404)
    return see_other(f"/changes/{change_id}")


@router.get("/approvals")
def list_waiting(request: Request, deps: PortalDeps, user: CurrentUserDep, before: str = "") -> HTMLResponse:
    """List what waits for an approver, and why."""
    with deps.read_context(user.actor) as context:
        listed = views.changes(context, (ChangeStatus.WAITING,), before=before)
    waiting = listed.rows
    mine = [change for change in waiting if user.actor.may(change.team, Role.APPROVER)]
    counts = {change.id: plan_tree.counts(change.steps) for change in waiting}
    limits = {
        change.id: change_stages.differences(change.before, change.settings or {})
        for change in waiting
        if change.kind == ChangeKind.LIMITS
    }
    return page(
        request, "approvals.html", user, listed=listed, changes=waiting, mine=len(mine), counts=counts, limits=limits
    )


@router.get("/jobs")
def jobs(request: Request, deps: PortalDeps, user: CurrentUserDep, before: str = "") -> HTMLResponse:
    """List the jobs of the user's teams."""
    with deps.read_context(user.actor) as context:
        found = views.jobs(context, before)
    return page(request, "jobs.html", user, listed=found, jobs=found.rows)


@router.get("/jobs/{job_id}")
def job(job_id: str, request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """A job's log, live."""
    with deps.read_context(user.actor) as context:
        found, stack = context.job(job_id)
        view = JobView.of(context.session, found, stack)
        lines = logs.lines(context.session, job_id)
        plan = ChangeView.of(context.session, *context.change(view.change)).steps if view.change else []
    may_cancel = view.status in ACTIVE_JOBS and user.actor.may(view.team, Role.REQUESTER)
    steps = len(plan) if view.kind == JobKind.APPLY else 0
    return page(request, "job.html", user, job=view, may_cancel=may_cancel, lines=lines, steps=steps)


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, deps: PortalDeps, actor: Writer) -> Response:
    """Cancel a job."""
    with deps.write_context(actor) as context:
        job_control.cancel(context, job_id)
    return see_other(f"/jobs/{job_id}")


def _differences(context: Context, change: ChangeView, service: Service | None) -> list[Difference]:
    """Return how the requested settings differ from the present ones; nothing where these have changed since."""
    if change.settings is None:
        return []
    if service is None:
        return change_stages.differences(change.before, change.settings)
    if change.kind == ChangeKind.CREATE:
        return change_stages.differences(None, change.settings)
    if change.status not in OPEN_CHANGES:
        ran = views.changes(context, (ChangeStatus.APPLIED, ChangeStatus.FAILED), service=service.id, most=1).rows
        if change.status == ChangeStatus.APPLIED or any(one.created_at > change.created_at for one in ran):
            return []
    return change_stages.differences(service.spec, change.settings)
