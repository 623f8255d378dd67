"""``rehearse``: the platform's own program, under Pulumi's engine, in a sandbox on this machine."""

# ruff: noqa: FBT002 - a flag of the command line is a parameter with a default: that is how typer reads it
import os
import time
from pathlib import Path
from typing import Annotated

import typer

from cli.console import KEY_VARIABLE, run, version_option
from rehearsal.chaos.cli import app as chaos
from rehearsal.commands import chat_check, closing, connection, inspection, operations, policy_check
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.commands.operations import Request
from rehearsal.durations import seconds_of
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.images.timing import TimingError
from rehearsal.kubernetes.waiting import wait_limits
from rehearsal.monitoring.cli import alerts, metrics
from rehearsal.sandbox import SandboxError
from rehearsal.sandboxes import DEFAULT_SANDBOX, NoSandboxError, existing
from rehearsal.stacks.stack_lock import HeldError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
app.add_typer(chaos, name="chaos")
app.command()(metrics)
app.command()(alerts)

Stack = Annotated[str, typer.Option("--stack", "-s", help="dev, prod or a team stack.")]
SandboxName = Annotated[
    str, typer.Option("--sandbox", "--world", help="Which sandbox; each has one platform stack. (--world: deprecated.)")
]
StackFile = Annotated[Path | None, typer.Option("--stack-file", help="Settings to use instead of Pulumi.STACK.yaml.")]
PolicyPack = Annotated[Path | None, typer.Option("--policy-pack", help="Folder of a policy pack.")]
PolicyPackConfig = Annotated[
    Path | None,
    typer.Option("--policy-pack-config", help="Levels and settings instead of the pack's config/STACK.json."),
]
NoPolicyPack = Annotated[bool, typer.Option("--no-policy-pack", help="Run without the checkout's own policies/.")]
AsJson = Annotated[bool, typer.Option("--json", help="Pulumi's engine events on stdout, one a line, and nothing else.")]
RealWaits = Annotated[
    bool,
    typer.Option(
        "--real-waits", help="Wait for Kubernetes as long as Pulumi does on AWS, also for what cannot succeed."
    ),
]
Replace = Annotated[list[str] | None, typer.Option("--replace", help="URN of a resource to replace; repeatable.")]
Quotas = Annotated[
    list[str] | None,
    typer.Option("--quota", help="An EC2 quota in vCPUs, CODE=VCPUS, such as L-DB2E81BA=0; it stays set. Repeatable."),
]
Diff = Annotated[bool, typer.Option("--diff", help="Pulumi's detailed difference.")]


@app.callback()
def options(
    _version_: Annotated[bool, version_option("rehearse")] = False,
) -> None:
    """The platform's own program, under Pulumi's engine, in a sandbox on this machine."""


@app.command()
def up(
    stack: Stack,
    sandbox: SandboxName = DEFAULT_SANDBOX,
    stack_file: StackFile = None,
    policy_pack: PolicyPack = None,
    policy_pack_config: PolicyPackConfig = None,
    no_policy_pack: NoPolicyPack = False,
    as_json: AsJson = False,
    diff: Diff = False,
    real_waits: RealWaits = False,
    replace: Replace = None,
    quota: Quotas = None,
    chat: Annotated[bool, typer.Option("--chat", help="Then request a chat completion of every service.")] = False,
) -> None:
    """Deploy a stack into the sandbox, which is started first."""
    if real_waits:
        os.environ[wait_limits.VARIABLE] = wait_limits.REAL
    request = Request(
        operation="up",
        stack=stack,
        sandbox=sandbox,
        stack_file=stack_file,
        policy_pack=policy_pack,
        policy_pack_config=policy_pack_config,
        no_policy_pack=no_policy_pack,
        json=as_json,
        diff=diff,
        replace=tuple(replace or ()),
        quotas=tuple(quota or ()),
    )
    begun = time.monotonic()
    code = operations.run(request)
    if code is ExitCode.DONE and chat:
        code = chat_check.show(existing(sandbox), stack)
    if code is ExitCode.DONE and not as_json:
        closing.show(existing(sandbox), stack, seconds=time.monotonic() - begun, services=not chat)
    raise typer.Exit(code)


@app.command()
def preview(
    stack: Stack,
    sandbox: SandboxName = DEFAULT_SANDBOX,
    stack_file: StackFile = None,
    policy_pack: PolicyPack = None,
    policy_pack_config: PolicyPackConfig = None,
    no_policy_pack: NoPolicyPack = False,
    as_json: AsJson = False,
    diff: Diff = False,
    replace: Replace = None,
    quota: Quotas = None,
) -> None:
    """Show what an up would do."""
    request = Request(
        operation="preview",
        stack=stack,
        sandbox=sandbox,
        stack_file=stack_file,
        policy_pack=policy_pack,
        policy_pack_config=policy_pack_config,
        no_policy_pack=no_policy_pack,
        json=as_json,
        diff=diff,
        replace=tuple(replace or ()),
        quotas=tuple(quota or ()),
    )
    raise typer.Exit(operations.run(request))


@app.command("policy-check")
def check_policies(
    stack: Stack,
    sandbox: SandboxName = DEFAULT_SANDBOX,
    stack_file: StackFile = None,
    policy_pack_config: PolicyPackConfig = None,
    real: Annotated[bool, typer.Option("--real", help="The real stack, by the Pulumi on PATH and your login.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the reports instead of .policy-check/.")] = None,
) -> None:
    """Preview under the guardrails; the findings as a table, and as SARIF and Markdown in .policy-check/."""
    check = policy_check.Check(
        stack=stack, sandbox=sandbox, stack_file=stack_file, policy_pack_config=policy_pack_config, real=real, out=out
    )
    raise typer.Exit(policy_check.run(check))


