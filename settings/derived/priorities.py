"""PriorityClasses of services: names, values, and which ones a stack may use."""

from dataclasses import dataclass

from settings.models.base import SettingsModel
from settings.models.priorities import ClassedPriority, Priority, PrioritySettings

CRITICAL = "llm-platform-critical"
"""Class of what the platform runs outside kube-system. EKS's add-ons and the controllers in kube-system have
``system-cluster-critical``, which comes before."""


@dataclass(frozen=True, kw_only=True)
class ServiceClass:
    """A PriorityClass of services."""

    name: str
    """Its name in the cluster."""
    value: int
    """Its value; pods without a class have 0 (Kubernetes, "Pod Priority and Preemption")."""
    description: str
    """What it is for."""


CLASSES: dict[ClassedPriority, ServiceClass] = {
    # Not below -10: the Cluster Autoscaler takes pods of less for expendable (--expendable-pods-priority-cutoff).
    "low": ServiceClass(name="llm-platform-low", value=-10, description="Services that make room for all others"),
    "high": ServiceClass(name="llm-platform-high", value=1000, description="Services that others make room for"),
}
"""Priority of a service to its class; normal has none, and so pods of every stack without this setting."""


class PriorityFacts(SettingsModel):
    """What a platform exports of its PriorityClasses."""

    teams: tuple[ClassedPriority, ...]
    """Priorities beside normal that its team stacks may use."""


def priority_facts(settings: PrioritySettings | None) -> PriorityFacts | None:
    """The facts of a platform; None for one without these classes."""
    return PriorityFacts(teams=settings.teams) if settings else None


def class_name(priority: Priority) -> str | None:
    """Name of the PriorityClass of a service's pods; None for none."""
    return None if priority == "normal" else CLASSES[priority].name


def refused_to_teams(facts: PriorityFacts) -> tuple[str, ...]:
    """Names of the PriorityClasses that no pod of a team stack may have: what is not allowed, and those of platform and cluster."""
    refused = [one.name for priority, one in CLASSES.items() if priority not in facts.teams]
    return (*refused, CRITICAL, "system-cluster-critical", "system-node-critical")
