"""The agent finds node groups wherever a stack may put them."""

from pulumi_aws import Region

from planner.catalog.partitions import PARTITIONS, partition_of
from rehearsal.nodes.aws import REGIONS


def test_every_region_that_settings_take_is_looked_at():
    assert set(REGIONS) == {region.value for region in Region if partition_of(region.value) in PARTITIONS}
    assert len(set(REGIONS)) == len(REGIONS)
