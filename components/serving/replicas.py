"""Who writes the number of a workload's pods: the program, or KEDA and its HPA, and never both.

Under server-side apply a field has owners. Where KEDA scales, the program leaves ``spec.replicas`` out and ignores changes of it:
pulumi-kubernetes then sends the number that is live as long as it is the field's only owner, and leaves the field to the HPA from
its first write on (``handleSSAIgnoreFields`` in provider/pkg/await/await.go, v4). So a fixed number of 4 stays 4 until the
autoscaler decides; without ignored changes the field would go back to its default, 1.

Where KEDA no longer scales, the HPA and KEDA still own the field, and an apply of another number would be a conflict: the
annotation below takes it from them. It stays, since whoever wrote the same number stays an owner too.
"""

from dataclasses import dataclass, field

import pulumi

from settings.derived.autoscaling.names import OFF
from settings.derived.plan import StackPlan
from settings.models.services.base import ServiceSettings

PATH = "spec.replicas"
TAKEN_OVER = {"pulumi.com/patchForce": "true"}
"""Annotation by which pulumi-kubernetes takes fields from their owners."""


@dataclass(frozen=True, kw_only=True)
class Replicas:
    """A workload's ``spec.replicas``, and what belongs to it."""

    count: int | None
    """The number; None where KEDA has it."""
    annotations: dict[str, str] = field(default_factory=dict)
    """Annotations of the workload."""
    options: pulumi.ResourceOptions = field(default_factory=pulumi.ResourceOptions)
    """Options of the workload."""


def replicas(name: str, service: ServiceSettings, plan: StackPlan) -> Replicas:
    """Those of the workload of service ``name``."""
    if service.autoscale:
        return Replicas(count=None, options=pulumi.ResourceOptions(ignore_changes=[PATH]))
    if plan.autoscaled.get(name) == OFF:
        return Replicas(count=service.replicas, annotations=dict(TAKEN_OVER))
    return Replicas(count=service.replicas)
