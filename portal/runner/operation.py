"""One run of a stack, carried out in this process by Pulumi's Automation API."""

from collections.abc import Callable
from typing import Any

from pulumi import automation as auto

from portal.runner import adoption, fingerprint, reading, recovery
from portal.runner import leftovers as left
from portal.runner.connection import Connection
from portal.runner.protocol import Fingerprint, Leftovers, Outcome, Result, Run, RunKind, RunnerError
from portal.runner.pulumi_errors import reason_of
from portal.runner.pulumi_locks import owners
from portal.runner.redaction import Redactor
from portal.runner.run_processes import end_run
from portal.runner.translate import Translator
from portal.runner.workspace import LockedError, Workspace
from settings.models.base import HUB_TOKEN

_SAVE_SECONDS = 30.0
_URL = "_url"


class _StoppedError(Exception):
    """The run was cancelled before it did anything."""


def perform(
    run: Run, connection: Connection, translator: Translator, redactor: Redactor, stop: Callable[[], bool]
) -> Outcome:
    """Carry out one run, in this process; ``stop`` returns whether it was cancelled."""
    workspace = Workspace(connection=connection, stack=run.stack)
    operation = Operation(run, workspace, translator, redactor, stop)
    try:
        with workspace.held():
            outcome = operation.carry_out()
    except _StoppedError:
        return Outcome(result=Result.CANCELLED, error="cancelled before it did anything", nothing_done=True)
    except LockedError as error:
        return Outcome(result=Result.FAILED, error=str(error), nothing_done=True)
    except auto.ConcurrentUpdateError as error:
        # Pulumi takes its lock before it does anything.
        return Outcome(result=Result.FAILED, error=redactor.text(_held(str(error), run.stack)), nothing_done=True)
    except (auto.CommandError, RunnerError) as error:
        outcome = operation.failure(error)
    if stop() and outcome.result is Result.FAILED and run.kind is not RunKind.RECOVER:
        reason = "stopped before it did anything" if outcome.nothing_done else "stopped; steps under way were saved"
        return outcome.model_copy(update={"result": Result.CANCELLED, "error": reason})
    return outcome


