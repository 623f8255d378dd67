"""Partitions of AWS."""

import pytest

from planner.catalog.partitions import has_budgets, partition_of


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("us-gov-east-1", "aws-us-gov"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_the_partition_of_a_region(region: str, partition: str) -> None:
    assert partition_of(region) == partition


def test_govcloud_has_no_aws_budgets() -> None:
    assert [has_budgets(region) for region in ("us-east-1", "us-gov-west-1", "us-gov-east-1")] == [True, False, False]
