"""What EKS refuses because of what stands already, or because nothing does: zones of a cluster, versions of a new one."""

from settings.validation.partial import Draft
from settings.validation.version_support import cannot_be_created


def check_deployed(draft: Draft) -> None:
    """Note a version that no new cluster can have, and zones that a cluster which stands cannot take."""
    if draft.deployed is None:
        return
    if draft.deployed.exists:
        _check_zones(draft)
    elif draft.cluster and draft.today and (reason := cannot_be_created(draft.cluster, draft.today)):
        draft.problem(reason, "cluster", "version")


def _check_zones(draft: Draft) -> None:
    """Subnets of a cluster must be in the zones it was created in (EKS User Guide, "VPC requirements").

    The order of zones is free for EKS, but awsx gives the subnets away in this order, so it counts as well.
    """
    before = draft.deployed.zones if draft.deployed else ()
    if not draft.network or not before or set(draft.network.zones) == set(before):
        return
    draft.problem(
        f"is {', '.join(draft.network.zones)}, and the cluster was made in {', '.join(before)}: EKS takes only subnets "
        f"of the zones it began with, so set [{', '.join(before)}] again, or deploy a new platform stack "
        "(docs/operations.md)",
        *("network", "zones"),
    )
