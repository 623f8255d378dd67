"""``rehearse connect``: how another program reaches a world through Pulumi, as plain JSON."""

import json
from pathlib import Path

from rehearsal.commands.console import OUT, ExitCode
from rehearsal.supervisor import control
from rehearsal.workspace import holds, project, stackfile
from rehearsal.workspace.project import engine_environment, tools
from rehearsal.world import World, write_atomically
from rehearsal.worlds import CHECKOUT, existing

# The rest of a person's environment may hold secrets, and a file outlives it.
_KEPT_NAMES = frozenset({"PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "PYTHONUNBUFFERED"})
# What begins with AWS_ is the world's: a person's own never reaches the engine.
_KEPT_PREFIXES = ("AWS_", "LLM_REHEARSAL_", "PULUMI_")


def document(world: World) -> dict[str, object]:
    """Everything a Pulumi client needs: the CLI, its environment, the stand-in plugins, what settings differ."""
    folder = world.root / "plugins"
    environment = {
        name: value
        for name, value in engine_environment(world).items()
        if name in _KEPT_NAMES or name.startswith(_KEPT_PREFIXES)
    }
    return {
        "pulumi_root": str(tools(world).parent),
        "environment": environment,
        "plugins": [{"name": name, "path": str(folder / name)} for name in project.PLUGINS],
        "program_dir": str(CHECKOUT),
        "hub_token": stackfile.DUMMY_TOKEN,
        "in_use": {"lock": str(holds.world_file(world)), "holders": str(world.root)},
        "answers_at": [f"127.0.0.1:{port}" for port in (world.ports.moto, world.ports.apiserver)],
        "endpoint_port": 80 if stackfile.can_bind_http(world) else stackfile.UNPRIVILEGED_PORT,
    }


def connect(name: str, file: Path | None) -> ExitCode:
    """Start the world unless it runs, then print how to reach it, or write it to ``file`` for its owner alone."""
    world = existing(name)
    project.generate(world)
    control.begin(world, lambda _line: None)
    control.wait_until_ready(world)
    holds.world_file(world).touch()
    text = json.dumps(document(world), indent=1)
    if file is None:
        OUT.print(text, markup=False, soft_wrap=True)
    else:
        write_atomically(file.absolute(), text)
    return ExitCode.DONE
