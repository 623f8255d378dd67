"""The ScaledObject of a service: between which numbers KEDA scales it, by what, and how fast.

Every field is one of KEDA's v1alpha1 API: https://keda.sh/docs/2.21/reference/scaledobject-spec/.
"""

import math
import os
from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from components.serving.triggers import WINDOW_SECONDS, triggers
from settings.derived.autoscaling.decisions import Decision
from settings.derived.autoscaling.names import API_VERSION, KIND, PAUSED_REPLICAS
from settings.derived.gateway.names import public_name
from settings.derived.naming import label_value
from settings.models.services.autoscale import AutoscaleSettings
from settings.models.services.base import ServiceSettings

TIME_SCALE_VARIABLE = "LLM_PLATFORM_AUTOSCALING_TIME_SCALE"
"""Environment variable of the program in a rehearsal: the factor of every duration of a ScaledObject."""
POLLING_SECONDS = 15
"""Between two queries of the operator, which decide on the first and the last replica (vLLM's production-stack)."""
FAILURES = 3
"""Queries in a row that may fail; then the fallback counts."""
UP_WINDOW_SECONDS, UP_PODS, UP_SECONDS = 30, 2, 60
DOWN_PODS, DOWN_SECONDS = 1, 120
"""Up fast and down slowly, as in AWS's guide: a replica that is missing costs latency at once, one too many costs minutes
(https://docs.aws.amazon.com/eks/latest/userguide/ml-inference-autoscaling-hpa-keda.html)."""
LEAST_WINDOW_SECONDS = 10
"""Of rates in a rehearsal, whose scrapes are a second apart."""
_WAIT_FOR = "pulumi.com/waitFor"


def scaled_object(
    scope: Scope,
    service: ServiceSettings,
    context: ServingContext,
    *,
    target: str,
    after: Sequence[pulumi.Resource] = (),
) -> list[pulumi.Resource]:
    """The ScaledObject of a service that KEDA scales; none for another one.

    Args:
        scope: The service.
        service: Its settings.
        context: The stack's context.
        target: Kind of its workload, which has its name.
        after: The workload.
    """
    if service.autoscale is None:
        return []
    public = public_name(label_value(context.naming.stack), scope.name)
    found = context.plan.autoscaling[scope.name]
    return [
        _made(
            scope,
            _spec(public, service, service.autoscale, found) | {"scaleTargetRef": _target(scope, target)},
            {_WAIT_FOR: "condition=Ready"},
            after,
        )
    ]


def paused_scaled_object(
    scope: Scope, service: ServiceSettings, context: ServingContext, *, target: str
) -> list[pulumi.Resource]:
    """The ScaledObject of a service whose autoscaling ends with this update, before its workload; none for another one.

    KEDA takes the HPA away, scales to the fixed number, and writes it into ``status.pausedReplicaCount``.
    """
    if scope.name not in context.plan.handed_back:
        return []
    annotations = {
        PAUSED_REPLICAS: str(service.replicas),
        _WAIT_FOR: f"jsonpath={{.status.pausedReplicaCount}}={service.replicas}",
    }
    # Triggers are required; nothing evaluates them while it is paused.
    never = {
        "type": "cron",
        "metadata": {"timezone": "UTC", "start": "0 0 1 1 *", "end": "1 0 1 1 *", "desiredReplicas": "1"},
    }
    spec: dict[str, object] = {
        "maxReplicaCount": service.replicas,
        "scaleTargetRef": _target(scope, target),
        "triggers": [never],
    }
    return [_made(scope, spec, annotations, context.platform.ready)]


def _made(
    scope: Scope, spec: dict[str, object], annotations: dict[str, str], after: Sequence[pulumi.Resource]
) -> pulumi.Resource:
    return k8s.apiextensions.CustomResource(
        scope.named("scaled-object"),
        api_version=API_VERSION,
        kind=KIND,
        metadata=scope.metadata(annotations=annotations),
        spec=spec,
        opts=scope.options(after),
    )


def _spec(public: str, service: ServiceSettings, autoscale: AutoscaleSettings, found: Decision) -> dict[str, object]:
    spec: dict[str, object] = {
        "pollingInterval": _seconds(POLLING_SECONDS),
        "minReplicaCount": autoscale.min,
        "maxReplicaCount": autoscale.max,
        "fallback": {
            "failureThreshold": FAILURES,
            # Never 0: KEDA would end the last replica when Prometheus is away (RequestScale in its executor).
            "replicas": max(1, autoscale.min),
            "behavior": "currentReplicasIfHigher",
        },
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(found.down_after)}},
        "triggers": triggers(
            public, service, autoscale, found, window=max(LEAST_WINDOW_SECONDS, _seconds(WINDOW_SECONDS))
        ),
    }
    if autoscale.min == 0:
        # The initial one counts where nothing was requested yet: a first replica would end as soon as it is there.
        spec |= {
            "cooldownPeriod": _seconds(found.to_zero_after),
            "initialCooldownPeriod": _seconds(found.to_zero_after),
        }
    return spec


def _target(scope: Scope, kind: str) -> dict[str, str]:
    return {"apiVersion": "apps/v1", "kind": kind, "name": scope.name}


def _behavior(down_after: int) -> dict[str, object]:
    def rules(window: int, pods: int, seconds: int) -> dict[str, object]:
        return {
            "stabilizationWindowSeconds": _seconds(window),
            "policies": [{"type": "Pods", "value": pods, "periodSeconds": _seconds(seconds)}],
        }

    return {
        "scaleUp": rules(UP_WINDOW_SECONDS, UP_PODS, UP_SECONDS),
        "scaleDown": rules(down_after, DOWN_PODS, DOWN_SECONDS),
    }


def _seconds(seconds: int) -> int:
    """A duration, shorter in a rehearsal."""
    return max(1, math.ceil(seconds * float(os.environ.get(TIME_SCALE_VARIABLE, "1"))))
