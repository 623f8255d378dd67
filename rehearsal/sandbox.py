"""A rehearsal sandbox: its folder, its ports, and what every process of it needs to know.

A sandbox is a folder, ``.rehearsal/NAME/``, plus the processes that the supervisor started for it. Everything that a
plugin or a daemon must know is in ``sandbox.json``; it reaches the plugins through one environment variable.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from workspace.files import write_atomically

ENVIRONMENT_VARIABLE = "LLM_REHEARSAL_SANDBOX"
ACCOUNT = "123456789012"


class SandboxError(Exception):
    """The sandbox is missing, or not as requested; the message has the fix."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Loopback TCP ports, chosen free when the sandbox was made and kept across restarts."""

    moto: int
    apiserver: int
    etcd_client: int
    etcd_peer: int
    controllers: int
    scheduler: int
    nodes: int


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """One sandbox: its folder, its ports and how its pods are reached.

    Attributes:
        network: ``namespaces`` or ``loopback`` (see ``rehearsal.network``); empty until that was tried.
    """

    root: Path
    name: str
    ports: Ports
    network: str = ""

    @classmethod
    def load(cls, root: Path) -> Self:
        """Read ``sandbox.json`` below ``root``.

        Raises:
            SandboxError: there is no sandbox at ``root``.
        """
        try:
            data = json.loads((root / description(root)).read_text())
        except FileNotFoundError:
            raise SandboxError(f"{root}: no rehearsal sandbox here; `rehearse up` makes one") from None
        return cls(root=root, name=data["name"], ports=Ports(**data["ports"]), network=data.get("network", ""))

    @classmethod
    def current(cls) -> Self:
        """The sandbox this process was started for, by its environment."""
        root = os.environ.get(ENVIRONMENT_VARIABLE)
        if not root:
            raise SandboxError(f"{ENVIRONMENT_VARIABLE} is not set: this program is started by `rehearse`, not by hand")
        return cls.load(Path(root))

    def save(self) -> None:
        """Write ``sandbox.json`` atomically."""
        data = {"name": self.name, "ports": asdict(self.ports), "network": self.network}
        write_atomically(self.root / description(self.root), json.dumps(data, indent=1))

    @property
    def aws_url(self) -> str:
        """Where the moto server answers."""
        return f"http://127.0.0.1:{self.ports.moto}"

    @property
    def kubernetes_url(self) -> str:
        """Where kube-apiserver answers."""
        return f"https://127.0.0.1:{self.ports.apiserver}"

    @property
    def loopback_prefix(self) -> str:
        """The first three octets of the addresses this sandbox's pods and load balancers listen on.

        All of 127.0.0.0/8 is loopback on Linux; the prefix comes from the folder's path, so that two checkouts differ.
        """
        digest = hashlib.sha256(str(self.root.resolve()).encode()).digest()
        return f"127.{16 + digest[0] % 224}.{digest[1]}"

    @property
    def aws(self) -> Path:
        """Folder of the emulated AWS: request journal, creation ledger, recorded types."""
        return self.root / "aws"

    @property
    def kubernetes(self) -> Path:
        """Folder of the control plane: keys, certificates, etcd."""
        return self.root / "kubernetes"

    @property
    def admin_kubeconfig(self) -> Path:
        """Kubeconfig with a client certificate of group system:masters."""
        return self.kubernetes / "admin.kubeconfig"

    @property
    def nodes(self) -> Path:
        """Folder of the node agent: one folder a pod."""
        return self.root / "nodes"

    @property
    def project(self) -> Path:
        """The generated Pulumi workspace."""
        return self.root / "project"

    @property
    def state(self) -> Path:
        """Pulumi's file backend."""
        return self.root / "state"

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.root / "logs"


def description(root: Path) -> str:
    """Name of the file that describes the sandbox at ``root``: release 0.1 wrote ``world.json``."""
    return "world.json" if (root / "world.json").exists() else "sandbox.json"
