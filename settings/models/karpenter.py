"""Settings of the Karpenter controller, of which a cluster has one for all its Karpenter pools."""

from settings.models.base import SettingsModel


class KarpenterSettings(SettingsModel):
    """What the Karpenter controller may do, where any pool has provisioner karpenter."""

    node_repair: bool = False
    """Karpenter replaces nodes that fail, GPU faults included (its feature gate NodeRepair, alpha)."""
    spot_to_spot_consolidation: bool = False
    """Consolidation may replace a spot node by a cheaper spot node (its feature gate SpotToSpotConsolidation, alpha)."""
    create_spot_service_linked_role: bool = False
    """The stack makes AWSServiceRoleForEC2Spot, which an account needs once for spot; where the account has it, leave false."""
    isolated_vpc: bool = False
    """Nodes reach AWS through interface endpoints alone: Karpenter then calls neither IAM nor the price list, which have none, and the
    load balancer controller neither Shield nor WAF."""
