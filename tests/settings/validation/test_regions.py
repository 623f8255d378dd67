from pulumi_aws import Region

from settings.validation.regions import REGIONS


def test_the_regions_are_the_pinned_provider_s():
    assert {region.value for region in Region} == REGIONS
