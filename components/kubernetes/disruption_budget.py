"""PodDisruptionBudgets: how many pods of a workload an eviction can take at once."""

import pulumi_kubernetes as k8s

from components.kubernetes.scope import Scope


def disruption_budget(scope: Scope) -> k8s.policy.v1.PodDisruptionBudget:
    """The budget of the scope's pods: one at a time."""
    return k8s.policy.v1.PodDisruptionBudget(
        scope.name,
        metadata=scope.metadata(),
        spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            selector=scope.match_labels,
            # A pod that never becomes ready must not keep a node from being drained.
            unhealthy_pod_eviction_policy="AlwaysAllow",
        ),
        opts=scope.options(),
    )
