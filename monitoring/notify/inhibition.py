"""Alerts that are not sent while another one says more: its cause, or the worse case of the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Inhibition:
    """Alerts that another one silences.

    Attributes:
        source: The alert that is sent.
        targets: The alerts that are not.
        equal: Labels that must be equal in both. A label that both lack counts as equal.
    """

    source: str
    targets: Sequence[str]
    equal: Sequence[str] = ()

    def rendered(self) -> dict[str, Any]:
        """The entry of ``inhibit_rules``."""
        return {
            "source_matchers": [f'alertname="{self.source}"'],
            "target_matchers": [f'alertname=~"{"|".join(self.targets)}"'],
            **({"equal": list(self.equal)} if self.equal else {}),
        }


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
    Inhibition(source="LlmNoReplica", targets=(*_LOAD, "LlmMetricsVanished"), equal=("service",)),
    Inhibition(source="LlmWakeFails", targets=_LOAD, equal=("service",)),
    Inhibition(source="LlmErrorsBurnFast", targets=("LlmErrorsBurnSlow",), equal=("service",)),
    Inhibition(source="LlmBudgetSpent", targets=("LlmBudgetNearlySpent",), equal=("tenant",)),
    Inhibition(source="GpuXidHardware", targets=("GpuXidApplication", "GpuMemoryFailing", "GpuIdle"), equal=("node",)),
)
