"""Corrections of moto, made in its own classes so that boto3 sees them too."""

from typing import Any

from moto.core.common_models import BaseModel
from moto.iam.models import SERVICE_NAME_CONVERSION

from rehearsal.aws import quotas
from rehearsal.aws.karpenter.gaps import close_gaps
from rehearsal.aws.registry import TYPES
from rehearsal.aws.transactions import copy_what_is_touched


def apply_patches() -> None:
    """Apply the patches of every resource type, then those that belong to no type."""
    for resource_type in TYPES.values():
        for patch in resource_type.moto_patches:
            patch()
    _forget_what_is_gone()
    copy_what_is_touched()
    quotas.serve_quotas()
    close_gaps()
    # moto names the service-linked role of EC2 Spot after the service.
    SERVICE_NAME_CONVERSION["spot"] = "EC2Spot"


def _forget_what_is_gone() -> None:
    """Keep no list of all instances of models: a transaction of DynamoDB copies its table, which stayed for ever.

    moto has the lists for its own web page. A gateway with some requests a second filled 8 GiB in 20 minutes.
    """

    def new(cls: type[BaseModel], *_: Any, **__: Any) -> BaseModel:
        return object.__new__(cls)

    BaseModel.__new__ = new  # type: ignore[method-assign]
