"""The preflight of a preview: refusals end it, everything else is a warning."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pulumi

from preflight import scaled_objects
from preflight.finding import Finding
from preflight.run import Report, run
from preflight.subjects import of_settings
from settings.loading.parse import Parsed


def preflight(parsed: Parsed, outputs: Callable[[], Mapping[str, Any]]) -> None:
    """Check against AWS what would make the update fail; only in a preview, and before any resource.

    Where KEDA goes, the cluster is read too, in the update as well.

    Args:
        parsed: The stack's settings.
        outputs: Reads the outputs of its last update.

    Raises:
        pulumi.RunError: the update would fail for certain; one line each.
    """
    if pulumi.runtime.is_dry_run():
        show(run(of_settings(parsed, project=pulumi.get_project())))
    if parsed.plan.keda_goes:  # in the update too, where the preview was skipped: nothing takes it back half-way
        show_cluster(scaled_objects.check(parsed.plan.stack, lambda: outputs().get("kubeconfig")))


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


def show_cluster(findings: Iterable[Finding]) -> None:
    """Show what was found in the cluster.

    Raises:
        pulumi.RunError: there is a refusal.
    """
    for finding in findings:
        if finding.refuses:
            raise pulumi.RunError(f"this update would fail in the cluster:\n{finding}")
        pulumi.log.warn(f"preflight: {finding}")
