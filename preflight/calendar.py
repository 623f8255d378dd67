"""The calendar of Kubernetes versions beside a preflight: in a preview the settings have already checked it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from preflight.checks.cluster import running
from preflight.cloud import Cloud, CloudError
from preflight.finding import Finding, Level, refusal, warning
from preflight.run import Report
from preflight.subject import Subject
from settings import clock
from settings.validation.version_support import SupportedVersion, cannot_be_created, support_warnings


def with_calendar(subject: Subject, run: Callable[[Subject, Cloud], Report]) -> Report:
    """A preflight's report, with the calendar's findings on the stack's version today."""
    cloud = Cloud(subject.region, subject.assume_role)
    report = run(subject, cloud)
    already = {one.where for one in report.findings if one.refuses}
    extra = tuple(one for one in calendar(subject, cloud, clock.today()) if one.where not in already)
    findings = sorted(
        {*report.findings, *extra}, key=lambda one: (one.level is not Level.ERROR, one.where, one.message)
    )
    return replace(report, findings=tuple(findings))


def calendar(subject: Subject, cloud: Cloud, today: date) -> list[Finding]:
    """A refusal for a cluster that is still to be made, a warning for one that runs or may."""
    if subject.cluster is None:
        return []
    plan = SupportedVersion(version=subject.cluster.version, support_type=subject.cluster.support_type)
    try:
        created: bool | None = running(subject, cloud) is not None
    except CloudError:
        created = None
    reason = cannot_be_created(plan, today) if created is False else None
    if reason:
        return [refusal("cluster.version", reason)]
    return [warning(one.path, one.message) for one in support_warnings(plan, today)]
