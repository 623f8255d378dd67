"""CoreDNS: name resolution in the cluster."""

from collections.abc import Sequence

import pulumi

from components.cluster.addons.addon import AddOn, eks_addon
from components.cluster.context import ClusterContext


def coredns(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """The managed add-on."""
    return eks_addon("coredns", context, after)


ADDON = AddOn(key="coredns", install=coredns)
