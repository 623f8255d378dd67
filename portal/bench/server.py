"""A portal as a process of its own, to be started, killed and started again; and the rehearsal below it."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil

from portal.runner.run_processes import RUN_VARIABLE
from workspace.ports import free_port

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_READY_SECONDS = 300.0


class BenchError(Exception):
    """Something the measurement depends on failed."""


def rehearse(*arguments: str) -> None:
    """Run ``rehearse``.

    Raises:
        BenchError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "rehearsal.cli", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchError(f"rehearse {arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}")


def open_sandbox(sandbox: str, connection: Path, *, guardrails: bool = True) -> None:
    """Deploy the portal's platform into a sandbox, as `make portal` does, and write how to reach it.

    Without ``guardrails`` the platform is not judged; what teams deploy on it is, all the same.
    """
    judged = ["--policy-pack-config", "portal/rehearsal.policies.json"] if guardrails else ["--no-policy-pack"]
    rehearse("up", "--sandbox", sandbox, "--stack", "dev", "--stack-file", "portal/rehearsal.dev.yaml", *judged)
    rehearse("connect", "--sandbox", sandbox, "--file", str(connection))


@dataclass(kw_only=True)
class Server:
    """One portal on loopback, with its data folder."""

    data: Path
    connection: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address it listens on."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        """Of every seeded account."""
        return (self.data / "seed-password").read_text()

    def seed(self, *teams: str) -> None:
        """Make accounts."""
        options = [part for team in teams for part in ("--team", team)]
        subprocess.run(
            [sys.executable, "-m", "portal", "seed", *options], env=self._environment(), check=True, capture_output=True
        )

    def start(self) -> float:
        """Start it and wait until it is ready. Returns the seconds that took.

        Raises:
            BenchError: it does not get ready.
        """
        self.port = self.port or free_port()
        began = time.monotonic()
        with (self.data / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal", "serve"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while time.monotonic() - began < _READY_SECONDS:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/readyz", trust_env=False).status_code == httpx.codes.OK:
                    return time.monotonic() - began
            except httpx.TransportError:
                time.sleep(0.05)
        raise BenchError(f"the portal did not get ready: {(self.data / 'serve.log').read_text()[-2000:]}")

    def kill(self, *, runs_too: bool = False) -> int:
        """Kill -9; with ``runs_too`` everything it started as well, as when a machine goes down. Returns how many."""
        doomed = [psutil.Process(self.process.pid)] if self.process else []
        if runs_too:
            doomed += [process for process in psutil.process_iter() if self._is_ours(process)]
        for process in doomed:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        if self.process is not None:
            self.process.wait()
        self.process = None
        return len(doomed)

    def stop(self) -> None:
        """End it, and the runs that it would leave going on."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
            self.process = None
        self.kill(runs_too=True)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            run = process.environ().get(RUN_VARIABLE)
            return run is not None and (self.data / "runs" / run).exists()
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            return False

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        kept.pop("DATABASE_URL", None)
        self.port = self.port or free_port()
        return kept | {
            "PORTAL_SIGN_IN": "local",
            "PORTAL_DATA_DIR": str(self.data),
            "PORTAL_CONNECTION_FILE": str(self.connection),
            "PORTAL_PORT": str(self.port),
            **self.settings,
        }


def state_of(connection: Path, stack: str, data: Path) -> dict[str, Any]:
    """Return services, settings and pending operations of a stack, from Pulumi's state."""
    given = json.loads(connection.read_text())
    exported = subprocess.run(
        [f"{given['pulumi_root']}/bin/pulumi", "--non-interactive", "stack", "export", "--stack", stack],
        cwd=data / "workspaces" / stack,
        env=given["environment"],
        capture_output=True,
        text=True,
        check=True,
    )
    deployment: dict[str, Any] = json.loads(exported.stdout)["deployment"]
    return deployment


def locks_of(connection: Path, stack: str) -> int:
    """Return the number of Pulumi's locks on a stack, in the rehearsal's file backend."""
    url = urlsplit(json.loads(connection.read_text())["environment"]["PULUMI_BACKEND_URL"])
    return len(list(Path(url.path).glob(f".pulumi/locks/organization/*/{stack}/*.json")))
