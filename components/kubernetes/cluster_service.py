"""The Service of a workload that only other pods and controllers reach."""

from collections.abc import Mapping

import pulumi_kubernetes as k8s

from components.kubernetes.scope import Scope


def cluster_service(scope: Scope, ports: Mapping[str, tuple[int, int]]) -> k8s.core.v1.Service:
    """A ClusterIP Service of the scope's pods, for which Pulumi does not wait: it is there before they are.

    Args:
        scope: The workload.
        ports: Name of each TCP port to its number and that of the pods.
    """
    return k8s.core.v1.Service(
        scope.name,
        metadata=scope.metadata(annotations={"pulumi.com/skipAwait": "true"}),
        spec=k8s.core.v1.ServiceSpecArgs(
            type="ClusterIP",
            selector=dict(scope.selector),
            ports=[
                k8s.core.v1.ServicePortArgs(name=name, port=port, target_port=target, protocol="TCP")
                for name, (port, target) in ports.items()
            ],
        ),
        opts=scope.options(),
    )
