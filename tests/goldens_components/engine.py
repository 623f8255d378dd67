"""Runs one program under Pulumi's engine with the stand-in component plugins and an AWS that echoes."""

import base64
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

from rehearsal.engine.workspace import prepare_bin
from rehearsal.plugins.launcher import write_plugin_dir
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Ports, Sandbox
from workspace.files import write_atomically

ROOT = Path(__file__).parents[2]
ADMIN = {
    "client-certificate-data": base64.b64encode(b"certificate").decode(),
    "client-key-data": base64.b64encode(b"key").decode(),
}


class Engine:
    """A project with one stack, ``dev``, in ``folder``."""

    def __init__(
        self, folder: Path, program: str, *, disable_default_providers: tuple[str, ...] = (), echo: tuple[str, ...] = ()
    ):
        self.folder, self.project = folder, folder / "project"
        (self.project / "home").mkdir(parents=True)
        (self.project / "__main__.py").write_text(program)
        plugins = [{"name": name, "path": str(write_plugin_dir(folder / name, name))} for name in ("awsx", "eks")]
        plugins += [{"name": name, "path": str(self._echo(name, echo))} for name in ("aws", "kubernetes")]
        project = {"name": "golden", "runtime": "python", "plugins": {"providers": plugins}}
        (self.project / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        config: dict[str, list[str]] = {}
        if disable_default_providers:
            config["pulumi:disable-default-providers"] = list(disable_default_providers)
        (self.project / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
        self.sandbox = Sandbox(
            root=folder / "sandbox", name="golden", ports=Ports(**dict.fromkeys(Ports.__annotations__, 1))
        )
        self.sandbox.save()
        admin = {"users": [{"name": "admin", "user": ADMIN}]}
        write_atomically(self.sandbox.admin_kubeconfig, yaml.safe_dump(admin))
        self.bin = prepare_bin(folder) / "bin"
        self.run("stack", "init", "dev")

    def run(self, *arguments: str) -> str:
        """Standard output of an engine command that must succeed."""
        result = self.attempt(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """An engine command and how it ended."""
        return subprocess.run(
            [self.bin / "pulumi", *arguments, "--non-interactive"],
            cwd=self.project,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def up(self) -> str:
        return self.run("up", "--yes", "--skip-preview", "--stack", "dev")

    def export(self):
        """The stack's state, secrets in plain."""
        return json.loads(self.run("stack", "export", "--show-secrets", "--stack", "dev"))

    def _environment(self):
        return os.environ | {
            "PATH": f"{self.bin}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            ENVIRONMENT_VARIABLE: str(self.sandbox.root),
            "PULUMI_BACKEND_URL": f"file://{self.project}/home",
            "PULUMI_HOME": str(self.project / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "golden",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def _echo(self, package: str, more: tuple[str, ...]) -> Path:
        command = shlex.join([sys.executable, "-P", "-m", "tests.goldens_components.echo", package, *more])
        script = f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {command} "$@"\n'
        write_atomically(self.folder / package / f"pulumi-resource-{package}", script, mode=0o755)
        return self.folder / package
