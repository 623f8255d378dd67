"""``llm-platform replicas``: how many replicas the services have that KEDA scales, and why, as kubectl reads it from the cluster."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import OUT, UsageError
from cli.kubectl import KubectlError, listed
from planner.shown import one_line, shortened

if TYPE_CHECKING:
    from settings.derived.autoscaling.status import Scaling

_SCALED_OBJECTS, _HPAS = "scaledobjects.v1alpha1.keda.sh", "horizontalpodautoscalers.v2.autoscaling"
_Key = tuple[str, str]


def replicas(
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="Namespace of a stack's services; default all.")
    ] = None,
    service: Annotated[str | None, typer.Option("--service", help="Name of one service; default all.")] = None,
    context: Annotated[
        str | None, typer.Option("--context", help="Context of the kubeconfig; default its current one.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print current and desired replicas of autoscaled services, with the reason of the last decision.

    It reads ScaledObjects and HorizontalPodAutoscalers by kubectl. Exit 0: printed; 2: usage error, or a cluster that cannot be
    read.
    """
    found = _found(namespace, context)
    if service is not None:
        found = {key: one for key, one in found.items() if key[1] == service}
        if not found:
            where = f" in namespace {namespace}" if namespace else ""
            raise UsageError(f"--service: {one_line(shortened(service))} has no ScaledObject{where}")
    if as_json:
        shown = [{"namespace": key[0], "service": key[1], **_as_json(one)} for key, one in found.items()]
        typer.echo(json.dumps({"services": shown}, indent=2))
    else:
        _show(found)


def _found(namespace: str | None, context: str | None) -> "dict[_Key, Scaling]":
    # It loads pydantic, which other commands do without.
    from settings.derived.autoscaling.status import scalings  # noqa: PLC0415

    return scalings(_listed(_SCALED_OBJECTS, namespace, context), _listed(_HPAS, namespace, context))


def _listed(kind: str, namespace: str | None, context: str | None) -> list[dict[str, Any]]:
    try:
        return listed(kind, namespace, context)
    except KubectlError as error:
        if "the server doesn't have a resource type" in error.stderr:
            raise UsageError("the cluster has no KEDA: give a service `autoscale`, or set cluster.keda") from None
        raise


def _show(found: "dict[_Key, Scaling]") -> None:
    if not found:
        OUT.print("no service is autoscaled")
    for (namespace, name), one in found.items():
        changed = f" Last changed {one.changed_at:%Y-%m-%d %H:%M:%S} UTC." if one.changed_at else ""
        OUT.print(f"{namespace}/{name}: {one.reason}{changed}", markup=False, highlight=False, soft_wrap=True)


def _as_json(one: "Scaling") -> dict[str, Any]:
    return asdict(one) | {"changed_at": one.changed_at.isoformat() if one.changed_at else None}
