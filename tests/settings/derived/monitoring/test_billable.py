"""What of monitoring costs money."""

from settings.derived.monitoring.billable import billable_monitoring
from settings.models.monitoring import MonitoringSettings
from tests.components.builders import service_settings


def test_a_stack_without_monitoring_pays_nothing_for_it() -> None:
    assert billable_monitoring(MonitoringSettings(size="none"), services={}, nodes=3, alarms=1) is None
    assert billable_monitoring(None, services={}, nodes=3, alarms=1) is None


def test_samples_are_counted_where_they_are_written_to_a_workspace() -> None:
    services = {"chat": service_settings(replicas=2)}
    here = billable_monitoring(MonitoringSettings(), services=services, nodes=3, alarms=14)
    there = billable_monitoring(
        MonitoringSettings.model_validate({"remote_write": {"create": True}, "scrape_seconds": 15}),
        services=services,
        nodes=3,
        alarms=14,
    )
    assert here
    assert there
    assert (here.alarms, here.samples_per_month) == (14, 0)
    series = 2 * 450 + 3 * 60 + 1500
    assert there.samples_per_month == series * 730 * 3600 / 15
    assert (
        there.samples_basis
        == "2,580 series of 2 pods of models and 3 nodes, each every 15 s; each pod of a model of a team stack adds 79 million"
    )
