"""up, preview, refresh and destroy: bring the sandbox up, make the workspace, clear what a kill left, run the engine."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.console import ERR, UsageError, report_progress
from rehearsal.commands import controller_builds, policy_pack, protection
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.engine import build
from rehearsal.images import timing
from rehearsal.sandbox import Sandbox, SandboxError
from rehearsal.sandboxes import find, open_or_create
from rehearsal.stacks import account, events, file_backend, project, pulumi_cli, stack_file, stack_lock
from rehearsal.stacks.stack_lock import HeldError
from rehearsal.supervisor import control
from settings.models.base import HUB_TOKEN

_KUBERNETES = "kubernetes:"
_QUOTA = re.compile(r"L-[0-9A-F]{8}")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One operation as requested on the command line."""

    operation: str
    stack: str
    sandbox: str
    stack_file: Path | None = None
    policy_pack: Path | None = None
    policy_pack_config: Path | None = None
    no_policy_pack: bool = False
    json: bool = False
    diff: bool = False
    replace: tuple[str, ...] = ()
    """URNs of resources to replace."""
    quotas: tuple[str, ...] = ()
    """EC2 quotas to set first, CODE=VCPUS each."""
    on_event: Callable[[str], None] | None = None
    """Gets each of the engine's events, one JSON object, instead of its display."""


def run(request: Request) -> ExitCode:
    """Run the operation to its end."""
    try:
        source = stack_file.source_of(
            find(request.sandbox), request.stack, request.stack_file, deployed=request.operation == "destroy"
        )
    except SandboxError as error:
        raise UsageError(str(error)) from None
    policies = _policy_arguments(request, source)
    quotas = _quotas(request)
    # A daemon that starts with a wrong value would only back off.
    timing.variables()
    sandbox = _open(request)
    with stack_lock.operation(sandbox, request.stack, request.operation):
        return _run(sandbox, request, source, policies, quotas)


def _run(
    sandbox: Sandbox, request: Request, source: Path, policies: list[str], quotas: Mapping[str, float]
) -> ExitCode:
    build.binary("controlplane")
    build.binary("pulumi")
    control.begin(sandbox, report_progress)
    prepare_stack(sandbox, request.stack, source)
    if request.operation in ("up", "preview") and stack_file.has_gateway(source):
        if why := stack_file.no_gateway(sandbox):
            report_progress(f"warning: without the gateway of the settings: {why}")
        elif request.operation == "up":
            controller_builds.fetch_envoy(report_progress)
    if stack_file.has_monitoring(source) and (why := stack_file.no_monitoring(sandbox)):
        report_progress(f"warning: without the monitoring of the settings: {why}")
        if stack_file.has_keda(source):
            report_progress("warning: without autoscaling: KEDA reads Prometheus, which this sandbox does not run")
    elif stack_file.has_grafana(source):
        report_progress(
            "warning: without the Grafana of the settings: a rehearsal runs none (AGPL-3.0), and its sign-in needs your issuer"
        )
    if request.operation == "up":
        controller_builds.begin(sandbox, source, report_progress)
    control.wait_until_ready(sandbox)
    if request.operation in ("up", "preview"):
        account.prepare(sandbox, stack_file.copy_of(sandbox, request.stack))
        account.set_quotas(sandbox, stack_file.copy_of(sandbox, request.stack), quotas)
    if request.operation != "preview":
        free_stack(sandbox, request.stack)
    if request.operation == "destroy" and (reasons := protection.what_forbids(sandbox, request.stack)):
        ERR.print("\n".join(reasons), markup=False)
        return ExitCode.FAILED
    if request.operation in ("up", "destroy"):
        clear_pending(sandbox, request.stack)
    kept = protection.what_stays(sandbox, request.stack) if request.operation == "destroy" else []
    if policies and request.operation == "up" and (refusal := _refused_in_preview(sandbox, request, policies)):
        return refusal
    outcome = pulumi_cli.operate(
        sandbox,
        request.operation,
        request.stack,
        [*_engine_arguments(request), *policies],
        on_event=request.on_event or (_print_line if request.json else None),
    )
    code = _exit_code(sandbox, request, outcome)
    if code is ExitCode.DONE:
        for line in kept:
            report_progress(line)
    return code


def prepare_stack(sandbox: Sandbox, stack: str, source: Path) -> None:
    """Generate the workspace and the stack's own copy, and make the stack in the backend if it is new."""
    project.generate(sandbox)
    try:
        needs_token = stack_file.write_copy(sandbox, stack, source)
    except SandboxError as error:
        raise UsageError(str(error)) from None
    if file_backend.read(sandbox, stack) is None:
        pulumi_cli.command(sandbox, "stack", "init", stack)
        needs_token = stack_file.write_copy(sandbox, stack, source) or needs_token
    if needs_token:
        key = f"{project.project_name()}:{HUB_TOKEN}"
        pulumi_cli.command(sandbox, "config", "set", "--secret", "--stack", stack, key, stack_file.DUMMY_TOKEN)


def free_stack(sandbox: Sandbox, stack: str) -> None:
    """Remove the locks and processes of operations that were killed.

    Raises:
        HeldError: a running operation holds the stack.
    """
    for lock in file_backend.locks(sandbox, stack):
        if lock.alive:
            raise HeldError(f"stack {stack} is held by {lock.text}; wait for it to end, or end it, then try again")
        file_backend.remove_lock(lock)
        report_progress(f"removed the lock of an operation that is gone: {lock.text}")
    if orphans := pulumi_cli.end_orphans(stack, sandbox):
        report_progress(f"ended {orphans} processes that an operation on {stack} left behind")


