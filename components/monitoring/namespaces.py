"""The Kubernetes namespaces of monitoring, closed by default."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.network_policy import default_deny
from components.kubernetes.scope import Scope
from components.monitoring.context import MonitoringArgs


def closed_namespace(
    name: str, args: MonitoringArgs, security: Mapping[str, str], parent: pulumi.Resource
) -> pulumi.Output[str]:
    """Make the namespace ``name``, with no traffic unless a policy admits it; its name, known once it is there.

    Args:
        name: The namespace.
        args: Arguments of monitoring.
        security: Labels of the Pod Security Standard that its pods meet.
        parent: The component.
    """
    space = k8s.core.v1.Namespace(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, labels={**args.naming.labels, **security}),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(args.platform.ready)),
    )
    namespace: pulumi.Output[str] = space.metadata.apply(lambda known: known.name or name)
    default_deny(Scope(name=name, namespace=namespace, labels=args.naming.labels, parent=parent))
    return namespace
