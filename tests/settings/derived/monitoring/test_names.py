"""Names of monitoring."""

from settings.derived.monitoring.names import ALERT_ANNOTATION, alert_annotation
from settings.models.alerts import ServiceAlerts


def test_an_annotation_has_dashes_where_its_setting_has_underscores() -> None:
    assert alert_annotation("ttft_p95_seconds") == "llm-platform/alert-ttft-p95-seconds"
    names = {alert_annotation(key) for key in ServiceAlerts.model_fields}
    assert len(names) == len(ServiceAlerts.model_fields)
    assert all(name.startswith(ALERT_ANNOTATION) and "_" not in name for name in names)
