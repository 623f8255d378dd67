"""The life of a change as one table: from which status which event leads to which status."""

from enum import StrEnum

from portal.db.states import ChangeStatus
from portal.db.work import Change
from portal.errors import ConflictError


class ChangeEvent(StrEnum):
    """Event in the life of a change."""

    REQUEST = "request"
    PREVIEW_SUCCEEDED = "preview succeeded"
    PREVIEW_REFUSED = "preview refused"
    """By a mandatory guardrail."""
    PREVIEW_STALE = "preview stale"
    """The stack changed while it was previewed."""
    PREVIEW_FAILED = "preview failed"
    PREVIEW_AGAIN = "preview again"
    SEND_FOR_APPROVAL = "send for approval"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    APPLY = "apply"
    APPLY_SUCCEEDED = "apply succeeded"
    APPLY_STALE = "apply stale"
    """The stack is not as it was previewed; nothing was done."""
    APPLY_FAILED = "apply failed"


_Key = tuple[ChangeStatus | None, ChangeEvent]

TRANSITIONS: dict[_Key, ChangeStatus] = {
    (None, ChangeEvent.REQUEST): ChangeStatus.PREVIEWING,
    (ChangeStatus.PREVIEWING, ChangeEvent.PREVIEW_SUCCEEDED): ChangeStatus.PREVIEWED,
    (ChangeStatus.PREVIEWING, ChangeEvent.PREVIEW_REFUSED): ChangeStatus.REFUSED,
    (ChangeStatus.PREVIEWING, ChangeEvent.PREVIEW_STALE): ChangeStatus.STALE,
    (ChangeStatus.PREVIEWING, ChangeEvent.PREVIEW_FAILED): ChangeStatus.FAILED,
    (ChangeStatus.PREVIEWING, ChangeEvent.WITHDRAW): ChangeStatus.WITHDRAWN,
    (ChangeStatus.PREVIEWED, ChangeEvent.SEND_FOR_APPROVAL): ChangeStatus.WAITING,
    (ChangeStatus.PREVIEWED, ChangeEvent.APPLY): ChangeStatus.APPLYING,
    (ChangeStatus.PREVIEWED, ChangeEvent.PREVIEW_AGAIN): ChangeStatus.PREVIEWING,
    (ChangeStatus.PREVIEWED, ChangeEvent.WITHDRAW): ChangeStatus.WITHDRAWN,
    (ChangeStatus.WAITING, ChangeEvent.APPROVE): ChangeStatus.APPROVED,
    (ChangeStatus.WAITING, ChangeEvent.REJECT): ChangeStatus.REJECTED,
    (ChangeStatus.WAITING, ChangeEvent.PREVIEW_AGAIN): ChangeStatus.PREVIEWING,
    (ChangeStatus.WAITING, ChangeEvent.WITHDRAW): ChangeStatus.WITHDRAWN,
    (ChangeStatus.APPROVED, ChangeEvent.APPLY): ChangeStatus.APPLYING,
    (ChangeStatus.APPROVED, ChangeEvent.PREVIEW_AGAIN): ChangeStatus.PREVIEWING,
    (ChangeStatus.APPROVED, ChangeEvent.WITHDRAW): ChangeStatus.WITHDRAWN,
    (ChangeStatus.APPLYING, ChangeEvent.APPLY_SUCCEEDED): ChangeStatus.APPLIED,
    (ChangeStatus.APPLYING, ChangeEvent.APPLY_STALE): ChangeStatus.STALE,
    (ChangeStatus.APPLYING, ChangeEvent.APPLY_FAILED): ChangeStatus.FAILED,
    (ChangeStatus.REFUSED, ChangeEvent.PREVIEW_AGAIN): ChangeStatus.PREVIEWING,
    (ChangeStatus.REFUSED, ChangeEvent.WITHDRAW): ChangeStatus.WITHDRAWN,
    (ChangeStatus.STALE, ChangeEvent.PREVIEW_AGAIN): ChangeStatus.PREVIEWING,
    (ChangeStatus.STALE, ChangeEvent.WITHDRAW): ChangeStatus.WITHDRAWN,
    (ChangeStatus.FAILED, ChangeEvent.PREVIEW_AGAIN): ChangeStatus.PREVIEWING,
    (ChangeStatus.FAILED, ChangeEvent.WITHDRAW): ChangeStatus.WITHDRAWN,
}
"""Status and event to the next status; None before the change exists. What is not listed is refused."""

FINAL = frozenset({ChangeStatus.APPLIED, ChangeStatus.REJECTED, ChangeStatus.WITHDRAWN})
"""No event leads out of these."""

_REQUIREMENTS = {
    ChangeEvent.PREVIEW_AGAIN: "it cannot be previewed",
    ChangeEvent.SEND_FOR_APPROVAL: "only a previewed one can be approved",
    ChangeEvent.APPROVE: "it does not wait for approval",
    ChangeEvent.REJECT: "it does not wait for approval",
    ChangeEvent.WITHDRAW: "there is nothing to withdraw",
    ChangeEvent.APPLY: "only what was previewed, and approved where needed, is applied",
}


def events_of(status: ChangeStatus) -> frozenset[ChangeEvent]:
    """Return the events that a status allows."""
    return frozenset(event for before, event in TRANSITIONS if before == status)


class IllegalTransitionError(ConflictError):
    """An event that the status of a change does not allow."""


def require(change: Change, event: ChangeEvent) -> ChangeStatus:
    """Return the status that ``event`` leads to, without changing anything.

    Raises:
        IllegalTransitionError: the status of ``change`` does not allow the event.
    """
    before = ChangeStatus(change.status) if change.status else None
    after = TRANSITIONS.get((before, event))
    if after is None:
        reason = _REQUIREMENTS.get(event, f"the event {event!r} does not apply")
        raise IllegalTransitionError(f"the change is {before or 'new'}: {reason}")
    return after


def transition(change: Change, event: ChangeEvent) -> None:
    """Give ``change`` the status that ``event`` leads to; the only place that assigns it.

    Raises:
        IllegalTransitionError: as ``require``; the change keeps its status.
    """
    change.status = require(change, event)
