"""policy-check: preview a stack under the checkout's own guardrails, and say what they found in a form to hand on."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cli.console import UsageError, report_progress
from rehearsal.commands import inspection, operations, policy_pack
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.commands.operations import Request
from rehearsal.sandbox import SandboxError
from rehearsal.sandboxes import CHECKOUT, find
from rehearsal.stacks import events, stack_file


@dataclass(frozen=True, kw_only=True)
class Check:
    """One policy check as requested on the command line."""

    stack: str
    sandbox: str
    stack_file: Path | None = None
    policy_pack_config: Path | None = None
    real: bool = False
    out: Path | None = None


def run(check: Check) -> ExitCode:
    """Preview, write ``STACK.sarif`` and ``STACK.md``, print the table.

    Returns:
        ``REFUSED_BY_POLICY`` when a mandatory rule is broken, ``FAILED`` when the preview failed for another reason.
    """
    if check.real and check.stack_file:
        raise UsageError("--stack-file is for the rehearsal: the real stack has its own settings")
    folder = (check.out or CHECKOUT / ".policy-check").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        log = Path(temporary) / "events.jsonl"
        log.touch()
        code = _real(check, log) if check.real else _rehearsed(check, log)
        report = [sys.executable, "-m", "guardrails.report", str(log), str(folder / f"{check.stack}.sarif")]
        written = subprocess.run(report, cwd=policy_pack.own(), stdout=subprocess.PIPE, text=True, check=False)
        refused = events.refused_by_policy(events.read(log))
    if written.returncode not in {0, 1}:
        raise SandboxError("the report was not written; its own message stands above")
    (folder / f"{check.stack}.md").write_text(written.stdout)
    sys.stdout.write(written.stdout)
    report_progress(f"written: {folder / check.stack}.sarif and .md")
    if refused:
        return ExitCode.REFUSED_BY_POLICY
    return ExitCode.DONE if code == 0 and written.returncode == 0 else ExitCode.FAILED


def _rehearsed(check: Check, log: Path) -> int:
    """Preview in a sandbox of the rehearsal; one that was not there before is removed again."""
    was_there = find(check.sandbox) is not None
    try:
        with log.open("w") as stream:
            return operations.run(
                Request(
                    operation="preview",
                    stack=check.stack,
                    sandbox=check.sandbox,
                    stack_file=check.stack_file,
                    policy_pack_config=check.policy_pack_config,
                    on_event=lambda line: print(line, file=stream, flush=True),
                )
            )
    finally:
        if not was_there and find(check.sandbox) is not None:
            inspection.down(check.sandbox, every_sandbox=False, keep=False)


def _real(check: Check, log: Path) -> int:
    """Preview the real stack: the Pulumi on PATH, its login and whatever credentials this shell has."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise UsageError("--real needs the Pulumi CLI on PATH; without it the check runs in the rehearsal")
    try:
        source = stack_file.source_of(None, check.stack, None)
    except SandboxError as error:
        raise UsageError(str(error)) from None
    policies = policy_pack.arguments(check.stack, source, None, check.policy_pack_config)
    command = [pulumi, "preview", "--stack", check.stack, "--non-interactive", "--event-log", str(log), *policies]
    # --event-log is accepted only with this one.
    environment = os.environ | {"PULUMI_DEBUG_COMMANDS": "true"}
    return subprocess.run(command, cwd=CHECKOUT, env=environment, stdout=sys.stderr, check=False).returncode
