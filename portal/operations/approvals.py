"""Approval of a previewed change by a second person."""

from portal.clock import now
from portal.db.change_transitions import ChangeEvent, require, transition
from portal.db.work import Change, Stack
from portal.errors import ForbiddenError, StaleError
from portal.identity.roles import Role
from portal.operations import change_requests, views
from portal.operations.context import Context
from portal.operations.forecast import approval_now


def send_for_approval(context: Context, change_id: str) -> Change:
    """Send a previewed change to the approvers.

    Raises:
        PortalError: there is nothing to approve.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    context.unlocked_team(stack.team_id)
    require(change, ChangeEvent.SEND_FOR_APPROVAL)
    change.needs_approval = approval_now(context.session, change, stack)
    transition(change, ChangeEvent.SEND_FOR_APPROVAL)
    change_requests.log_action(context, change, stack, "change.send")
    return change


def approve(context: Context, change_id: str, comment: str, preview: str | None = None) -> Change:
    """Approve a change that another user requested.

    Args:
        context: Who approves.
        change_id: The change.
        comment: Shown to the requester.
        preview: ``preview`` of the change as the approver saw it; None for whatever it is now.

    Raises:
        ForbiddenError: it is the actor's own.
        StaleError: it was previewed again, with another result, since the approver saw it.
        PortalError: it does not wait for that.
    """
    change, stack = _waiting(context, change_id, ChangeEvent.APPROVE)
    if change.requested_by == context.actor.id:
        raise ForbiddenError("you requested it yourself: another approver of the team must approve it")
    if preview is not None and preview != views.preview_of(change):
        raise StaleError("it was previewed again since you opened it: look at what it would do now, then decide")
    transition(change, ChangeEvent.APPROVE)
    _decide(context, change, comment)
    change_requests.log_action(context, change, stack, "change.approve")
    return change


def reject(context: Context, change_id: str, comment: str) -> Change:
    """Reject a change that waits for approval.

    Raises:
        PortalError: it does not wait for that.
    """
    change, stack = _waiting(context, change_id, ChangeEvent.REJECT)
    transition(change, ChangeEvent.REJECT)
    _decide(context, change, comment)
    change_requests.delete_undeployed(context, change)
    change_requests.log_action(context, change, stack, "change.reject")
    return change


def _waiting(context: Context, change_id: str, event: ChangeEvent) -> tuple[Change, Stack]:
    change, stack = context.change(change_id, Role.APPROVER)
    context.unlocked_team(stack.team_id, Role.APPROVER)
    require(change, event)
    return change, stack


def _decide(context: Context, change: Change, comment: str) -> None:
    change.decided_by = context.actor.id
    change.decided_at = now()
    change.comment = comment or None
