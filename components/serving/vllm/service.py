"""One model, served by vLLM behind an OpenAI-compatible endpoint."""

from collections.abc import Mapping
from typing import TypeAlias

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.kubernetes.disruption_budget import disruption_budget
from components.kubernetes.scope import Scope
from components.serving.autoscaling import paused_scaled_object, scaled_object
from components.serving.benchmark.job import Measured, benchmark_job, benchmark_labels
from components.serving.context import ServiceArgs, ServingContext
from components.serving.discovery import SecretKey
from components.serving.endpoint import PodPort, chat_command, endpoint_service, service_url
from components.serving.identity import service_account
from components.serving.mirror import mirror_job
from components.serving.network import service_policy
from components.serving.vllm.cache.archive import engine_statements, script_config_map
from components.serving.vllm.command import PORT
from components.serving.vllm.deployment import vllm_deployment
from components.serving.vllm.keys import API_KEY, service_keys
from components.serving.vllm.pod import MIDDLEWARE, middleware_files
from components.serving.vllm.warm_up import warm_up_job
from components.serving.vllm.weights import weights_mirror
from settings.derived.timeouts import Timing
from settings.models.services.vllm import VllmSettings

VllmServiceArgs: TypeAlias = ServiceArgs[VllmSettings]
"""Arguments of :class:`VllmService`."""


class VllmService(pulumi.ComponentResource):
    """vLLM's Deployment with all it needs, closed but for its load balancer, and with a key of its own."""

    url: pulumi.Output[str]
    """URL of the endpoint, without a path."""
    api_key: pulumi.Output[str]
    """What clients send as bearer token; secret."""
    command: pulumi.Output[str]
    """A shell command that requests a chat completion."""
    outputs: Mapping[str, pulumi.Output[str]]
    """All of these by name."""

    def __init__(self, name: str, args: VllmServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Serve the model as ``name``."""
        super().__init__("llm:serving:VllmService", name, None, opts)
        service, context = args.service, args.context
        endpoint = service.endpoint
        timing = context.plan.timings[name]
        scope = context.scope(name, "vllm", "inference", self)
        keys = service_keys(scope, context.platform.monitoring_scrape_token)
        before = _before_pods(scope, service, context, timing)
        before += paused_scaled_object(scope, service, context, target="Deployment")
        deployment = vllm_deployment(scope, service, context, keys, timing, after=before)
        scaled_object(scope, service, context, target="Deployment", after=[*context.platform.ready, deployment])
        disruption_budget(scope)
        if service.has_compile_cache:
            warm_up_job(scope, service, context, keys, timing, [deployment])
        balanced = endpoint_service(
            scope,
            context,
            service,
            target=PodPort(port=PORT, health_path="/health"),
            timeout=timing.pulumi_timeout,
            after=[deployment],
            key=SecretKey(secret=keys.name, key=API_KEY),
        )
        if service.benchmark:
            key = SecretKey(secret=keys.name, key=API_KEY)
            benchmark_job(scope, context, Measured(service=service, port=PORT, key=key), [deployment])
        self.url = service_url(scope, context, balanced, endpoint)
        self.api_key = keys.values[API_KEY]
        self.command = chat_command(scope, service.served_name(name), self.url, endpoint, port=PORT)
        self.outputs = {"url": self.url, "api_key": self.api_key, "command": self.command}
        self.register_outputs({**self.outputs})


def _before_pods(scope: Scope, service: VllmSettings, context: ServingContext, timing: Timing) -> list[pulumi.Resource]:
    """What pods need in place when they start: identity, network policy, middleware, weights."""
    statements = engine_statements(scope.name, service, context)
    before = [
        *context.platform.ready,
        *service_account(
            scope,
            context.platform.trust,
            boundary=context.permissions_boundary,
            description=f"vLLM service {scope.name}",
            document=PolicyDocument(statements) if statements else None,
        ),
        service_policy(
            scope,
            context,
            service.endpoint,
            port=PORT,
            scraped_from=context.facts.scrapers(service.monitoring_namespace),
            measured_by=[benchmark_labels(scope.name)] if service.benchmark else [],
        ),
    ]
    if service.path_allow_list:
        before.append(_middleware(scope))
    if service.has_compile_cache:
        before.append(script_config_map(scope))
    if mirror := weights_mirror(service, context):
        before.append(mirror_job(scope, context, mirror, timing))
    return before


def _middleware(scope: Scope) -> k8s.core.v1.ConfigMap:
    return k8s.core.v1.ConfigMap(
        scope.named(MIDDLEWARE), metadata=scope.metadata(MIDDLEWARE), data=middleware_files(), opts=scope.options()
    )
