"""Fidelity of a rehearsal: what is real, emulated and only recorded; printed with every result."""

import sqlite3
from contextlib import closing

from rehearsal.network import kinds
from rehearsal.sandbox import Sandbox
from rehearsal.stacks import file_backend

HELM_RELEASE = "kubernetes:helm.sh/v3:Release"

REAL = (
    "the program, its components and policies; Pulumi's engine; etcd, kube-apiserver, controllers, scheduler; Helm; "
    "Karpenter, metrics-server and the gateway (Envoy and its policy) where they are installed"
)
EMULATED = "AWS, by moto; what exists there answers to boto3"
EMULATED_BY_US = (
    "the awsx, eks and kubernetes plugins, nodes, load balancers, vLLM and Ollama: the real interfaces, without a GPU, "
    "a container or a model"
)


def recorded(sandbox: Sandbox) -> list[str]:
    """What this sandbox only wrote down, with numbers: AWS types that moto lacks, and releases of some Helm charts."""
    # Loads the Kubernetes plugin's code, 55 ms that the other commands of `rehearse` need not spend.
    from rehearsal.kubernetes.helm.chart_source import is_recorded  # noqa: PLC0415

    releases = sum(
        is_recorded(release.outputs)
        for stack in file_backend.stacks(sandbox)
        if (held := file_backend.read(sandbox, stack)) is not None
        for release in held.of_type(HELM_RELEASE)
    )
    return _in_table(sandbox) + ([f"{HELM_RELEASE} ({releases})"] if releases else [])


def _in_table(sandbox: Sandbox) -> list[str]:
    path = sandbox.aws / "recorded.sqlite"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "recorded" not in tables:
            return []
        rows = database.execute("SELECT type, count(*) FROM recorded GROUP BY type ORDER BY type").fetchall()
    return [f"{kind} ({count})" for kind, count in rows]


def lines(sandbox: Sandbox) -> list[str]:
    """Return the lines for people, one for what was only recorded among them."""
    names = recorded(sandbox)
    return [
        f"real      {REAL}",
        f"emulated  {EMULATED}",
        f"emulated  {EMULATED_BY_US}",
        kinds.line(sandbox.network),
        f"recorded  {', '.join(names) if names else 'nothing'}",
    ]
