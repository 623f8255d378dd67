"""Address of a sandbox's chart repository."""

from rehearsal.sandbox import Sandbox

ROUTE = "/charts"


def url_of(sandbox: Sandbox) -> str:
    """Where a sandbox serves the repository: the status port of its node agent.

    That is a process of every sandbox already. moto's port is not used: a path below it names an S3 bucket.
    """
    return f"http://127.0.0.1:{sandbox.ports.nodes}{ROUTE}"
