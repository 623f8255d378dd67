"""The Job that runs a service's engine once, without requests, and keeps what it compiled."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.keys import DrawnKeys
from components.kubernetes.network_policy import network_policy
from components.kubernetes.pod_security import pod_security
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from components.serving.identity import service_account
from components.serving.vllm.cache.archive import ENGINE_SCRIPT, SUFFIX, job_statements, key
from components.serving.vllm.cache.fetch import MARKER, archive_container, script_mount, script_volume
from components.serving.vllm.command import COMMAND, PORT
from components.serving.vllm.pod import (
    HOME,
    ROOT_GROUP,
    USER,
    engine,
    engine_environment,
    mounts,
    on_gpu_nodes,
    volumes,
)
from settings.derived.naming import selector_labels
from settings.derived.priorities import class_name
from settings.derived.timeouts import Timing
from settings.models.services.vllm import VllmSettings

RETRIES = 1
"""An engine that cannot start fails as often; a node that ends under it, or a replica that takes its GPU, does not count."""
_SHOWN = 8
_KEPT_NODE = {"karpenter.sh/do-not-disrupt": "true"}
"""A consolidation would only begin it again; Karpenter ends the node when the Job is done."""


def warm_up_job(
    service_scope: Scope,
    service: VllmSettings,
    context: ServingContext,
    keys: DrawnKeys,
    timing: Timing,
    after: Sequence[pulumi.Resource],
) -> k8s.batch.v1.Job:
    """The Job ``SERVICE-compile-cache-KEY`` on a GPU node of the service's pool; another key is another Job.

    It has a service account of its own, whose role alone may put the archive: an engine that takes requests, and could be taken over
    by one, cannot write what other engines run. No Service selects its pod, and its network policy admits no caller.

    Args:
        service_scope: The service's scope.
        service: Its settings.
        context: The stack's context.
        keys: Keys of its engines.
        timing: What a start may take.
        after: What serves; a rollout that needs the pool's GPUs comes first.
    """
    scope = replace(
        service_scope,
        name=service_scope.named(SUFFIX),
        selector=selector_labels(service_scope.name, SUFFIX),
        pod_labels={},
    )
    identity = service_account(
        scope,
        context.platform.trust,
        boundary=context.permissions_boundary,
        description=f"Keeps what the engine of {service_scope.name} compiles in the bucket",
        document=PolicyDocument(job_statements(service_scope.name, service, context)),
    )
    digits = key(service_scope.name, service, context)[:_SHOWN]
    return k8s.batch.v1.Job(
        scope.named(digits),
        metadata=scope.metadata(
            digits,
            # The deployment does not wait for a GPU that may not be there; the next `pulumi up` replaces a Job that failed, or still runs.
            annotations={"pulumi.com/skipAwait": "true", "pulumi.com/replaceUnready": "true"},
        ),
        spec=k8s.batch.v1.JobSpecArgs(
            backoff_limit=RETRIES,
            active_deadline_seconds=timing.warm_up_deadline,
            pod_failure_policy=_disruptions_do_not_count(),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=scope.pod_metadata(annotations=_KEPT_NODE),
                spec=_pod(scope, service_scope, service, context, keys),
            ),
        ),
        opts=pulumi.ResourceOptions(
            parent=scope.parent,
            depends_on=[*after, *identity, network_policy(scope)],
            # What is in the bucket stays right when anything else of the Job changes: it would cost a GPU for nothing.
            ignore_changes=["spec"],
            delete_before_replace=True,
        ),
    )


def _pod(
    scope: Scope, service_scope: Scope, service: VllmSettings, context: ServingContext, keys: DrawnKeys
) -> k8s.core.v1.PodSpecArgs:
    """One after the other: is there an archive, the engine, and the archive."""
    return k8s.core.v1.PodSpecArgs(
        service_account_name=scope.name,
        automount_service_account_token=False,
        enable_service_links=False,
        restart_policy="Never",
        priority_class_name=_priority(context),
        **on_gpu_nodes(service),
        security_context=pod_security(USER, ROOT_GROUP, fs_group=USER),
        init_containers=[
            archive_container(service_scope, service, context, "check"),
            _engine(service_scope, service, context, keys),
        ],
        containers=[archive_container(service_scope, service, context, "store")],
        volumes=[*volumes(service_scope, service, context), script_volume(service_scope)],
    )


def _priority(context: ServingContext) -> str | None:
    """The lowest class that the stack may use: a replica that needs the GPU takes it."""
    classes, own = context.facts.priorities, context.plan.addresses is not None
    return class_name("low" if classes and (own or "low" in classes.teams) else "normal")


def _disruptions_do_not_count() -> k8s.batch.v1.PodFailurePolicyArgs:
    condition = k8s.batch.v1.PodFailurePolicyOnPodConditionsPatternArgs(type="DisruptionTarget", status="True")
    return k8s.batch.v1.PodFailurePolicyArgs(
        rules=[k8s.batch.v1.PodFailurePolicyRuleArgs(action="Ignore", on_pod_conditions=[condition])]
    )


def _engine(
    service_scope: Scope, service: VllmSettings, context: ServingContext, keys: DrawnKeys
) -> k8s.core.v1.ContainerArgs:
    variable = k8s.core.v1.EnvVarArgs
    address = k8s.core.v1.EnvVarSourceArgs(field_ref=k8s.core.v1.ObjectFieldSelectorArgs(field_path="status.podIP"))
    return k8s.core.v1.ContainerArgs(
        **engine(service_scope, service, context),
        name="vllm",
        command=["python3", ENGINE_SCRIPT, *COMMAND],
        env=[
            *engine_environment(service, context, keys),
            variable(name="POD_IP", value_from=address),
            variable(name="HEALTH", value=f"http://$(POD_IP):{PORT}/health"),
            variable(name="MARKER", value=f"{HOME}/.cache/{MARKER}"),
        ],
        volume_mounts=[*mounts(service), script_mount()],
    )
