"""One model, served by Ollama on CPU nodes: a StatefulSet whose replicas have a volume each, and an internal endpoint."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.content import checksum
from components.kubernetes.disruption_budget import disruption_budget
from components.kubernetes.scope import Scope
from components.kubernetes.storage import encrypted_volumes
from components.serving.autoscaling import paused_scaled_object, scaled_object
from components.serving.benchmark.job import Measured, benchmark_job, benchmark_labels
from components.serving.context import ServiceArgs, ServingContext
from components.serving.endpoint import PodPort, chat_command, endpoint_service, service_url
from components.serving.identity import service_account
from components.serving.mirror import mirror_job
from components.serving.network import service_policy
from components.serving.ollama.model import model_mirror, model_policy, script_config_map, scripts
from components.serving.ollama.pod import LIVE_PATH, PORT, pod, volume_claim
from components.serving.replicas import replicas
from settings.derived.timeouts import Timing
from settings.models.services.ollama import OllamaSettings

OllamaServiceArgs: TypeAlias = ServiceArgs[OllamaSettings]
"""Arguments of :class:`OllamaService`."""


class OllamaService(pulumi.ComponentResource):
    """Ollama's StatefulSet with all it needs; reached from inside the network only, since it has no authentication."""

    url: pulumi.Output[str]
    """URL of the endpoint, without a path."""
    command: pulumi.Output[str]
    """A shell command that requests a chat completion."""
    outputs: Mapping[str, pulumi.Output[str]]
    """All of these by name."""

    def __init__(self, name: str, args: OllamaServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Serve the model as ``name``."""
        super().__init__("llm:serving:OllamaService", name, None, opts)
        service, context = args.service, args.context
        timing = context.plan.timings[name]
        scope = context.scope(name, "ollama", "inference", self)
        before = _before_pods(scope, service, context, timing)
        before += paused_scaled_object(scope, service, context, target="StatefulSet")
        stateful_set = _stateful_set(scope, service, context, timing, before)
        scaled_object(scope, service, context, target="StatefulSet", after=[*context.platform.ready, stateful_set])
        disruption_budget(scope)
        balanced = endpoint_service(
            scope,
            context,
            service,
            target=PodPort(port=PORT, health_path=LIVE_PATH),
            timeout=timing.pulumi_timeout,
            after=[stateful_set],
        )
        if service.benchmark:
            benchmark_job(scope, context, Measured(service=service, port=PORT), [stateful_set])
        self.url = service_url(scope, context, balanced, service.endpoint)
        self.command = chat_command(scope, service.model, self.url, service.endpoint, port=PORT, with_key=False)
        self.outputs = {"url": self.url, "command": self.command}
        self.register_outputs({**self.outputs})


def _before_pods(
    scope: Scope, service: OllamaSettings, context: ServingContext, timing: Timing
) -> list[pulumi.Resource]:
    """What pods need in place when they start: identity, network policy, the script, the model in the bucket."""
    before = [
        *context.platform.ready,
        *service_account(
            scope,
            context.platform.trust,
            boundary=context.permissions_boundary,
            description=f"Ollama service {scope.name}",
            document=model_policy(service, context),
        ),
        # Ollama serves no metrics: no namespace may scrape it.
        service_policy(
            scope,
            context,
            service.endpoint,
            port=PORT,
            measured_by=[benchmark_labels(scope.name)] if service.benchmark else [],
        ),
        script_config_map(scope, context),
    ]
    if mirror := model_mirror(service, context):
        before.append(mirror_job(scope, context, mirror, timing))
    return before


def _stateful_set(
    scope: Scope, service: OllamaSettings, context: ServingContext, timing: Timing, after: Sequence[pulumi.Resource]
) -> k8s.apps.v1.StatefulSet:
    timeouts = pulumi.CustomTimeouts(
        create=timing.pulumi_timeout, update=timing.pulumi_rollout_timeout(service.most_replicas)
    )
    scaled = replicas(scope.name, service, context.plan)
    return k8s.apps.v1.StatefulSet(
        scope.name,
        metadata=scope.metadata(annotations=scaled.annotations),
        spec=k8s.apps.v1.StatefulSetSpecArgs(
            replicas=scaled.count,
            service_name=scope.name,
            # Replicas do not know each other: they start, and get their volumes, at the same time.
            pod_management_policy="Parallel",
            # A model can be downloaded again, and a volume that nothing uses costs money.
            persistent_volume_claim_retention_policy=(
                k8s.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
                    when_deleted="Delete", when_scaled="Delete"
                )
            ),
            selector=scope.match_labels,
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=scope.pod_metadata({"llm-platform/script": checksum(*scripts(context).values())}),
                spec=pod(scope, service, context),
            ),
            volume_claim_templates=volume_claim(
                scope, service, encrypted_volumes(scope, context.facts.volume_key).metadata.name
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            pulumi.ResourceOptions.merge(
                scope.options(after), pulumi.ResourceOptions(custom_timeouts=timeouts, delete_before_replace=True)
            ),
            scaled.options,
        ),
    )
