"""CoreDNS: name resolution in the cluster."""

from collections.abc import Sequence

import pulumi

from components.cluster.addons.addon import AddOn, eks_addon
from components.cluster.addons.placement import node_selector
from components.cluster.context import ClusterContext


def coredns(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """The managed add-on.

    ``nodeSelector`` is at the top of its schema (quoted in aws-ia/terraform-aws-eks-blueprints-addons#157).
    """
    return eks_addon("coredns", context, after, values=node_selector(context.args) or None)


ADDON = AddOn(key="coredns", install=coredns)
