"""Alerts that are not sent while another one says more: its cause, or the worse case of the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Inhibition:
    """Alerts that another one silences.

    Attributes:
        source: The alert that is sent.
        targets: The alerts that are not.
        source_labels: Labels that the alert that is sent has.
        target_labels: Labels that those that are not have.
        equal: Labels that must be equal in both. A label that both lack counts as equal.
    """

    source: str
    targets: Sequence[str]
    source_labels: Mapping[str, str] = field(default_factory=dict)
    target_labels: Mapping[str, str] = field(default_factory=dict)
    equal: Sequence[str] = ()

    def rendered(self) -> dict[str, Any]:
        """The entry of ``inhibit_rules``."""
        return {
            "source_matchers": [f'alertname="{self.source}"', *_matchers(self.source_labels)],
            "target_matchers": [f'alertname=~"{"|".join(self.targets)}"', *_matchers(self.target_labels)],
            **({"equal": list(self.equal)} if self.equal else {}),
        }


def _matchers(labels: Mapping[str, str]) -> list[str]:
    return [f'{name}="{value}"' for name, value in labels.items()]


def _worse(alert: str) -> Inhibition:
    """A fast burn of an objective silences the slower ones of the same alert."""
    return Inhibition(
        source=alert,
        source_labels={"severity": "critical"},
        targets=(alert,),
        target_labels={"severity": "warning"},
        equal=("service",),
    )


_LOAD = (
    "LlmFirstTokenSlow",
    "LlmInterTokenSlow",
    "LlmErrorsBurnFast",
    "LlmErrorsBurnSlow",
    "LlmQueueLong",
    "LlmQueueTimeHigh",
    "LlmKvCacheFull",
    "LlmPreemptions",
    "LlmAdmissionRejected",
)
"""What a service's requests show."""

INHIBITIONS = (
    # Without a gateway its figures are old or gone. What ends by itself (keys, certificates, budgets) is still sent: an
    # expired certificate may be the cause.
    Inhibition(
        source="GatewayDown",
        targets=(
            *_LOAD,
            "LlmNoReplica",
            "LlmWakeFails",
            "LlmReplicasMissing",
            "LlmEnginesNotScraped",
            "LlmMetricsVanished",
            "LlmServiceIdle",
            "LlmStartSlow",
            "GatewayTableErrors",
            "GatewayIgnoresService",
        ),
    ),
    # What Prometheus reads of Envoy, it reads from the gateway's own pods.
    Inhibition(source="GatewayDown", targets=("PrometheusTargetDown",), target_labels={"job": "envoy"}),
    Inhibition(source="LlmNoReplica", targets=(*_LOAD, "LlmMetricsVanished"), equal=("service",)),
    Inhibition(source="LlmWakeFails", targets=_LOAD, equal=("service",)),
    Inhibition(source="LlmErrorsBurnFast", targets=("LlmErrorsBurnSlow",), equal=("service",)),
    _worse("LlmFirstTokenSlow"),
    _worse("LlmInterTokenSlow"),
    Inhibition(source="LlmBudgetSpent", targets=("LlmBudgetNearlySpent",), equal=("tenant",)),
    Inhibition(source="GpuXidHardware", targets=("GpuXidApplication", "GpuMemoryFailing", "GpuIdle"), equal=("node",)),
)
