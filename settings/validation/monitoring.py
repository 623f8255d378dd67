"""Issues and warnings of monitoring beside the rest of a stack: names, ARNs, thresholds of services."""

from collections.abc import Iterator, Mapping

from settings.derived.monitoring.names import GPU_NAMESPACE, NAMESPACE
from settings.derived.monitoring.sizes import monitoring_size
from settings.issues import Issue, join
from settings.models.monitoring import MonitoringSettings
from settings.models.services.base import ServiceSettings
from settings.validation.arns import check_arn
from settings.validation.partial import PartialSettings

OF_REQUESTS = frozenset({"success_ratio", "idle_hours"})
"""Thresholds whose alerts read the gateway's metrics; the others read those of vLLM."""


def check_monitoring(partial: PartialSettings) -> None:
    """Add every issue of monitoring, and of the thresholds of services."""
    if partial.values.get("namespace") in {NAMESPACE, GPU_NAMESPACE}:
        partial.add_issue(
            f"{partial.values['namespace']!r} belongs to the platform's monitoring: choose another", "namespace"
        )
    if partial.monitoring:
        _check_arns(partial, partial.monitoring)
    _check_idle_hours(partial)


def _check_arns(partial: PartialSettings, monitoring: MonitoringSettings) -> None:
    webhook = monitoring.notify.chat_webhook_secret_arn
    check_arn(partial, webhook, "monitoring", "notify", "chat_webhook_secret_arn", user="what reads it")
    if monitoring.grafana:
        secret = monitoring.grafana.oidc.client_secret_arn
        check_arn(partial, secret, "monitoring", "grafana", "oidc", "client_secret_arn", user="what reads it")
    if monitoring.remote_write:
        # SigV4 is signed for the workspace's own region, wherever Prometheus is.
        check_arn(
            partial,
            monitoring.remote_write.workspace_arn,
            *("monitoring", "remote_write", "workspace_arn"),
            user="Prometheus",
            other_region=True,
        )


def _check_idle_hours(partial: PartialSettings) -> None:
    kept = _hours_kept(partial)
    for name, service in partial.services.items():
        idle = service.alerts.idle_hours
        if kept and idle and idle > kept:
            where = "monitoring.retention_hours of the platform stack" if partial.team else "monitoring.retention_hours"
            partial.add_issue(
                f"is {idle:g}, and samples are kept {kept} hours: lower it, or raise {where}",
                *("services", name, "alerts", "idle_hours"),
            )


def _hours_kept(partial: PartialSettings) -> int | None:
    if partial.team:
        facts = partial.platform.monitoring if partial.platform else None
        return facts.retention_hours if facts else None
    return partial.monitoring.retention_hours if partial.monitoring and partial.monitoring.enabled else None


def monitoring_warnings(settings: MonitoringSettings, volume_gib: int | None) -> Iterator[Issue]:
    """Warnings of a platform stack's monitoring, whose Prometheus has a volume of ``volume_gib`` GiB."""
    size = monitoring_size(settings)
    if size is None:
        return
    if volume_gib and volume_gib > size.disk_gib:
        yield Issue(
            "monitoring.size",
            f"is {settings.size}, and Prometheus keeps its volume of {volume_gib} GiB, which cannot shrink: for one of "
            f"{size.disk_gib} GiB set none in one update and {settings.size} in the next, and lose the samples on it",
        )
    hours = size.hours_on_disk(settings.scrape_seconds)
    if hours < settings.retention_hours:
        yield Issue(
            "monitoring.retention_hours",
            f"is {settings.retention_hours}, and with the {size.series:,} series that {settings.size} is for, each read every "
            f"{settings.scrape_seconds} s, the volume is full after {hours} hours, from where the oldest samples go: raise "
            "scrape_seconds, or take a larger size",
        )
    if not settings.notify.emails and not settings.notify.chat_webhook_secret_arn:
        yield Issue(
            "monitoring.notify",
            "names no email and no chat webhook: alerts end in the SNS topic, output alerts_topic_arn, until something subscribes "
            "to it",
        )


def alert_warnings(services: Mapping[str, ServiceSettings], *, monitoring: bool) -> Iterator[Issue]:
    """A warning for thresholds that no alert reads."""
    for name, service in services.items():
        given = service.alerts.given
        if given and not monitoring:
            yield Issue(
                join("services", name, "alerts"), "is read by no alert: the platform has no monitoring; omit it"
            )
        unread = sorted(given.keys() - OF_REQUESTS) if monitoring and service.kind != "vllm" else []
        if unread:
            yield Issue(
                join("services", name, "alerts"),
                f"{', '.join(unread)}: read from vLLM's metrics, and a service of kind {service.kind} has none; omit "
                f"{'it' if len(unread) == 1 else 'them'}",
            )
