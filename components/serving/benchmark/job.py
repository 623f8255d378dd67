"""A Job that measures a service after it was deployed, and whose failure is not the deployment's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.kubernetes.environment import aws_region, environment
from components.kubernetes.network_policy import egress_rule, network_policy
from components.kubernetes.scope import Scope
from components.serving.benchmark.client import FILE, client_digest, client_zip
from components.serving.context import ServingContext
from components.serving.discovery import SecretKey
from components.serving.identity import service_account
from components.serving.script_pod import script_pod
from settings.derived.benchmark import benchmark_facts
from settings.derived.bucket_prefixes import BENCHMARKS
from settings.derived.gateway.names import public_name
from settings.derived.naming import label_value, selector_labels
from settings.derived.system_pool.workloads import BENCHMARK_JOB
from settings.models.services.base import ServiceSettings

APP, SUFFIX = "benchmark", "benchmark"
DEADLINE_SECONDS = 3600
"""For 220 requests, 10 at once, each of which can take 300 s: two hours at the very worst, a few minutes as a rule."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The service that is measured."""

    service: ServiceSettings
    port: int
    """Port of its pods."""
    key: SecretKey | None = None
    """Where its API key is; None for an engine without one."""


def benchmark_labels(service: str) -> dict[str, str]:
    """Labels of the pods that measure a service, by which its network policy admits them."""
    return selector_labels(service, APP)


def benchmark_job(
    service: Scope, context: ServingContext, measured: Measured, after: list[pulumi.Resource]
) -> k8s.batch.v1.Job:
    """The Job ``SERVICE-benchmark`` on the system pool; it runs again when anything of the service's answer changes.

    Args:
        service: The service's scope.
        context: The stack's context.
        measured: The service.
        after: What serves; the Job starts when it is ready.
    """
    scope = replace(service, name=service.named(SUFFIX), selector=benchmark_labels(service.name), pod_labels={})
    public = public_name(label_value(context.naming.stack), service.name)
    identity = service_account(
        scope,
        context.platform.trust,
        boundary=context.permissions_boundary,
        description=f"Writes the benchmarks of {service.name} into the bucket",
        document=PolicyDocument(context.bucket_access.write(f"{BENCHMARKS}/{public}")),
    )
    client = _client(scope)
    return k8s.batch.v1.Job(
        scope.name,
        # Pulumi does not wait for it: a model that became slower is a failed Job, not a failed deployment.
        metadata=scope.metadata(annotations={"pulumi.com/skipAwait": "true"}),
        spec=k8s.batch.v1.JobSpecArgs(
            # A second attempt would be compared with the first, and pass.
            backoff_limit=0,
            active_deadline_seconds=DEADLINE_SECONDS,
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=scope.pod_metadata(), spec=_pod(scope, service, context, measured, public)
            ),
        ),
        opts=pulumi.ResourceOptions(
            parent=scope.parent,
            depends_on=[
                *after,
                *identity,
                client,
                _pod_addresses(scope, service, measured.port),
                network_policy(scope, egress=[egress_rule(measured.port, pods=[service.selector])]),
            ],
            # A Job's template cannot change, and two of one name cannot exist side by side.
            replace_on_changes=["spec.template"],
            delete_before_replace=True,
        ),
    )


def _client(scope: Scope) -> k8s.core.v1.ConfigMap:
    """The client. Its name has the digest of its files: the same ones are another zip with another zlib, and no change."""
    return k8s.core.v1.ConfigMap(
        scope.named(client_digest()),
        metadata=scope.metadata(client_digest()),
        binary_data={FILE: client_zip()},
        opts=pulumi.ResourceOptions.merge(scope.options(), pulumi.ResourceOptions(ignore_changes=["binaryData"])),
    )


def _pod_addresses(scope: Scope, service: Scope, port: int) -> k8s.core.v1.Service:
    """A headless Service: requests go to each ready pod in turn, without a load balancer, and the VPC CNI's network policies know
    the port of pods, not another one of a Service (EKS User Guide, "Limit pod traffic with Kubernetes network policies").
    """
    return k8s.core.v1.Service(
        scope.name,
        metadata=scope.metadata(),
        spec=k8s.core.v1.ServiceSpecArgs(
            type="ClusterIP",
            cluster_ip="None",
            selector=dict(service.selector),
            ports=[k8s.core.v1.ServicePortArgs(name="http", port=port, target_port=port, protocol="TCP")],
        ),
        opts=scope.options(),
    )


def _pod(
    scope: Scope, service: Scope, context: ServingContext, measured: Measured, public: str
) -> k8s.core.v1.PodSpecArgs:
    key = measured.key
    secret = {"API_KEY": (key.secret, key.key)} if key else {}
    return script_pod(
        scope,
        context,
        BENCHMARK_JOB,
        name=APP,
        volume="client",
        config_map=scope.named(client_digest()),
        file=FILE,
        variables=environment(_variables(scope, service, context, measured, public), secret),
    )


def _variables(
    scope: Scope, service: Scope, context: ServingContext, measured: Measured, public: str
) -> Mapping[str, pulumi.Input[str]]:
    facts = benchmark_facts(service.name, measured.service, context.plan.billable, context.prices)
    known = facts.usd_per_hour is not None
    price = {"usd_per_hour": facts.usd_per_hour, "source": facts.price_source} if known else None
    return {
        "HOST": pulumi.Output.concat(scope.name, ".", scope.namespace, ".svc.cluster.local"),
        "PORT": str(measured.port),
        "MODEL": context.model_names(service.name, measured.service)[0],
        "SERVICE": public,
        "SUBJECT": json.dumps(facts.subject, sort_keys=True),
        "PRICE": json.dumps(price),
        "BUCKET": context.platform.bucket_name,
        "PYTHONUNBUFFERED": "1",
        **aws_region(context.facts.region),
    }
