"""Corrections of moto, made in its own classes so that boto3 sees them too."""

from moto.iam.models import SERVICE_NAME_CONVERSION

from rehearsal.aws import quotas
from rehearsal.aws.karpenter.gaps import close_gaps
from rehearsal.aws.registry import TYPES


def apply_patches() -> None:
    """Apply the patches of every resource type, then those that belong to no type."""
    for resource_type in TYPES.values():
        for patch in resource_type.moto_patches:
            patch()
    quotas.serve_quotas()
    close_gaps()
    # moto names the service-linked role of EC2 Spot after the service.
    SERVICE_NAME_CONVERSION["spot"] = "EC2Spot"
