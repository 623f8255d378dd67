"""What EKS refuses for a cluster that exists, or for a new one: other zones, versions out of support."""

from settings.validation.partial import PartialSettings
from settings.validation.version_support import cannot_be_created


def check_deployed(partial: PartialSettings) -> None:
    """Add a version that no new cluster can have, and zones that an existing cluster cannot take."""
    if partial.deployed is None:
        return
    if partial.deployed.exists:
        _check_zones(partial)
    elif partial.cluster and partial.today and (reason := cannot_be_created(partial.cluster, partial.today)):
        partial.add_issue(reason, "cluster", "version")


def _check_zones(partial: PartialSettings) -> None:
    """Subnets of a cluster must be in the zones it was created in (EKS User Guide, "VPC requirements").

    The order of zones is free for EKS, but awsx gives the subnets away in this order, so it counts as well.
    """
    before = partial.deployed.zones if partial.deployed else ()
    if not partial.network or not before or set(partial.network.zones) == set(before):
        return
    partial.add_issue(
        f"is {', '.join(partial.network.zones)}, and the cluster was made in {', '.join(before)}: EKS takes only subnets "
        f"of the zones it began with, so set [{', '.join(before)}] again, or deploy a new platform stack "
        "(docs/operations.md)",
        *("network", "zones"),
    )
