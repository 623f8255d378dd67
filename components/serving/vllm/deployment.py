"""The Deployment of a vLLM service: rollouts, deadlines, and what rolls its pods."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.keys import DrawnKeys
from components.kubernetes.content import checksum
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from components.serving.replicas import replicas
from components.serving.vllm.pod import middleware_files, pod
from settings.derived.capacity import surges
from settings.derived.timeouts import Timing
from settings.models.services.vllm import VllmSettings

HISTORY = 3


def vllm_deployment(
    scope: Scope,
    service: VllmSettings,
    context: ServingContext,
    keys: DrawnKeys,
    timing: Timing,
    after: Sequence[pulumi.Resource],
) -> k8s.apps.v1.Deployment:
    """The Deployment, created after the resources ``after``, which its pods need when they start."""
    annotations: dict[str, pulumi.Input[str]] = {"llm-platform/keys": keys.checksum}
    if service.path_allow_list:
        annotations["llm-platform/middleware"] = checksum(*middleware_files().values())
    timeouts = pulumi.CustomTimeouts(
        create=timing.pulumi_timeout, update=timing.pulumi_rollout_timeout(service.most_replicas)
    )
    scaled = replicas(scope.name, service, context.plan)
    return k8s.apps.v1.Deployment(
        scope.name,
        metadata=scope.metadata(annotations=scaled.annotations),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=scaled.count,
            revision_history_limit=HISTORY,
            progress_deadline_seconds=timing.progress_deadline,
            selector=scope.match_labels,
            strategy=_strategy(surge=surges(service, context.facts.pools[service.pool])),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=scope.pod_metadata(annotations), spec=pod(scope, service, context, keys, timing)
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            pulumi.ResourceOptions.merge(
                scope.options([*after, keys.secret]), pulumi.ResourceOptions(custom_timeouts=timeouts)
            ),
            scaled.options,
        ),
    )


def _strategy(*, surge: bool) -> k8s.apps.v1.DeploymentStrategyArgs:
    """One pod after the other; without a spare GPU a new pod could only wait for the one that the old pod holds."""
    return k8s.apps.v1.DeploymentStrategyArgs(
        type="RollingUpdate",
        rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(
            max_surge=1 if surge else 0, max_unavailable=0 if surge else 1
        ),
    )
