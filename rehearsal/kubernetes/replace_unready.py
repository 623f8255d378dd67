"""Annotation ``pulumi.com/replaceUnready``: a Job that did not succeed is replaced.

As pulumi-kubernetes does it (``provider/pkg/provider/provider.go: Diff``, ``pkg/await/checker/job/check.go``): in every
diff of a Job whose inputs of now have the annotation, the live Job is looked at. One that is not complete, failed or
still running, is replaced though its inputs are the same. A Job that is not there or cannot be read counts for nothing: it
was removed after it was done (``ttlSecondsAfterFinished``), or a refresh will find out.
"""

from dataclasses import replace

from rehearsal.controlplane.client import Object
from rehearsal.kubernetes.kinds import Kind
from rehearsal.kubernetes.waiting.readiness import is_true
from rehearsal.plugins.provider import Diff
from rehearsal.plugins.wire import Properties

ANNOTATION = "pulumi.com/replaceUnready"
_PATH = f'metadata.annotations["{ANNOTATION}"]'


def wants_replacement(kind: Kind, news: Properties) -> bool:
    """Return whether the new inputs have the annotation; the real provider reads it of Jobs only."""
    metadata = news.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    value = annotations.get(ANNOTATION) if isinstance(annotations, dict) else None
    return (kind.api_version, kind.kind) == ("batch/v1", "Job") and str(value).lower() == "true"


def is_ready(job: Object) -> bool:
    """Return whether it has started and is complete."""
    status = job.get("status") or {}
    return bool(status.get("startTime")) and is_true(job, "Complete")


def replacing(diff: Diff, *, same_place: bool) -> Diff:
    """The diff, with a replacement beside whatever else it has."""
    return replace(
        diff,
        diffs=sorted({*diff.diffs, "metadata"}),
        replaces=[*diff.replaces, _PATH],
        delete_before_replace=diff.delete_before_replace or same_place,
    )
