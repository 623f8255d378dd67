"""Spot prices by instance type: moto says 0.00001 US dollars of all, so that no offering is cheaper than another."""

from moto.core.responses import ActionResult
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses import EC2Response

from planner.cost.prices import list_prices
from rehearsal.aws.patching import replace_methods

# Where the price tables lack a type: an order of magnitude from its size, so that larger ones cost more.
_USD_PER_VCPU, _USD_PER_GPU = 0.05, 0.6
_TIME = "2026-01-01T00:00:00Z"


def spot_price(instance_type: str) -> float:
    """Return the assumed spot price in US dollars an hour: the list price less the assumed discount of the price tables."""
    prices = list_prices()
    known = prices.nodes.get(instance_type)
    return (known.usd if known else _guess(instance_type)) * (1 - prices.spot_discount)


def _guess(instance_type: str) -> float:
    described = INSTANCE_TYPES[instance_type]
    gpus = sum(gpu.get("Count", 0) for gpu in (described.get("GpuInfo") or {}).get("Gpus", []))
    return float(_USD_PER_VCPU * described["VCpuInfo"]["DefaultVCpus"] + _USD_PER_GPU * gpus)


def price_spot() -> None:
    """Answer ``DescribeSpotPriceHistory`` with one price a type and zone."""

    def describe_spot_price_history(self: EC2Response) -> ActionResult:
        offered = self.ec2_backend.describe_spot_price_history(
            self._get_param("InstanceTypes", []),
            {key: value for key, value in self._filters_from_querystring().items() if key != "product-description"},
        )
        return ActionResult(
            {
                "SpotPriceHistory": [
                    {
                        "InstanceType": offer["InstanceType"],
                        "ProductDescription": "Linux/UNIX",
                        "SpotPrice": f"{spot_price(offer['InstanceType']):.6f}",
                        "AvailabilityZone": offer["Location"],
                        "Timestamp": _TIME,
                    }
                    for offer in offered
                    if offer["InstanceType"] in INSTANCE_TYPES
                ]
            }
        )

    replace_methods(EC2Response, describe_spot_price_history)
