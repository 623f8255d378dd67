"""KEDA with its definitions, namespace, permissions and two workloads."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.addons.keda import adapter, operator
from components.cluster.addons.keda.definitions import definitions
from components.cluster.addons.keda.permissions import adapter_permissions, operator_permissions
from components.cluster.context import ClusterContext
from components.kubernetes.network_policy import default_deny
from components.kubernetes.pod_security import RESTRICTED
from components.kubernetes.scope import Scope
from settings.derived.autoscaling.names import ADAPTER, NAMESPACE, OPERATOR
from settings.derived.naming import selector_labels


@dataclass(frozen=True, kw_only=True)
class KedaArgs:
    """Arguments of :class:`Keda`."""

    context: ClusterContext
    """The cluster."""
    after: Sequence[pulumi.Resource]
    """What its pods need to start: the system pool, add-ons and their PriorityClass."""


class Keda(pulumi.ComponentResource):
    """KEDA's operator, and the API server from which HPAs read its metrics.

    On a destroy ScaledObjects go first, since the operator takes their finalizer away, then the operator, then the definitions.
    """

    def __init__(self, name: str, args: KedaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the definitions, the namespace, the operator and the API server of metrics, in this order."""
        super().__init__("llm:cluster:Keda", name, None, opts)
        cluster = args.context.args
        defined = definitions(self, args.after)
        space = k8s.core.v1.Namespace(
            NAMESPACE,
            metadata=k8s.meta.v1.ObjectMetaArgs(name=NAMESPACE, labels={**cluster.labels, **RESTRICTED}),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        namespace: pulumi.Output[str] = space.metadata.apply(lambda known: known.name or NAMESPACE)
        default_deny(Scope(name=NAMESPACE, namespace=namespace, labels=cluster.labels, parent=self))

        def scope(workload: str) -> Scope:
            return Scope(
                name=workload,
                namespace=namespace,
                parent=self,
                labels=cluster.labels,
                selector=selector_labels(workload, workload),
                pod_labels={"app.kubernetes.io/component": "autoscaling", "app.kubernetes.io/managed-by": "pulumi"},
            )

        working = operator.operator(scope(OPERATOR), cluster, [*defined, *operator_permissions(scope(OPERATOR))])
        adapter.adapter(scope(ADAPTER), cluster, [*working, *adapter_permissions(scope(ADAPTER))])
        self.register_outputs({})