@app.command()
def refresh(stack: Stack, sandbox: SandboxName = DEFAULT_SANDBOX, as_json: AsJson = False, diff: Diff = False) -> None:
    """Read every resource of a stack back into its state."""
    request = Request(operation="refresh", stack=stack, sandbox=sandbox, json=as_json, diff=diff)
    raise typer.Exit(operations.run(request))


@app.command()
def destroy(stack: Stack, sandbox: SandboxName = DEFAULT_SANDBOX, as_json: AsJson = False, diff: Diff = False) -> None:
    """Delete every resource of a stack; refused while something in it is protected."""
    request = Request(operation="destroy", stack=stack, sandbox=sandbox, json=as_json, diff=diff)
    raise typer.Exit(operations.run(request))


@app.command()
def outputs(
    stack: Stack,
    name: Annotated[str | None, typer.Argument(help="One output, as plain text; without it, all as JSON.")] = None,
    sandbox: SandboxName = DEFAULT_SANDBOX,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Secrets in plain instead of [secret].")] = False,
) -> None:
    """Print what a stack exports: addresses, API keys, kubeconfig."""
    raise typer.Exit(inspection.outputs(sandbox, stack, name, show_secrets=show_secrets))


@app.command()
def connect(
    sandbox: SandboxName = DEFAULT_SANDBOX,
    file: Annotated[Path | None, typer.Option("--file", help="Write it there instead of printing it.")] = None,
) -> None:
    """Print how another program reaches the sandbox through Pulumi, as JSON."""
    raise typer.Exit(connection.connect(sandbox, file))


@app.command()
def status(sandbox: SandboxName = DEFAULT_SANDBOX) -> None:
    """Show what runs where, and what is real, emulated and recorded."""
    raise typer.Exit(inspection.status(sandbox))


@app.command()
def actions(sandbox: SandboxName = DEFAULT_SANDBOX) -> None:
    """Print the IAM actions that the program and its plugins called so far, one a line."""
    raise typer.Exit(inspection.actions(sandbox))


@app.command()
def logs(
    name: Annotated[str | None, typer.Argument(help="A daemon or a pod; without it, what there is.")] = None,
    sandbox: SandboxName = DEFAULT_SANDBOX,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 50,
) -> None:
    """Print the end of a daemon's or a pod's log."""
    raise typer.Exit(inspection.logs(sandbox, name, lines))


@app.command()
def load(
    service: Annotated[str, typer.Option("--service", help="A service of the stack, or a model's name with --url.")],
    duration: Annotated[str, typer.Option("--for", help="How long requests start, such as 30s or 2m.")] = "30s",
    rps: Annotated[
        float | None, typer.Option("--rps", help="Requests a second, whether or not earlier ones have ended.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", help="Requests under way at once, instead of a rate.")
    ] = None,
    requests: Annotated[int | None, typer.Option("--requests", min=1, help="At most so many requests.")] = None,
    shape: Annotated[
        str,
        typer.Option(
            "--shape",
            help="Rate over time: steady, spike (5 times in the middle fifth), ramp, day (noon in the middle).",
        ),
    ] = "steady",
    stream_share: Annotated[float, typer.Option("--stream-share", help="Share of streamed requests.")] = 0.5,
    abort_share: Annotated[float, typer.Option("--abort-share", help="Share that the client leaves early.")] = 0.0,
    max_tokens: Annotated[int, typer.Option("--max-tokens", min=1, help="Longest answer, in tokens.")] = 32,
    key: Annotated[str, typer.Option("--key", help=f"API key; else {KEY_VARIABLE}.")] = "",
    url: Annotated[str, typer.Option("--url", help="Address instead of the stack's gateway or endpoint.")] = "",
    stack: Stack = "dev",
    sandbox: SandboxName = DEFAULT_SANDBOX,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Folder for a page with a chart of queue, replicas, nodes, TTFT and dollars."),
    ] = None,
    whole_answers: Annotated[
        bool, typer.Option("--ignore-eos", help="Answers as long as --max-tokens, whatever the model would say.")
    ] = False,
) -> None:
    """Send chat requests, whole and streamed, and report what became of them; exit 1 if any was lost."""
    from rehearsal.commands import load as load_command  # noqa: PLC0415 - no other command needs its HTTP client

    where = load_command.Where(service=service, stack=stack, sandbox=sandbox, url=url, key=key)
    settings = {
        "rps": rps,
        "concurrency": concurrency,
        "seconds": seconds_of("--for", duration),
        "requests": requests,
        "shape": shape,
        "stream_share": stream_share,
        "abort_share": abort_share,
        "max_tokens": max_tokens,
        "body": {"ignore_eos": True} if whole_answers else {},
    }
    raise typer.Exit(load_command.show(where, settings, as_json=as_json, report_to=report))


@app.command()
def down(
    sandbox: SandboxName = DEFAULT_SANDBOX,
    every: Annotated[bool, typer.Option("--all", help="Every sandbox of this checkout.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Stop the processes, keep the content for the next up.")] = False,
) -> None:
    """Stop a sandbox and remove all of it."""
    raise typer.Exit(inspection.down(sandbox, every_sandbox=every, keep=keep))


_FAILURES: dict[type[BaseException], int] = {
    NoSandboxError: ExitCode.USAGE_ERROR,
    TimingError: ExitCode.USAGE_ERROR,
    HeldError: ExitCode.STACK_HELD,
    SandboxError: ExitCode.FAILED,
    ToolchainError: ExitCode.FAILED,
    KeyboardInterrupt: ExitCode.FAILED,
}


def main() -> None:
    """Run the command line and exit; see ``cli.console.run``."""
    run(app, "rehearse", _FAILURES)


if __name__ == "__main__":
    main()
