"""Monitoring beside the rest of a stack: ARNs of the region, thresholds of services, warnings."""

from typing import Any

import pytest

from settings.issues import SettingsError
from settings.loading.parse import Parsed, parse
from settings.models.stack import PlatformSettings
from tests.settings.bad_settings import PLATFORM, SECRET, WORKSPACE

SMALL = PLATFORM["services"]["small"]
POOLS = {**PLATFORM["pools"], "cpu": {"kind": "cpu", "instance_types": ["c6i.4xlarge"], "min": 1, "max": 2}}
OLLAMA = {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", "replicas": 1}


def platform(**changes: Any) -> Parsed:
    return parse({**PLATFORM, **changes}, stack="dev")


def warned(parsed: Parsed, beginning: str) -> list[str]:
    return [one.message for one in parsed.warnings if one.path.startswith(beginning)]


def test_monitoring_is_on_where_nothing_is_said() -> None:
    for changes in ({}, {"monitoring": {}}):
        settings = platform(**changes).settings
        assert isinstance(settings, PlatformSettings)
        assert settings.monitoring.enabled
        assert settings.monitoring.size == "small"


def test_the_whole_section_is_taken() -> None:
    platform(
        account="123456789012",
        monitoring={
            "size": "standard",
            "retention_hours": 48,
            "scrape_seconds": 15,
            "remote_write": {"workspace_arn": WORKSPACE.replace("us-east-1", "us-west-2")},
            "grafana": {
                "oidc": {"issuer": "https://id.example.com/", "client_id": "grafana", "client_secret_arn": SECRET}
            },
            "notify": {"emails": ["oncall@example.com"], "chat_webhook_secret_arn": SECRET, "repeat_hours": 4},
            "cloudwatch": {"container_insights": False, "log_retention_days": 7},
            "thresholds": {"ttft_p95_seconds": 5, "idle_hours": 24},
        },
    )


def test_a_workspace_of_another_account_is_refused() -> None:
    theirs = {"remote_write": {"workspace_arn": WORKSPACE.replace("123456789012", "210987654321")}}
    with pytest.raises(SettingsError, match=r"workspace_arn: is in account 210987654321, and account is 123456789012"):
        platform(account="123456789012", monitoring=theirs)


def test_a_service_cannot_be_idle_longer_than_samples_are_kept() -> None:
    services = {"small": {**SMALL, "alerts": {"idle_hours": 48}}}
    with pytest.raises(
        SettingsError, match=r"services\.small\.alerts\.idle_hours: is 48, and samples are kept 24 hours"
    ):
        platform(services=services)
    platform(monitoring={"retention_hours": 48}, services=services)


def test_more_samples_than_the_volume_holds_are_warned_of() -> None:
    parsed = platform(monitoring={"scrape_seconds": 10, "retention_hours": 336})
    (message,) = warned(parsed, "monitoring.retention_hours")
    assert "the volume is full after 159 hours" in message
    assert not warned(platform(monitoring={"retention_hours": 336}), "monitoring.retention_hours")


def test_thresholds_that_no_alert_reads_are_warned_of() -> None:
    given = {"services": {"small": {**SMALL, "alerts": {"queue_per_replica": 9}}}}
    (message,) = warned(platform(monitoring={"size": "none"}, **given), "services.small.alerts")
    assert "the platform has no monitoring" in message
    assert not warned(platform(**given), "services.small.alerts")


def test_thresholds_of_vllm_on_another_kind_are_warned_of() -> None:
    alerts = {"ttft_p95_seconds": 4, "success_ratio": 0.99}
    parsed = platform(pools=POOLS, services={"chat": {**OLLAMA, "alerts": alerts}})
    (message,) = warned(parsed, "services.chat.alerts")
    assert message.startswith("ttft_p95_seconds: read from vLLM's metrics")
