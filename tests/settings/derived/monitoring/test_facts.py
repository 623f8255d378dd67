"""What a platform tells its team stacks of its monitoring."""

from settings.derived.monitoring.facts import monitoring_facts
from settings.models.monitoring import MonitoringSettings


def test_a_platform_without_monitoring_has_no_facts() -> None:
    assert monitoring_facts(None) is None
    assert monitoring_facts(MonitoringSettings(size="none")) is None


def test_facts_have_the_namespace_and_how_long_samples_are_kept() -> None:
    facts = monitoring_facts(MonitoringSettings(retention_hours=48))
    assert facts
    assert (facts.namespace, facts.retention_hours) == ("llm-monitoring", 48)
