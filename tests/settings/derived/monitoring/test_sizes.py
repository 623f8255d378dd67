"""Sizes of monitoring: each larger than the one before, with room for the series that it is for."""

from itertools import pairwise
from typing import get_args

from settings.derived.monitoring.sizes import SERIES_OF_AN_ENGINE, SIZES, monitoring_size, prometheus_gib
from settings.models.monitoring import MOST_RETENTION_HOURS, MonitoringSettings, Size

KIB_A_SERIES, REPLICAS = 5, 2


def test_every_size_but_none_has_an_entry() -> None:
    assert {*SIZES, "none"} == set(get_args(Size))
    assert monitoring_size(MonitoringSettings(size="none")) is None
    assert monitoring_size(None) is None
    assert monitoring_size(MonitoringSettings()) is SIZES["small"]


def test_each_size_is_larger_than_the_one_before() -> None:
    for smaller, larger in pairwise(SIZES.values()):
        assert smaller.series < larger.series
        assert smaller.memory_mib < larger.memory_mib
        assert smaller.disk_gib < larger.disk_gib
        assert smaller.vcpus < larger.vcpus


def test_memory_holds_the_series_with_room_for_queries() -> None:
    for size in SIZES.values():
        assert size.memory_mib > 1.6 * size.series * KIB_A_SERIES / 1024


def test_its_services_have_two_thirds_of_the_series_at_most() -> None:
    for size in SIZES.values():
        assert size.services * REPLICAS * SERIES_OF_AN_ENGINE <= size.series * 0.7
        assert size.engines > size.services * REPLICAS


def test_a_disk_holds_the_longest_retention_at_the_default_pace() -> None:
    for size in SIZES.values():
        assert size.hours_on_disk(MonitoringSettings().scrape_seconds) >= MOST_RETENTION_HOURS
        assert size.hours_on_disk(10) < size.hours_on_disk(30)


def test_a_volume_grows_with_the_size_and_never_shrinks() -> None:
    small, standard = (MonitoringSettings(size=size) for size in ("small", "standard"))
    assert prometheus_gib(small, None) == SIZES["small"].disk_gib
    assert prometheus_gib(standard, SIZES["small"].disk_gib) == SIZES["standard"].disk_gib
    assert prometheus_gib(small, SIZES["standard"].disk_gib) == SIZES["standard"].disk_gib
    assert prometheus_gib(MonitoringSettings(size="none"), 40) is None
