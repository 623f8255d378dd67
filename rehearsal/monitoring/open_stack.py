"""The monitoring of a stack in a sandbox: its Prometheus and the queue of its alerts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rehearsal.aws.client import AwsClient
from rehearsal.controlplane.client import KubeClient
from rehearsal.monitoring.inbox import Inbox
from rehearsal.monitoring.prometheus import Prometheus
from rehearsal.monitoring.proxied import ProxiedService, ReadError
from rehearsal.sandbox import Sandbox
from rehearsal.stacks import file_backend, pulumi_cli
from settings.derived.monitoring.names import NAMESPACE_OUTPUT, PROMETHEUS, PROMETHEUS_PORT, TOPIC_OUTPUT

_PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class StackMonitoring:
    """What a stack's monitoring is read by.

    Attributes:
        prometheus: Its Prometheus, through the API server.
        inbox: Its alerts as subscribers of the topic get them; None where the stack has no topic.
    """

    prometheus: Prometheus
    inbox: Inbox | None


@contextmanager
def open_stack(sandbox: Sandbox, stack: str) -> Iterator[StackMonitoring]:
    """The monitoring of a deployed stack.

    Raises:
        ReadError: the stack was not deployed here, or has no monitoring.
    """
    if file_backend.read(sandbox, stack) is None:
        raise ReadError(f"sandbox {sandbox.name} has no stack {stack!r}; `rehearse up` makes it")
    outputs = pulumi_cli.outputs(sandbox, stack, show_secrets=False)
    namespace = outputs.get(NAMESPACE_OUTPUT)
    if not namespace:
        raise ReadError(
            f"stack {stack} has no monitoring: its settings say `monitoring: {{size: none}}`, or it is a team stack, whose "
            "services the platform's monitoring covers"
        )
    with KubeClient.from_kubeconfig(sandbox.admin_kubeconfig, patience=_PATIENCE_SECONDS) as client:
        yield StackMonitoring(
            prometheus=Prometheus(ProxiedService(client, str(namespace), PROMETHEUS, PROMETHEUS_PORT)),
            inbox=inbox_of(sandbox, stack, outputs),
        )


def inbox_of(sandbox: Sandbox, stack: str, outputs: dict[str, Any]) -> Inbox | None:
    """The queue of a stack's alerts by its outputs; None where it has no topic."""
    topic = outputs.get(TOPIC_OUTPUT)
    if not topic:
        return None
    region = str(topic).split(":")[3]
    # Not by `AwsClient.call`, which counts what the program does.
    aws = AwsClient(sandbox)
    return Inbox(aws.client("sns", region), aws.client("sqs", region), topic=str(topic), stack=stack)
