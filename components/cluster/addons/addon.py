"""One add-on of the cluster: its key, what it waits for, and the function that installs it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pulumi
import pulumi_eks as eks

from components.cluster.context import ClusterContext
from components.roles import BoundRole
from settings.models.addons import Addon

SYSTEM_NAMESPACE = "kube-system"
NEEDED_BY_RELEASES = ("coredns", "metrics-server")
"""Add-ons that a Helm release waits for: a controller finds STS by name, and Helm fails to list the API's groups while one of
them, metrics.k8s.io, is registered and does not answer."""
NEEDED_BY_DRAINS = ("aws-ebs-csi-driver",)
"""Add-ons without which a node is not given up: Karpenter terminates none while a volume is attached to it, up to its
``terminationGracePeriod`` (controllers/node/termination of sigs.k8s.io/karpenter), and the driver detaches them."""

Install: TypeAlias = Callable[[ClusterContext, Sequence[pulumi.Resource]], pulumi.Resource]
"""Makes the add-on after the resources that it is given, and returns it."""


def _always(_: ClusterContext) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class AddOn:
    """An add-on, as ``addons/__init__.py`` lists it."""

    key: str
    """Its name; for a managed add-on that of EKS."""
    install: Install
    """Makes it."""
    after: tuple[str, ...] = ()
    """Keys of add-ons that must run first; each waits for the system pool besides."""
    wanted: Callable[[ClusterContext], bool] = _always
    """Whether a cluster has it."""
    awaited: bool = True
    """Whether workloads wait for it."""


def eks_addon(
    addon: Addon,
    context: ClusterContext,
    after: Sequence[pulumi.Resource],
    *,
    role: BoundRole | None = None,
    values: Mapping[str, object] | None = None,
) -> eks.Addon:
    """A managed add-on of EKS, in the version that the settings pin, or EKS's default one.

    Args:
        addon: Its name.
        context: The cluster.
        after: What it waits for.
        role: Role of its service account; None for one without AWS permissions.
        values: Its configuration, by the schema of ``aws eks describe-addon-configuration``.
    """
    return eks.Addon(
        context.named(addon),
        cluster=context.cluster,
        addon_name=addon,
        addon_version=context.args.cluster.addon_versions.get(addon),
        configuration_values=values,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        service_account_role_arn=role.role.arn if role else None,
        opts=pulumi.ResourceOptions(parent=context.parent, depends_on=[*after, *(role.permissions if role else ())]),
    )
