"""The list of what moto lacks for Karpenter, each with the function that adds it to moto."""

from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.aws.karpenter.fleets import launch_fleets
from rehearsal.aws.karpenter.image_service import serve_images
from rehearsal.aws.karpenter.reads import answer_reads
from rehearsal.aws.karpenter.spot_prices import price_spot
from rehearsal.aws.karpenter.terminations import follow_terminations


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One gap: the operations, what moto does, what the rehearsal does, and the function that changes moto's classes."""

    operations: str
    moto: str
    here: str
    close: Callable[[], None]


GAPS = (
    Gap(
        operations="`DescribeCapacityReservations`, `DescribePlacementGroups`",
        moto="has neither",
        here="empty lists",
        close=answer_reads,
    ),
    Gap(
        operations="`GetParameter` of EKS images, `DescribeImages`",
        moto="has no image of EKS nodes",
        here="Amazon Linux 2023, one image a Kubernetes version, architecture, variant and release date, recommended and dated",
        close=serve_images,
    ),
    Gap(
        operations="`DescribeSpotPriceHistory`",
        moto="one price for every type",
        here="list price less the assumed spot discount of the price tables",
        close=price_spot,
    ),
    Gap(
        operations="`CreateFleet` (instant)",
        moto="first override, default security group, no instance profile, always capacity",
        here="cheapest override with capacity, as the launch template says; `InsufficientInstanceCapacity` where a shortage is "
        "set",
        close=launch_fleets,
    ),
    Gap(
        operations="`TerminateInstances`",
        moto="keeps the private address; no event",
        here="frees the address; state-change events to EventBridge",
        close=follow_terminations,
    ),
)


def close_gaps() -> None:
    """Add all of them to moto."""
    for gap in GAPS:
        gap.close()
