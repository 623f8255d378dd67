"""A project of one program under Pulumi's own engine, with one of the rehearsal's providers and a backend of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from rehearsal.engine.workspace import prepare_bin
from rehearsal.plugins.launcher import write_plugin_dir
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox


class Project:
    """The project, with a stack dev."""

    def __init__(self, root: Path, sandbox: Sandbox, *, package: str, program: str) -> None:
        self.root = root
        (root / "program").mkdir()
        (root / "state").mkdir()
        write_plugin_dir(root / "plugins" / package, package)
        prepare_bin(root)
        settings = {
            "name": "toy",
            "runtime": {"name": "python", "options": {"virtualenv": str(sys.prefix)}},
            "plugins": {"providers": [{"name": package, "path": str(root / "plugins" / package)}]},
        }
        (root / "program" / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
        (root / "program" / "__main__.py").write_text(program)
        self.environment = os.environ | {
            "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{root / 'state'}",
            "PULUMI_HOME": str(root / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "made-up",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            ENVIRONMENT_VARIABLE: str(sandbox.root),
        }
        self.pulumi("stack", "init", "dev")

    def pulumi(self, *arguments: str) -> str:
        """What a command that succeeds says."""
        done = subprocess.run(
            [self.root / "bin" / "pulumi", "--non-interactive", "--color=never", *arguments],
            cwd=self.root / "program",
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def outputs(self) -> Any:
        return json.loads(self.pulumi("stack", "output", "--json"))
