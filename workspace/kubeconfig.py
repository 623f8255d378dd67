"""A kubeconfig as a platform's stack exports it: where the API server is, and what it is shown.

On AWS the credential is the answer of a command (``aws eks get-token``), in the rehearsal a client certificate.
"""

import base64
import json
import ssl
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

_COMMAND_SECONDS = 20.0
_EARLY = timedelta(seconds=60)
"""A token is not used in its last minute."""
_LIFE = timedelta(minutes=10)
"""Taken for a token whose command names no end."""


class ClusterError(Exception):
    """The cluster cannot be read; the message is one line, without secrets."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A credential plugin: https://kubernetes.io/docs/reference/config-api/client-authentication.v1beta1/."""

    arguments: tuple[str, ...] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    version: str


@dataclass(frozen=True, kw_only=True)
class Token:
    """A bearer token."""

    value: str = field(repr=False)
    ends: datetime

    @property
    def fresh(self) -> bool:
        """Whether it can still be used."""
        return datetime.now(UTC) + _EARLY < self.ends


@dataclass(frozen=True, kw_only=True)
class Access:
    """One way to one API server."""

    server: str
    authority: str | None = field(default=None, repr=False)
    """Certificate of the authority, PEM; None for those of the machine."""
    certificate: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    command: Command | None = None

    @classmethod
    def of(cls, text: object) -> "Access":
        """Read the current context of a kubeconfig, JSON or YAML.

        Raises:
            ClusterError: it is not a kubeconfig, or needs what is not done here.
        """
        try:
            config: Any = yaml.safe_load(text) if isinstance(text, str) else text
            named = next(one["context"] for one in config["contexts"] if one["name"] == config["current-context"])
            cluster = next(one["cluster"] for one in config["clusters"] if one["name"] == named["cluster"])
            user = next(one["user"] for one in config["users"] if one["name"] == named["user"])
            command = user.get("exec")
            return cls(
                server=str(cluster["server"]),
                authority=_decoded(cluster.get("certificate-authority-data")),
                certificate=_decoded(user.get("client-certificate-data")),
                key=_decoded(user.get("client-key-data")),
                token=user.get("token"),
                command=_command(command) if command else None,
            )
        except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError, StopIteration):
            raise ClusterError("the platform's kubeconfig cannot be read") from None

    def verification(self) -> ssl.SSLContext:
        """Return how its server is checked, with the client's certificate where it has one.

        Raises:
            ClusterError: a certificate in it is not one.
        """
        try:
            context = ssl.create_default_context(cadata=self.authority)
            if self.certificate and self.key:
                # OpenSSL reads a client's certificate from files only.
                with tempfile.TemporaryDirectory(prefix="kubeconfig-") as folder:
                    pair = Path(folder) / "pair.pem"
                    pair.touch(mode=0o600)
                    pair.write_text(f"{self.certificate}\n{self.key}")
                    context.load_cert_chain(pair)
        except (ssl.SSLError, ValueError):
            raise ClusterError("a certificate of the platform's kubeconfig cannot be read") from None
        return context

    def sign_in(self, environment: Mapping[str, str]) -> Token | None:
        """Run the credential plugin; None where there is none.

        Raises:
            ClusterError: it is not installed, failed, or answered something else.
        """
        if self.command is None:
            return None
        name = self.command.arguments[0]
        request = {"apiVersion": self.command.version, "kind": "ExecCredential", "spec": {"interactive": False}}
        try:
            done = subprocess.run(
                self.command.arguments,
                env={**environment, **self.command.environment, "KUBERNETES_EXEC_INFO": json.dumps(request)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_COMMAND_SECONDS,
                check=True,
            )
            status = json.loads(done.stdout)["status"]
            end = status.get("expirationTimestamp")
            return Token(
                value=str(status["token"]),
                ends=datetime.fromisoformat(end) if end else datetime.now(UTC) + _LIFE,
            )
        except FileNotFoundError:
            raise ClusterError(f"{name}, which makes the cluster's tokens, is not installed where this runs") from None
        except subprocess.TimeoutExpired:
            raise ClusterError(
                f"{name}, which makes the cluster's tokens, did not answer in {_COMMAND_SECONDS:.0f} s"
            ) from None
        except subprocess.CalledProcessError as error:
            lines = (error.stderr or "").strip().splitlines() or [f"exit code {error.returncode}"]
            raise ClusterError(f"{name}, which makes the cluster's tokens, failed: {lines[-1][:200]}") from None
        except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            raise ClusterError(f"{name} answered no token of the cluster") from None


def _decoded(value: Any) -> str | None:
    return base64.b64decode(value, validate=True).decode() if value else None


def _command(given: Mapping[str, Any]) -> Command:
    environment = {one["name"]: one["value"] for one in given.get("env") or ()}
    arguments = (given["command"], *(given.get("args") or ()))
    return Command(arguments=arguments, environment=environment, version=given["apiVersion"])
