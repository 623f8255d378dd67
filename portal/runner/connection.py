"""Connection to Pulumi: CLI, backend, environment and secrets, for AWS and the rehearsal alike."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from portal.errors import SetupError
from portal.runner.protocol import RunnerError
from portal.runner.pulumi_errors import reason_of
from portal.runner.sandbox import Sandbox
from portal.settings import PortalSettings

_OWN_PREFIX = "PORTAL_"
_OWN_NAMES = frozenset({"DATABASE_URL", "PORT"})
_READ_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One way to Pulumi."""

    program_dir: Path
    data_dir: Path
    pulumi_root: Path | None
    environment: Mapping[str, str] = field(repr=False)
    """Complete: a run gets nothing of the portal's own environment."""
    secrets_provider: str
    plugins: tuple[Mapping[str, str], ...] = ()
    """Plugins found by path instead of Pulumi's own."""
    hub_token: str | None = field(default=None, repr=False)
    hidden: tuple[str, ...] = field(default=(), repr=False)
    """Secrets that no log may show."""
    endpoint_port: int = 80
    sandbox: Sandbox = field(default=Sandbox())
    """The rehearsal sandbox behind it; it does not travel to a run."""

    @classmethod
    def of(cls, settings: PortalSettings) -> Self:
        """The connection the settings describe.

        Raises:
            SetupError: a file they name cannot be read.
        """
        data_dir = settings.data_dir.absolute()
        if settings.connection_file is not None:
            given = _load(settings.connection_file)
            return cls(
                program_dir=Path(given["program_dir"]),
                data_dir=data_dir,
                pulumi_root=Path(given["pulumi_root"]),
                environment=given["environment"],
                secrets_provider=settings.secrets_provider,
                plugins=tuple(given["plugins"]),
                hub_token=given["hub_token"],
                hidden=(given["hub_token"],),
                endpoint_port=given["endpoint_port"],
                sandbox=Sandbox.of(given),
            )
        environment = of_children()
        environment |= {"PULUMI_SKIP_UPDATE_CHECK": "true"}
        hidden = [environment[name] for name in ("PULUMI_ACCESS_TOKEN", "AWS_SECRET_ACCESS_KEY") if name in environment]
        if settings.backend_url:
            environment["PULUMI_BACKEND_URL"] = settings.backend_url
        if settings.passphrase_file:
            environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(settings.passphrase_file.absolute())
            hidden.append(_secret(settings.passphrase_file))
        token = _secret(settings.hub_token_file) if settings.hub_token_file else None
        return cls(
            program_dir=settings.program_dir.absolute(),
            data_dir=data_dir,
            pulumi_root=settings.pulumi_root.absolute() if settings.pulumi_root else None,
            environment=environment,
            secrets_provider=settings.secrets_provider,
            hub_token=token,
            hidden=(*hidden, *([token] if token else [])),
            endpoint_port=settings.endpoint_port,
        )

    def hand_over(self) -> str:
        """Return everything but the environment, for the standard input of a run: no secret is in a file or an argument."""
        return json.dumps(
            {
                "program_dir": str(self.program_dir),
                "data_dir": str(self.data_dir),
                "pulumi_root": str(self.pulumi_root) if self.pulumi_root else None,
                "secrets_provider": self.secrets_provider,
                "plugins": [dict(plugin) for plugin in self.plugins],
                "hub_token": self.hub_token,
                "hidden": list(self.hidden),
                "endpoint_port": self.endpoint_port,
            }
        )

    @classmethod
    def received(cls) -> Self:
        """The connection that ``hand_over`` wrote to this process, with this process's environment."""
        given = json.load(sys.stdin)
        return cls(
            program_dir=Path(given["program_dir"]),
            data_dir=Path(given["data_dir"]),
            pulumi_root=Path(given["pulumi_root"]) if given["pulumi_root"] else None,
            environment=dict(os.environ),
            secrets_provider=given["secrets_provider"],
            plugins=tuple(given["plugins"]),
            hub_token=given["hub_token"],
            hidden=tuple(given["hidden"]),
            endpoint_port=given["endpoint_port"],
        )

    @property
    def pulumi(self) -> str:
        """The CLI."""
        return str(self.pulumi_root / "bin" / "pulumi") if self.pulumi_root else "pulumi"

    def lost(self) -> str | None:
        """Return what Pulumi needs and was deleted since the start; None when nothing was. Starts no process."""
        if not (self.program_dir / "Pulumi.yaml").exists():
            return f"the program's checkout {self.program_dir} was deleted"
        if self.pulumi_root is not None and not Path(self.pulumi).exists():
            return f"{self.pulumi} was deleted"
        return self.sandbox.lost()

    def read(self, folder: Path, *arguments: str) -> str:
        """Run a command of the CLI that only reads, in a workspace, and return its standard output.

        Raises:
            RunnerError: it failed.
        """
        try:
            done = subprocess.run(
                [self.pulumi, "--non-interactive", *arguments],
                cwd=folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_READ_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise RunnerError(
                f"{self.pulumi} is not there: install the Pulumi CLI, or set PORTAL_PULUMI_ROOT"
            ) from None
        except subprocess.TimeoutExpired:
            raise RunnerError(f"pulumi {arguments[0]} did not answer in {_READ_SECONDS} s") from None
        if done.returncode:
            raise RunnerError(f"pulumi {' '.join(arguments[:2])}: {reason_of(done.stderr or done.stdout)}")
        return done.stdout


def of_children() -> dict[str, str]:
    """The environment of a process that the portal starts: its own, without its own settings."""
    return {name: value for name, value in os.environ.items() if not _is_own(name)}


def _is_own(name: str) -> bool:
    return name.startswith(_OWN_PREFIX) or name in _OWN_NAMES


def _load(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise SetupError(f"PORTAL_CONNECTION_FILE: {path}: {error}; `rehearse connect --file` writes it") from None
    return loaded


def _secret(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror}") from None
