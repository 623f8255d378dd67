"""The workspace of one stack, generated below the data folder: nothing is ever written into the program's own.

``workspaces/STACK/`` can be deleted at any time: Pulumi.yaml is made from the program's, the stack file from the
database. ``secrets/STACK.yaml`` cannot: it has the stack's encryption salt or wrapped key, and the encrypted token.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from portal.runner.connection import Connection
from portal.runner.protocol import RunnerError
from settings.models.base import HUB_TOKEN
from workspace import encryption, locks
from workspace.files import write_atomically
from workspace.project import PROJECT_FILE, read_project, write_project


class LockedError(RunnerError):
    """Another run of the portal works on the stack."""


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Where Pulumi is run for one stack."""

    connection: Connection
    stack: str

    @property
    def folder(self) -> Path:
        """Pulumi's working directory."""
        return self.connection.data_dir / "workspaces" / self.stack

    @property
    def stack_file(self) -> Path:
        """The stack's settings, as Pulumi reads them."""
        return self.folder / f"Pulumi.{self.stack}.yaml"

    @property
    def project(self) -> str:
        """The project's name, also the namespace of its settings."""
        with self._program():
            return str(read_project(self.connection.program_dir)["name"])

    def write_project(self) -> None:
        """Make Pulumi.yaml from the program's, pointing back at it."""
        with self._program():
            write_project(self.folder, self.connection.program_dir, self.connection.plugins)

    def render(self, config: Mapping[str, Any], *, with_token: bool) -> str:
        """The stack file with these settings, and with what is kept in ``secrets/``; equal input, equal text."""
        kept = self.kept()
        values = {f"{self.project}:{key}": value for key, value in config.items()}
        if with_token and (token := kept.get(HUB_TOKEN)):
            values[f"{self.project}:{HUB_TOKEN}"] = {"secure": token["secure"]}
        document = encryption.in_stack_file(kept) | {"config": values}
        return yaml.safe_dump(document, sort_keys=True)

    def write_stack(self, config: Mapping[str, Any], *, with_token: bool) -> None:
        """Rebuild the stack file."""
        text = self.render(config, with_token=with_token)
        if not self.stack_file.exists() or self.stack_file.read_text() != text:
            write_atomically(self.stack_file, text)

    def kept(self) -> dict[str, Any]:
        """What ``secrets/STACK.yaml`` has; empty before the stack exists."""
        try:
            loaded: dict[str, Any] = yaml.safe_load(self._secrets.read_text()) or {}
        except FileNotFoundError:
            return {}
        return loaded

    def keep_encryption(self, deployment: Mapping[str, Any]) -> None:
        """Keep the salt or key that Pulumi wrote when it made the stack; where that is lost, the one in its state."""
        written = yaml.safe_load(self.stack_file.read_text()) or {}
        found = encryption.in_stack_file(written) or encryption.in_state(deployment)
        if found and not encryption.in_stack_file(self.kept()):
            self._keep(found)

    def token_is_kept(self) -> bool:
        """Whether the encrypted Hub token is the one the portal has now."""
        token = self.kept().get(HUB_TOKEN)
        return token is not None and bool(token["digest"] == self._token_digest())

    def keep_token(self) -> None:
        """Keep the ciphertext that Pulumi just wrote, so that the file stays the same from run to run."""
        written = yaml.safe_load(self.stack_file.read_text())["config"][f"{self.project}:{HUB_TOKEN}"]["secure"]
        self._keep({HUB_TOKEN: {"secure": written, "digest": self._token_digest()}})

    @contextmanager
    def held(self) -> Iterator[None]:
        """The portal's own lock on the stack, which ends with the process that has it.

        Raises:
            LockedError: another run has it.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with locks.held(self.folder / "portal.lock", f"pid {os.getpid()}"):
                yield
        except locks.HeldError as error:
            raise LockedError(f"another operation of the portal works on {self.stack} ({error.holder})") from None

    @property
    def _secrets(self) -> Path:
        return self.connection.data_dir / "secrets" / f"{self.stack}.yaml"

    def _keep(self, more: Mapping[str, Any]) -> None:
        write_atomically(self._secrets, yaml.safe_dump(self.kept() | dict(more)))

    def _token_digest(self) -> str:
        return hashlib.sha256(f"{self.stack}:{self.connection.hub_token}".encode()).hexdigest()

    @contextmanager
    def _program(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            path = self.connection.program_dir / PROJECT_FILE
            if error.filename != str(path):
                raise
            raise RunnerError(f"{path}: {error.strerror}; set PORTAL_PROGRAM_DIR to the program's checkout") from None
