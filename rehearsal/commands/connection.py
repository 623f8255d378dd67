"""``rehearse connect``: how another program reaches a sandbox through Pulumi, as plain JSON."""

import json
from pathlib import Path

from cli.console import OUT
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import CHECKOUT, existing
from rehearsal.stacks import project, stack_file
from rehearsal.stacks.project import engine_environment, tools
from rehearsal.supervisor import control
from workspace import locks
from workspace.files import write_atomically

# The rest of a person's environment may hold secrets, and a file outlives it.
_KEPT_NAMES = frozenset({"PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "PYTHONUNBUFFERED"})
# What begins with AWS_ is the sandbox's: a person's own never reaches the engine.
_KEPT_PREFIXES = ("AWS_", "LLM_REHEARSAL_", "PULUMI_")


def document(sandbox: Sandbox) -> dict[str, object]:
    """Everything a Pulumi client needs: the CLI, its environment, the plugins, what settings differ."""
    environment = {
        name: value
        for name, value in engine_environment(sandbox).items()
        if name in _KEPT_NAMES or name.startswith(_KEPT_PREFIXES)
    }
    return {
        "pulumi_root": str(tools(sandbox).parent),
        "environment": environment,
        "plugins": project.plugins(sandbox),
        "program_dir": str(CHECKOUT),
        "hub_token": stack_file.DUMMY_TOKEN,
        "in_use": {"lock": str(locks.gate(sandbox.root)), "holders": str(sandbox.root)},
        "answers_at": [f"127.0.0.1:{port}" for port in (sandbox.ports.moto, sandbox.ports.apiserver)],
        "endpoint_port": 80 if stack_file.can_bind_http(sandbox) else stack_file.UNPRIVILEGED_PORT,
    }


def connect(name: str, file: Path | None) -> ExitCode:
    """Start the sandbox unless it runs, then print how to reach it, or write it to ``file`` for its owner alone."""
    sandbox = existing(name)
    project.generate(sandbox)
    control.begin(sandbox, lambda _line: None)
    control.wait_until_ready(sandbox)
    locks.gate(sandbox.root).touch()
    text = json.dumps(document(sandbox), indent=1)
    if file is None:
        OUT.print(text, markup=False, soft_wrap=True)
    else:
        write_atomically(file.absolute(), text)
    return ExitCode.DONE
