"""The preflight of a preview: refusals end it, everything else is a warning."""

import pulumi

from preflight.run import Report, run
from preflight.subjects import of_settings
from settings.loading.parse import Parsed


def preflight(parsed: Parsed) -> None:
    """Check against AWS what would make the update fail; only in a preview, and before any resource.

    Raises:
        pulumi.RunError: the update would fail for certain; one line each.
    """
    if pulumi.runtime.is_dry_run():
        show(run(of_settings(parsed, project=pulumi.get_project())))


def show(report: Report) -> None:
    """Show a report in the preview.

    Raises:
        pulumi.RunError: it has refusals.
    """
    if report.note:
        pulumi.log.info(f"preflight: {report.note}")
    for finding in report.findings:
        if not finding.refuses:
            pulumi.log.warn(f"preflight: {finding}")
    if report.refusals:
        count = len(report.refusals)
        title = f"AWS would refuse this update for {count} reason{'s' if count > 1 else ''}:"
        raise pulumi.RunError("\n".join([title, *map(str, report.refusals)]))
