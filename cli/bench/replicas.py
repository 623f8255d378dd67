"""How many replicas answer a benchmark: as given, as the cluster has them ready, or as the settings say."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cli.console import UsageError, report_progress
from cli.kubectl import listed

if TYPE_CHECKING:
    from cli.bench.stack import BenchedService

_WORKLOADS = "deployments.v1.apps,statefulsets.v1.apps"


class Replicas:
    """Counts them while a service is measured."""

    def __init__(self, read: Callable[[], int | None], source: str, *, assumed: int | None = None) -> None:
        """Count nothing yet.

        Args:
            read: Reads how many are ready now; None where that is not known.
            source: Where that is from, in words.
            assumed: Number that is taken where it is not known; None: none.
        """
        self._read = read
        self._source = source
        self._assumed = assumed
        self._seen = list[int]()

    def count(self) -> int | None:
        """The replicas that are ready now; None where that is not known."""
        found = self._read()
        if found:
            self._seen.append(found)
        return found

    @property
    def most(self) -> int | None:
        """The most that were counted, else those that are assumed."""
        return max(self._seen, default=self._assumed)

    @property
    def source(self) -> str:
        """Where ``most`` is from, in words."""
        if not self._seen:
            return "not known" if self._assumed is None else "an assumption (the fewest of the settings)"
        fewest, most = min(self._seen), max(self._seen)
        return self._source if fewest == most else f"{self._source}: {fewest} to {most} while it was measured"


def replicas_of(service: "BenchedService | None", given: int | None, context: str | None) -> Replicas:
    """What counts the replicas of a service.

    Args:
        service: The service; None for an address without a stack.
        given: How many there are, as the command line says; None if it does not.
        context: Context of the kubeconfig, to read those of its cluster; None: its current one, for an autoscaled service.

    Raises:
        UsageError: the cluster of ``context`` cannot be read, or does not have the service.
    """
    if given is not None:
        return Replicas(lambda: given, "--replicas")
    if service is None:
        return Replicas(lambda: None, "")
    fixed = service.subject.replicas
    if not service.autoscaled and context is None:
        return Replicas(lambda: fixed, "the settings")
    try:
        _ready(service, context)
    except UsageError as error:
        if context is not None:
            raise
        report_progress(f"the ready replicas of {service.public_name} are not known: {error}")
        return Replicas(lambda: None, "", assumed=fixed)

    def read() -> int | None:
        try:
            return _ready(service, context)
        except UsageError as error:
            report_progress(f"the ready replicas of {service.public_name} are not known: {error}")
            return None

    return Replicas(read, "the cluster", assumed=fixed)


def _ready(service: "BenchedService", context: str | None) -> int:
    """Ready replicas of the workload with the service's name; its labels say whether the cluster is that of the stack."""
    selector = f"app.kubernetes.io/instance={service.name},llm-platform/stack={service.public_name.split('/')[0]}"
    for one in listed(_WORKLOADS, service.namespace, context, selector=selector):
        if one["metadata"]["name"] == service.name:
            return int(one.get("status", {}).get("readyReplicas") or 0)
    where = f"of context {context}" if context else "of kubectl's current context"
    raise UsageError(
        f"the cluster {where} has no service {service.name} of the stack in namespace {service.namespace}: give --context"
    )
