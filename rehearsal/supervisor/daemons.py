"""The daemons of a sandbox: how each is started, what it waits for, and when it is ready."""

import sys
from dataclasses import dataclass

import httpx

from rehearsal.network import listeners
from rehearsal.network.kinds import Kind
from rehearsal.network.tls import unverified
from rehearsal.sandbox import Sandbox

# A self-made certificate on loopback, asked only for its health: there is nothing to verify it against yet.
_UNVERIFIED = unverified()


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """One long-running process of a sandbox.

    Attributes:
        name: Its name in `rehearse status` and of its log file.
        module: What ``python -m`` runs.
        arguments: Its arguments.
        port: Which of the sandbox's ports it listens on; empty for none.
        health: URL, with ``{port}``, that answers 200 once it is ready; empty for `network`, whose socket is tried.
        outside: It stays in this machine's own network where the sandbox has a namespace.
        after: Daemons that must be ready before it starts.
        kind: What it is: real or emulated.
        what: One line for people.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    port: str = ""
    health: str = ""
    outside: bool = False
    after: tuple[str, ...] = ()
    kind: str
    what: str

    def command(self) -> list[str]:
        """The command line."""
        return [sys.executable, "-P", "-m", self.module, *self.arguments]

    def port_in(self, sandbox: Sandbox) -> int | None:
        """The port it listens on in ``sandbox``, if any."""
        return int(getattr(sandbox.ports, self.port)) if self.port else None

    def is_ready(self, sandbox: Sandbox) -> bool:
        """Check once whether it answers."""
        if not self.health:
            return listeners.answers(sandbox)
        url = self.health.format(port=self.port_in(sandbox))
        try:
            with httpx.Client(verify=_UNVERIFIED, timeout=2.0, trust_env=False) as client:
                return client.get(url).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


_NETWORK = Daemon(
    name="network",
    module="rehearsal.network.gate",
    outside=True,
    kind="emulated",
    what="ways into the sandbox's network namespace",
)
_EVERYWHERE = (
    Daemon(
        name="moto",
        module="rehearsal.aws.server",
        port="moto",
        # Not data.json: it writes out all that moto holds, seconds of work in a full sandbox.
        health="http://127.0.0.1:{port}/moto-api/",
        kind="emulated",
        what="AWS API: moto behind a request journal",
    ),
    Daemon(
        name="apiserver",
        module="rehearsal.controlplane.run",
        arguments=("apiserver",),
        port="apiserver",
        health="https://127.0.0.1:{port}/readyz",
        kind="real",
        what="kube-apiserver with etcd inside",
    ),
    Daemon(
        name="controllers",
        module="rehearsal.controlplane.run",
        arguments=("controllers",),
        port="controllers",
        health="https://127.0.0.1:{port}/healthz",
        after=("apiserver",),
        kind="real",
        what="kube-controller-manager",
    ),
    Daemon(
        name="scheduler",
        module="rehearsal.controlplane.run",
        arguments=("scheduler",),
        port="scheduler",
        health="https://127.0.0.1:{port}/healthz",
        after=("apiserver",),
        kind="real",
        what="kube-scheduler",
    ),
    Daemon(
        name="nodes",
        module="rehearsal.nodes",
        port="nodes",
        health="http://127.0.0.1:{port}/healthz",
        after=("moto", "apiserver"),
        kind="emulated",
        what="kubelets, service proxy, load balancers; runs the containers' emulators",
    ),
)


def daemons(sandbox: Sandbox) -> tuple[Daemon, ...]:
    """Those of a sandbox, by its kind of network."""
    return (_NETWORK, *_EVERYWHERE) if sandbox.network == Kind.NAMESPACES else _EVERYWHERE