class Operation:
    """The operation of one run on its stack."""

    def __init__(
        self, run: Run, workspace: Workspace, translator: Translator, redactor: Redactor, stop: Callable[[], bool]
    ) -> None:
        self._run = run
        self._workspace = workspace
        self._translator = translator
        self._redactor = redactor
        self._stop = stop
        self._changing = False
        """Whether the engine was told to change something."""
        self._done = False
        """Whether it said that it had."""

    def carry_out(self) -> Outcome:
        """Carry the run out, and return how it ended."""
        run = self._run
        self._unless_stopped()
        if run.follows:
            for line in end_run(run.follows, _SAVE_SECONDS):
                self._translator.note(line)
        stack = self._open()
        match run.kind:
            case RunKind.PREVIEW | RunKind.PREVIEW_DESTROY:
                return self._preview(stack)
            case RunKind.UP | RunKind.DESTROY:
                return self._apply(stack)
            case RunKind.DRIFT:
                self._unless_stopped()
                stack.preview_refresh(on_event=self._translator, color="never")
                return self._outcome(Result.SUCCEEDED)
            case RunKind.RECOVER:
                self._changing = True
                found = recovery.recover(run, self._workspace, stack, self._translator, self._redactor)
                return self._outcome(*found)

    def failure(self, error: Exception) -> Outcome:
        """Return the outcome when the CLI ended with an error."""
        complaint = self._redactor.text(reason_of(str(error)))
        if self._done:
            # No version of the state, so that the stack is read back: what was asked for is most likely there.
            return Outcome(result=Result.FAILED, error=f"done, but the stack could not be read afterwards: {complaint}")
        if self._translator.refused:
            rules = dict.fromkeys(find["policy"] for find in self._translator.findings if find["level"] == "mandatory")
            return self._read_outcome(Result.REFUSED, f"the guardrails forbid it: {', '.join(rules)}")
        return self._read_outcome(Result.FAILED, "\n".join((self._translator.errors or [complaint])[:5]))

    def _read_outcome(self, result: Result, error: str) -> Outcome:
        """Return the outcome of an error, even where the stack cannot be read any more."""
        try:
            return self._outcome(result, error)
        except (RunnerError, ValueError, KeyError):
            return Outcome(result=result, error=error, nothing_done=not self._changing)

    def _unless_stopped(self) -> None:
        """A run counts as begun before Pulumi's SDK is even imported: what was asked meanwhile is heard here."""
        if self._stop() and self._run.kind is not RunKind.RECOVER:
            raise _StoppedError

    def _open(self) -> auto.Stack:
        """The stack, made if it is new, with its settings as the run has them."""
        run, workspace, connection = self._run, self._workspace, self._workspace.connection
        workspace.write_project()
        workspace.write_stack(run.config, with_token=run.needs_hub_token)
        root = str(connection.pulumi_root) if connection.pulumi_root else None
        options = auto.LocalWorkspaceOptions(
            pulumi_command=auto.PulumiCommand(root),
            secrets_provider=connection.secrets_provider,
            env_vars=adoption.environment(workspace) if run.kind is RunKind.UP else {},
        )
        stack = auto.create_or_select_stack(run.stack, work_dir=str(workspace.folder), opts=options)
        if not workspace.kept():
            workspace.keep_encryption(reading.deployment(workspace))
        if run.needs_hub_token and connection.hub_token and not workspace.token_is_kept():
            workspace.write_stack(run.config, with_token=False)
            stack.set_config(f"{workspace.project}:{HUB_TOKEN}", auto.ConfigValue(connection.hub_token, secret=True))
            workspace.keep_token()
        workspace.write_stack(run.config, with_token=run.needs_hub_token)
        self._hide(workspace)
        return stack

    def _hide(self, workspace: Workspace) -> None:
        shown = reading.exports(workspace, secrets=False)
        plain = reading.exports(workspace, secrets=True) if "[secret]" in shown.values() else {}
        self._redactor.hide(str(plain[name]) for name, value in shown.items() if value == "[secret]")

    def _preview(self, stack: auto.Stack) -> Outcome:
        before = self._fingerprint()
        self._unless_stopped()
        if self._run.kind is RunKind.PREVIEW_DESTROY:
            stack.preview_destroy(on_event=self._translator, color="never")
        else:
            stack.preview(on_event=self._translator, color="never", **self._guardrails())
        if self._translator.refused:
            return self.failure(RunnerError("refused"))
        if different := before.differences(self._fingerprint()):
            return self._outcome(Result.STALE, f"{', '.join(different)} changed during the preview: preview again")
        return self._outcome(Result.SUCCEEDED, fingerprint_taken=before)

    def _apply(self, stack: auto.Stack) -> Outcome:
        run = self._run
        now = self._fingerprint()
        different = run.expected.differences(now) if run.expected else ("what was previewed",)
        if different:
            return self._outcome(Result.STALE, f"{', '.join(different)} changed since the preview: preview again")
        last = _last_update(stack)
        self._unless_stopped()
        self._changing = True
        if run.kind is RunKind.DESTROY:
            stack.destroy(on_event=self._translator, color="never", message=run.message, show_secrets=False)
        else:
            stack.up(
                on_event=self._translator, color="never", message=run.message, show_secrets=False, **self._guardrails()
            )
        self._done = True
        adoption.done(self._workspace)
        self._report_external_change(stack, last)
        return self._outcome(Result.SUCCEEDED)

    def _report_external_change(self, stack: auto.Stack, last: str | None) -> None:
        """Add a note when the stack was changed between the comparison and Pulumi's own lock."""
        recent = stack.history(page_size=2, show_secrets=False)
        if len(recent) > 1 and str(recent[1].start_time) != last:
            message = f"{recent[1].start_time}: {recent[1].message or 'no message'}"
            self._translator.note(f"the stack was changed outside the portal just before this operation ({message})")

    def _guardrails(self) -> dict[str, Any]:
        connection = self._workspace.connection
        pack = fingerprint.policy_pack(connection)
        config = fingerprint.config_of(connection, self._run.stack, self._run.platform)
        if pack is None:
            return {}
        return {"policy_packs": [str(pack)]} | ({"policy_pack_configs": [str(config)]} if config else {})

    def _fingerprint(self) -> Fingerprint:
        return reading.fingerprint_of(self._run, self._workspace)

    def _outcome(
        self, result: Result, error: str | None = None, fingerprint_taken: Fingerprint | None = None
    ) -> Outcome:
        state = reading.deployment(self._workspace)
        leftovers = None
        if self._run.removes and result is Result.SUCCEEDED:
            self._translator.note("looking for what is left in AWS")
            leftovers = self._redacted(left.look(self._run, self._workspace, state))
        exported = reading.exports(self._workspace, secrets=False)
        return Outcome(
            result=result,
            error=error,
            summary=self._translator.summary,
            plan=self._translator.plan,
            findings=self._translator.findings,
            fingerprint=fingerprint_taken,
            state_version=fingerprint.state_version(state),
            urls={name.removesuffix(_URL): str(url) for name, url in exported.items() if name.endswith(_URL)},
            resources=reading.resources(state),
            nothing_done=not self._changing,
            leftovers=leftovers,
        )

    def _redacted(self, found: Leftovers) -> Leftovers:
        hidden = self._redactor.text
        problem = hidden(found.problem) if found.problem else None
        return found.model_copy(update={"problem": problem, "unchecked": [hidden(one) for one in found.unchecked]})


def _last_update(stack: auto.Stack) -> str | None:
    recent = stack.history(page_size=1, show_secrets=False)
    return str(recent[0].start_time) if recent else None


def _held(complaint: str, stack: str) -> str:
    holder = ", ".join(owners(complaint)) or f"another user ({reason_of(complaint)})"
    return f"the stack is held by {holder}: wait for it, or, when that process is gone, run `pulumi cancel --stack {stack}`"