def clear_pending(sandbox: Sandbox, stack: str) -> None:
    """Clear creations that a killed engine left open.

    The emulated AWS finds what such a creation made by its idempotency token, so the next ``up`` adopts it. A
    Kubernetes object that was made fails the next ``up``, as outside a rehearsal, and the line says how to go on.
    """
    held = file_backend.read(sandbox, stack)
    creating = held.creating if held else []
    if not creating:
        return
    names = ", ".join(operation.name for operation in creating)
    report_progress(
        f"an earlier operation on {stack} was interrupted while it created {names}; refreshing, then continuing from there"
    )
    if any(operation.resource_type.startswith(_KUBERNETES) for operation in creating):
        variables = " ".join(f"{name}=true" for name in project.RECOVERY)
        report_progress(
            f"should a Kubernetes object of these be there already: {variables} rehearse up --stack {stack}, once"
        )
    outcome = pulumi_cli.operate(
        sandbox, "refresh", stack, ["--yes", "--skip-preview", "--clear-pending-creates"], quiet=True
    )
    if outcome.code != 0:
        problems = "\n".join(events.errors(outcome.events)) or "the engine gave no reason"
        raise SandboxError(f"refresh after an interrupted operation failed: {problems}")


def _open(request: Request) -> Sandbox:
    if request.operation in ("refresh", "destroy"):
        sandbox = find(request.sandbox)
        if sandbox is None or file_backend.read(sandbox, request.stack) is None:
            raise UsageError(f"sandbox {request.sandbox} has no stack {request.stack!r}; `rehearse up` makes it")
        return sandbox
    return open_or_create(request.sandbox)[0]


def _policy_arguments(request: Request, source: Path) -> list[str]:
    if request.operation not in ("up", "preview"):
        return []
    given = {"--policy-pack": request.policy_pack, "--policy-pack-config": request.policy_pack_config}
    if request.no_policy_pack:
        for option in (option for option, value in given.items() if value is not None):
            raise UsageError(f"{option} and --no-policy-pack exclude each other")
        return []
    return policy_pack.arguments(request.stack, source, request.policy_pack, request.policy_pack_config)


def _refused_in_preview(sandbox: Sandbox, request: Request, policies: list[str]) -> ExitCode | None:
    """Preview first: the preflight runs in previews only, and a rule on the whole stack is judged at the very end."""
    lines: list[str] = []
    outcome = pulumi_cli.operate(sandbox, "preview", request.stack, policies, on_event=lines.append)
    if outcome.interrupted:
        return ExitCode.FAILED
    for line in events.preflight_warnings(outcome.events):
        report_progress(line)
    if reason := events.refused_by_aws(outcome.events):
        ERR.print(reason, markup=False)
        return ExitCode.FAILED
    if not events.refused_by_policy(outcome.events):
        return None  # any other failure is the update's to report
    show = request.on_event or (_print_line if request.json else None)
    if show:
        for line in lines:
            show(line)
    else:
        ERR.print("\n".join(events.violations(outcome.events)), markup=False)
    report_progress("refused by policy in the preview: nothing was changed")
    return ExitCode.REFUSED_BY_POLICY


def _quotas(request: Request) -> dict[str, float]:
    """The quotas to set, by code.

    Raises:
        UsageError: one is written otherwise.
    """
    found = {}
    for given in request.quotas:
        code, _, value = given.partition("=")
        if not _QUOTA.fullmatch(code) or not value.isdigit():
            raise UsageError(f"--quota {given}: write CODE=VCPUS, such as L-DB2E81BA=0")
        found[code] = float(value)
    return found


def _engine_arguments(request: Request) -> list[str]:
    arguments = ["--diff"] if request.diff else []
    arguments += [word for urn in request.replace for word in ("--replace", urn)]
    if request.operation == "preview":
        return arguments
    # What a person needs of the outputs is shown at the end; `rehearse outputs` has all of them.
    return ["--yes", "--skip-preview", "--suppress-outputs", *arguments]


def _exit_code(sandbox: Sandbox, request: Request, outcome: pulumi_cli.Outcome) -> ExitCode:
    if outcome.code == 0:
        return ExitCode.DONE
    if outcome.interrupted:
        report_progress(
            f"interrupted: what was running is finished and saved; `rehearse {request.operation}` goes on from there"
        )
        return ExitCode.FAILED
    if events.refused_by_policy(outcome.events):
        return ExitCode.REFUSED_BY_POLICY
    if request.operation != "preview" and not outcome.events:
        living = [lock for lock in file_backend.locks(sandbox, request.stack) if lock.alive]
        if living:
            raise HeldError(f"stack {request.stack} is held by {living[0].text}")
    if request.json and not outcome.events:
        report_progress(f"the engine ended with {outcome.code} before its first event; see its message above")
    elif not request.json and request.on_event is None:
        _repeat_errors(request, outcome)
    return ExitCode.FAILED


def _repeat_errors(request: Request, outcome: pulumi_cli.Outcome) -> None:
    """Print at the very end why it failed: the display has it somewhere above."""
    if messages := dict.fromkeys(events.errors(outcome.events)):
        text = "\n".join(f"  {line}" for message in messages for line in message.splitlines())
        ERR.print(f"\nrehearse: {request.operation} of stack {request.stack} failed:\n{text}", markup=False)


def _print_line(line: str) -> None:
    json.loads(line)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
