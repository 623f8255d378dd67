"""Components under mocks, each alone, with arguments a test can change."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components import (
    GpuCluster,
    GpuClusterArgs,
    LlmVpc,
    LlmVpcArgs,
    ModelBucket,
    ModelBucketArgs,
    ServingContext,
    ServingNamespace,
    ServingNamespaceArgs,
    VllmService,
    VllmServiceArgs,
)
from components.platform import Platform
from components.providers import aws_provider
from components.storage.model_bucket import ResponseLogs
from planner.cost import BillableStack, estimate, list_prices
from settings.artifacts.sources import ImageSources
from settings.derived.autoscaled import autoscaled, handed_back
from settings.derived.autoscaling.decisions import decisions
from settings.derived.autoscaling.starts import replica_starts
from settings.derived.balancers import own_balancers
from settings.derived.capacity import pool_facts
from settings.derived.deployed import Deployed as DeployedStack
from settings.derived.gateway.facts import gateway_facts
from settings.derived.monitoring.facts import monitoring_facts
from settings.derived.naming import Naming
from settings.derived.plan import StackPlan
from settings.derived.platform_facts import PlatformFacts
from settings.models.bucket import BucketSettings
from settings.models.cluster import ClusterSettings
from settings.models.gateway import GatewaySettings
from settings.models.monitoring import CloudWatchSettings, MonitoringSettings
from settings.models.network import NetworkSettings
from settings.models.pools import CpuPool, GpuPool, KarpenterCpuPool, KarpenterGpuPool, Pool, PoolFacts, SystemPool
from settings.models.services.base import ServiceSettings
from settings.models.services.vllm import VllmSettings
from settings.validation.kinds import KINDS
from tests.harness import Deployment, Registration, deploy

BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
ADMIN = "arn:aws:iam::123456789012:role/platform-admin"
LABELS = {"app.kubernetes.io/part-of": "llm-platform", "llm-platform/owner": "ml-platform"}
TAGS = {"owner": "ml-platform"}
POOLS = {
    "system": SystemPool(kind="system", instance_types=("m5.xlarge",), min=2, max=4),
    "g5": GpuPool(kind="gpu", instance_types=("g5.2xlarge",), capacity="spot", min=0, max=4, zones=("a",), team_gpus=1),
    "batch": CpuPool(kind="cpu", instance_types=("m5.large",), max=2),
}
KARPENTER_POOLS: dict[str, Pool] = {
    "system": POOLS["system"],
    "g5-burst": KarpenterGpuPool(
        kind="gpu",
        provisioner="karpenter",
        instance_types=("g5.2xlarge", "g5.12xlarge"),
        capacity_types=("spot", "on_demand"),
        zones=("a",),
        limits={"gpus": 4},
    ),
    "x86-burst": KarpenterCpuPool(
        kind="cpu", provisioner="karpenter", instance_types=("c6i.xlarge", "m6i.xlarge"), limits={"vcpus": 32}
    ),
}
GATEWAY = gateway_facts(GatewaySettings(), "dev")
MONITORING = monitoring_facts(MonitoringSettings())
PLATFORM_TOKEN = "token-of-the-platform"
HUB = {"source": "hub", "size_gib": 15}
BUCKET = {"source": "bucket", "size_gib": 15, "prefix": "weights/llama"}
MIRROR = {**BUCKET, "mirror": True, "revision": "v1"}


def on_aws() -> pulumi.ResourceOptions:
    """The provider of a stack."""
    return pulumi.ResourceOptions(providers=[aws_provider(platform_facts(), TAGS)])


def platform_facts(**changes: Any) -> PlatformFacts:
    """What a platform exports of itself."""
    usual = {
        "region": "us-east-1",
        "zones": ("a", "b"),
        "namespace": "llm",
        "load_balancer_cidrs": dict.fromkeys(("internal", "internet-facing"), ("10.0.0.0/26", "10.0.0.64/26")),
        "network_cidr": "10.0.0.0/16",
        "pools": {},
    }
    return PlatformFacts.model_validate({**usual, **changes})


def vpc(*, node_zones: tuple[str, ...] | None = None, dynamodb: bool = False, **network: Any) -> Deployment:
    """One LlmVpc."""
    args = LlmVpcArgs(
        network=NetworkSettings(**network),
        region="us-east-1",
        node_zones=node_zones,
        dynamodb=dynamodb,
        permissions_boundary=BOUNDARY,
    )
    return deploy(lambda: LlmVpc("llm", args, on_aws()))


def bucket(
    *, protect: bool = False, gateway: bool = False, responses: int | None = None, **settings: Any
) -> Deployment:
    """One ModelBucket, maybe with response logs that are kept so many days."""
    logs = ResponseLogs(stack="dev", retention_days=responses) if responses else None
    args = ModelBucketArgs(bucket=BucketSettings(**settings), protect=protect, gateway=gateway, response_logs=logs)
    return deploy(lambda: ModelBucket("models", args, on_aws()))


def service_settings(**changes: Any) -> VllmSettings:
    """A small service."""
    usual = {"model": "meta-llama/Meta-Llama-3-8B-Instruct", "pool": "g5", "max_model_len": 8192, "weights": HUB}
    return VllmSettings.model_validate({**usual, **changes})


def facts(services: Mapping[str, VllmSettings] | None = None) -> dict[str, PoolFacts]:
    """What follows for the pools from the services."""
    return pool_facts(POOLS, {"chat": service_settings()} if services is None else services)


def cluster(
    *,
    gpu: bool = True,
    boundary: str | None = BOUNDARY,
    pools: Mapping[str, Pool] | None = None,
    protect: bool = False,
    keda: bool = False,
    priorities: bool = False,
    images: ImageSources | None = None,
    image_cache_repositories: Sequence[str] = (),
    insights: CloudWatchSettings | None = None,
    answers: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] = TAGS,
    **settings: Any,
) -> Deployment:
    """One GpuCluster, on a network beside it, and a resource that waits for what workloads wait for."""
    usual = {"api_access": {"public_cidrs": ["203.0.113.7/32"]}, "admins": [ADMIN]}
    chosen = pools or {name: pool for name, pool in POOLS.items() if gpu or name != "g5"}
    services = {"chat": service_settings()} if "g5" in chosen else {}

    def program() -> None:
        opts = on_aws()
        network_args = LlmVpcArgs(network=NetworkSettings(), region="us-east-1", permissions_boundary=boundary)
        network = LlmVpc("llm", network_args, opts)
        args = GpuClusterArgs(
            cluster=ClusterSettings.model_validate({**usual, **settings}),
            cluster_name="llm-dev",
            region="us-east-1",
            pools=chosen,
            pool_facts=pool_facts(chosen, services),
            vpc_id=network.vpc_id,
            network_cidr="10.0.0.0/16",
            control_subnet_ids=network.control_subnet_ids,
            node_subnet_ids=network.node_subnet_ids,
            node_routes=network.node_routes,
            tags=tags,
            labels=LABELS,
            permissions_boundary=boundary,
            container_insights=insights,
            protect=protect,
            keda=keda,
            service_priorities=priorities,
            images=images or ImageSources(),
            image_cache_repositories=image_cache_repositories,
            control_cidrs=("10.0.0.0/26",),
        )
        made = GpuCluster("llm", args, opts)
        workload = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(made.ready)))
        aws.cloudwatch.LogGroup("workload", opts=workload)

    return deploy(program, answers=answers)


@cache
def karpenter() -> Deployment:
    """One GpuCluster with the pools that Karpenter launches nodes for."""
    return cluster(pools=KARPENTER_POOLS)


def namespace(token: str | None = None, **changes: Any) -> Deployment:
    """One ServingNamespace."""

    def program() -> None:
        secret = pulumi.Output.secret(token) if token else None
        args = ServingNamespaceArgs(
            namespace="llm", labels=LABELS, hf_api_token=secret, ready=[waited_for()], **changes
        )
        ServingNamespace("serving", args, on_kubernetes())

    return deploy(program)


def on_kubernetes() -> pulumi.ResourceOptions:
    """Both providers."""
    return pulumi.ResourceOptions(
        providers=[aws_provider(platform_facts(), TAGS), k8s.Provider("kubernetes", kubeconfig="{}")]
    )


def waited_for() -> pulumi.Resource:
    """Stands for what must run in the cluster first."""
    return aws.cloudwatch.LogGroup("ready")


def naming(owner: str = "ml-platform") -> Naming:
    """Names of the stack dev."""
    return Naming(project="llm-platform", stack="dev", owner=owner)


def platform(ready: Sequence[pulumi.Resource] = (), scrape_token: pulumi.Output[str] | None = None) -> Platform:
    """The platform dev, of another stack."""
    return Platform(
        monitoring_scrape_token=scrape_token,
        cluster_name=pulumi.Output.from_input("llm-dev"),
        kubeconfig=pulumi.Output.from_input("{}"),
        oidc_provider_arn=pulumi.Output.from_input("arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/X"),
        oidc_issuer=pulumi.Output.from_input("https://oidc.example.com/id/X"),
        bucket_name=pulumi.Output.from_input("models-1"),
        bucket_arn=pulumi.Output.from_input("arn:aws:s3:::models-1"),
        key_arn=pulumi.Output.from_input("arn:aws:kms:us-east-1:123456789012:key/1"),
        kubernetes=k8s.Provider("unused", kubeconfig="{}"),
        ready=ready,
    )


def context(
    *,
    pools: Mapping[str, PoolFacts],
    services: Mapping[str, ServiceSettings] | None = None,
    ready: tuple[pulumi.Resource, ...] = (),
    owner: str = "ml-platform",
    deployed: DeployedStack | None = None,
    **changes: Any,
) -> ServingContext:
    """What services of a stack have in common, on a platform with ``pools``; ``changes`` are of its facts."""
    # The namespace's own objects are tested with it, not with each service.
    namespace = SimpleNamespace(namespace="llm", hf_secret="hf-secret")
    billable = BillableStack(stack="dev", region="us-east-1", zones=2)
    timings = {name: KINDS[one.kind].timing(one, pools[one.pool]) for name, one in (services or {}).items()}
    plan = StackPlan(
        stack="dev",
        facts=platform_facts(pools=pools, **changes),
        addresses=None,
        node_zones=(),
        fits={},
        timings=timings,
        balanced=own_balancers(services or {}, gateway="gateway" in changes, deployed=None),
        billable=billable,
        cost=estimate(billable, list_prices()),
        autoscaling=decisions(services or {}, {}, replica_starts(services or {}, pools, timings)),
        autoscaled=autoscaled(services or {}, deployed),
        handed_back=handed_back(services or {}, deployed),
    )
    return ServingContext(
        platform=platform(ready, pulumi.Output.from_input(PLATFORM_TOKEN) if changes.get("monitoring") else None),
        plan=plan,
        namespace=cast("ServingNamespace", namespace),
        naming=naming(owner),
        permissions_boundary=BOUNDARY,
    )


def services(
    *settings: tuple[str, VllmSettings], spare_gpus: int = 0, owner: str = "ml-platform", **changes: Any
) -> Deployment:
    """Some VllmServices of one stack; ``changes`` are of its platform's facts."""
    pools = {name: pool.model_copy(update={"spare_gpus": spare_gpus}) for name, pool in facts().items()}

    def program() -> None:
        opts = on_kubernetes()
        shared = context(pools=pools, services=dict(settings), ready=(waited_for(),), owner=owner, **changes)
        for name, one in settings:
            VllmService(name, VllmServiceArgs(service=one, context=shared), opts)

    return deploy(program)


def service(**changes: Any) -> Deployment:
    """One VllmService, called ``chat``; the same changes give the same run."""
    return _service(json.dumps(changes, sort_keys=True))


@cache
def _service(changes: str) -> Deployment:
    return services(("chat", service_settings(**json.loads(changes))))


def document(registration: Registration, key: str = "policy") -> dict[str, dict[str, Any]]:
    """A policy's statements by sid."""
    return {statement["Sid"]: statement for statement in json.loads(registration.inputs[key])["Statement"]}


def deployment(run: Deployment) -> dict[str, Any]:
    """The Deployment's specification."""
    return dict(run.one("Deployment").inputs["spec"])


def container(run: Deployment) -> dict[str, Any]:
    """The container that serves."""
    return dict(deployment(run)["template"]["spec"]["containers"][0])


def environment(run: Deployment) -> dict[str, Any]:
    """Its environment."""
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container(run)["env"]}
