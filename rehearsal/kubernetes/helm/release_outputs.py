"""What Pulumi's state has of an installed release."""

from rehearsal.kubernetes.helm import rendered
from rehearsal.kubernetes.helm.library import StoredRelease
from rehearsal.plugins.wire import UNKNOWN, Properties


def outputs_of(inputs: Properties, release: StoredRelease) -> Properties:
    """What Pulumi's state has of a release."""
    status = {
        "appVersion": release.app_version,
        "chart": release.chart,
        "name": release.name,
        "namespace": release.namespace,
        "revision": release.revision,
        "status": release.status,
        "version": release.version,
    }
    names = rendered.names_in(release.manifest)
    return {**inputs, "version": release.version, "resourceNames": names, "status": status}


def planned(inputs: Properties) -> Properties:
    """The outputs of a preview: what only the release itself has is unknown."""
    return {**inputs, "resourceNames": UNKNOWN, "status": UNKNOWN}
