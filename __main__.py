"""One stack is a platform (network, cluster, bucket) with services, or a team's services on another platform."""

import pulumi

import components as llm
from components.config import hub_token, load_settings
from components.cost_report import report_costs
from components.fit_report import report_fits
from components.platform import Platform
from components.providers import aws_provider
from preflight.preview import preflight
from settings.derived.naming import Naming
from settings.models.stack import TeamSettings

parsed = load_settings()  # reports every issue, before any resource exists
settings, plan = parsed.settings, parsed.plan
facts, boundary = plan.facts, settings.permissions_boundary
naming = Naming(
    project=pulumi.get_project(),
    stack=pulumi.get_stack(),
    owner=settings.owner,
    cost_center=settings.cost_center,
    extra_tags=settings.tags,
)
preflight(parsed)  # in the preview: what AWS would refuse
report_costs(plan.cost)  # in the preview, and as the output `cost_estimate`
report_fits(plan.fits)  # in the preview
aws = aws_provider(facts.region, naming.tags, account=facts.account, assume_role=facts.assume_role)
on_aws = pulumi.ResourceOptions(providers=[aws])

if isinstance(settings, TeamSettings):
    platform = Platform.of_stack(settings.platform, facts)
else:
    network = llm.LlmVpcArgs(
        network=settings.network, region=facts.region, node_zones=plan.node_zones, permissions_boundary=boundary
    )
    vpc = llm.LlmVpc("llm", network, on_aws)
    bucket = llm.ModelBucket("models", llm.ModelBucketArgs(bucket=settings.bucket, protect=settings.protect), on_aws)
    cluster_args = llm.GpuClusterArgs(
        cluster=settings.cluster,
        cluster_name=naming.cluster,
        region=facts.region,
        pools=settings.pools,
        pool_facts=facts.pools,
        vpc_id=vpc.vpc_id,
        network_cidr=settings.network.cidr,
        control_subnet_ids=vpc.control_subnet_ids,
        node_subnet_ids=vpc.node_subnet_ids,
        node_routes=vpc.node_routes,
        tags=naming.tags,
        labels=naming.labels,
        permissions_boundary=boundary,
        assume_role=facts.assume_role,
    )
    platform = Platform.of_components(facts, llm.GpuCluster("llm", cluster_args, on_aws), bucket)
    platform.export()

on_cluster = pulumi.ResourceOptions(providers=[aws, platform.kubernetes])
namespace_args = llm.ServingNamespaceArgs(
    namespace=settings.namespace, labels=naming.labels, hf_api_token=hub_token(settings), ready=platform.ready
)
namespace = llm.ServingNamespace(settings.namespace, namespace_args, on_cluster)
context = llm.ServingContext(
    platform=platform, namespace=namespace, naming=naming, permissions_boundary=settings.permissions_boundary
)
for name, service in settings.services.items():
    served = llm.BUILDERS[service.kind](name, llm.ServiceArgs(service=service, context=context), on_cluster)
    for output, value in served.outputs.items():
        pulumi.export(f"{name}_{output}", value)
