"""Options of Helm's library for the inputs of a release, as ``helm_release.go`` of pulumi-kubernetes sets them."""

from typing import Any

from rehearsal.kubernetes.helm.library import NO_WAIT, WAIT
from rehearsal.kubernetes.helm.release_inputs import DEFAULT_TIMEOUT
from rehearsal.plugins.wire import Properties

# Helm's own limit is out of the way: the wait here ends it, and what a first build of an image takes does not count.
_NO_LIMIT = 86_400
_SHARED_OPTIONS = {
    "description": "description",
    "devel": "devel",
    "disableOpenapiValidation": "disable_openapi_validation",
    "renderSubchartNotes": "sub_notes",
}
_INSTALL_OPTIONS = {
    "createNamespace": "create_namespace",
    "disableWebhooks": "disable_hooks",
    "replace": "replace",
    "skipCrds": "skip_crds",
}
_UPGRADE_OPTIONS = {
    "cleanupOnFail": "cleanup_on_fail",
    "disableCRDHooks": "disable_hooks",
    "forceUpdate": "force_replace",
    "maxHistory": "max_history",
    "resetValues": "reset_values",
    "reuseValues": "reuse_values",
}


def of_install(inputs: Properties) -> dict[str, Any]:
    """Options of an install; applied on the client's side, as Helm 3 does."""
    return {**_options(inputs, _SHARED_OPTIONS | _INSTALL_OPTIONS), "server_side_apply": False}


def of_upgrade(inputs: Properties) -> dict[str, Any]:
    """Options of an upgrade."""
    return {**_options(inputs, _SHARED_OPTIONS | _UPGRADE_OPTIONS), "server_side_apply": "false"}


def _options(inputs: Properties, names: dict[str, str]) -> dict[str, Any]:
    waits = not inputs.get("skipAwait")
    options = {ours: inputs[theirs] for theirs, ours in names.items() if inputs.get(theirs)}
    # As in Helm 3, a release that is rolled back on failure must be waited for.
    options["wait"] = WAIT if waits or inputs.get("atomic") else NO_WAIT
    if inputs.get("atomic"):
        options["rollback_on_failure"] = True
    if waits and inputs.get("waitForJobs"):
        options["wait_for_jobs"] = True
    return {**options, "timeout_seconds": _NO_LIMIT}


def timeout(values: Properties) -> int:
    """Seconds that an operation on the release may take."""
    return int(values.get("timeout") or DEFAULT_TIMEOUT)
