"""Spot prices: lower than on demand, and higher for larger types."""

from planner.cost.prices import list_prices
from rehearsal.aws.client import AwsClient


def test_prices_follow_the_price_tables(sandbox):
    types = ["g5.xlarge", "g5.12xlarge", "u-6tb1.56xlarge"]
    args = {"InstanceTypes": types, "ProductDescriptions": ["Linux/UNIX"]}
    history = AwsClient(sandbox).call("ec2", "us-east-1", "describe_spot_price_history", args)["SpotPriceHistory"]
    prices = {one["InstanceType"]: float(one["SpotPrice"]) for one in history}
    table = list_prices()
    assert prices["g5.xlarge"] < table.nodes["g5.xlarge"].usd
    assert prices["g5.xlarge"] < prices["g5.12xlarge"]
    assert prices["u-6tb1.56xlarge"] > 1
