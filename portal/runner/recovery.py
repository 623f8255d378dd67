"""Recovery of a stack whose operation was cut off: read everything back, then compare it with what was requested."""

from pulumi import automation as auto

from portal.runner import adoption, reading
from portal.runner.protocol import Result, Run
from portal.runner.pulumi_locks import owner_is_gone
from portal.runner.redaction import Redactor
from portal.runner.runs import RunFolder
from portal.runner.translate import Translator
from portal.runner.workspace import Workspace
from workspace.stack_state import StackState


def recover(
    run: Run, workspace: Workspace, stack: auto.Stack, translator: Translator, redactor: Redactor
) -> tuple[Result, str | None]:
    """Read a stack back and return how far the operation that was cut off came.

    Args:
        run: The recovery; ``run.follows`` is the run that was cut off.
        workspace: The stack's workspace.
        stack: The stack.
        translator: Where events and notes go.
        redactor: Removes secrets from texts.

    Returns:
        SUCCEEDED and no error when nothing is left to do, else INTERRUPTED and what is left.

    Raises:
        ConcurrentUpdateError: another live operation holds the stack.
    """
    state = reading.deployment(workspace)
    adoption.mark(workspace, adoption.open_creations(state))
    for operation in StackState.of(state).pending:
        translator.note(f"cut off in the middle of {operation.name}: it may exist without being in the state")
    try:
        _refresh(stack, translator)
    except auto.ConcurrentUpdateError as error:
        _unlock(run, workspace, stack, translator, error)
        _refresh(stack, translator)
    left = len(StackState.of(reading.deployment(workspace)).resources)
    if run.destroys:
        if not left:
            return Result.SUCCEEDED, None
        return Result.INTERRUPTED, f"cut off: {left} resources are left; destroy again to go on"
    compared = Translator(lambda _kind, _data: None, redactor)
    stack.preview(on_event=compared, color="never")
    if not compared.changes:
        return Result.SUCCEEDED, None
    rest = ", ".join(f"{count} to {op}" for op, count in sorted(compared.changes.items()))
    return Result.INTERRUPTED, f"cut off with {rest}; preview again to go on"


def _refresh(stack: auto.Stack, translator: Translator) -> None:
    stack.refresh(on_event=translator, color="never", clear_pending_creates=True, show_secrets=False)


def _unlock(
    run: Run,
    workspace: Workspace,
    stack: auto.Stack,
    translator: Translator,
    complaint: auto.ConcurrentUpdateError,
) -> None:
    """Remove Pulumi's lock if its owner is gone; leave any other."""
    dead = RunFolder(path=workspace.connection.data_dir / "runs" / run.follows) if run.follows else None
    if not owner_is_gone(str(complaint), dead.who() if dead else None):
        raise complaint
    stack.cancel()
    translator.note("removed the lock of the operation that was cut off")
