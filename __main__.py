"""One stack is a platform (network, cluster, bucket) with services, or a team's services on another platform."""

import pulumi

import components as llm
from preflight.preview import preflight
from settings.derived.autoscaling.names import AUTOSCALED_OUTPUT
from settings.models.stack import TeamSettings

parsed = llm.load_settings()  # reports every issue, before any resource exists
settings, plan, naming = parsed.settings, parsed.plan, llm.stack_naming(parsed.settings)
preflight(parsed, llm.own_outputs)  # in the preview: what AWS would refuse
llm.report_costs(plan.cost)  # in the preview, and as the output `cost_estimate`
llm.report_fits(settings.services, plan)  # in the preview
aws = llm.aws_provider(plan.facts, naming.tags)
on_aws = pulumi.ResourceOptions(providers=[aws])

if isinstance(settings, TeamSettings):
    platform = llm.Platform.of_stack(settings.platform, plan.facts)
else:
    vpc = llm.LlmVpc("llm", llm.LlmVpcArgs.of(settings, plan), on_aws)
    bucket = llm.ModelBucket("models", llm.ModelBucketArgs.of(settings), on_aws)
    cache_args = llm.PullThroughCacheArgs.of(settings, plan)
    cache = llm.PullThroughCache("images", cache_args, on_aws) if cache_args else None
    cluster = llm.GpuCluster("llm", llm.GpuClusterArgs.of(settings, plan, naming, vpc, cache), on_aws)
    platform = llm.Platform.of_components(cluster, bucket)

on_cluster = pulumi.ResourceOptions(providers=[aws, platform.kubernetes])
if not isinstance(settings, TeamSettings):
    gateway = None
    if settings.gateway:
        gateway_args = llm.GatewayArgs.of(settings, settings.gateway, plan, naming, platform)
        gateway = llm.Gateway("gateway", gateway_args, on_cluster)
        gateway.export()
    if settings.monitoring.enabled:
        alarm_args = llm.CloudAlarmsArgs.of(settings, plan, naming, vpc=vpc, cluster=cluster, gateway=gateway)
        alarms = llm.CloudAlarms("llm-alarms", alarm_args, on_aws)
        alarms.export()
        monitoring_args = llm.MonitoringArgs.of(settings, plan, naming, platform, alarms)
        monitoring = llm.Monitoring("monitoring", monitoring_args, on_cluster)
        monitoring.export()
        platform = platform.watched(monitoring.scrape_token)
    platform.export(plan.facts)

if plan.autoscaled:
    pulumi.export(AUTOSCALED_OUTPUT, dict(plan.autoscaled))
namespace_args = llm.ServingNamespaceArgs.of(settings, plan, naming, platform)
namespace = llm.ServingNamespace(settings.namespace, namespace_args, on_cluster)
context = llm.ServingContext.of(settings, plan, naming, platform, namespace)
built = {}
for name, service in settings.services.items():
    built[name] = llm.BUILDERS[service.kind](name, llm.ServiceArgs(service=service, context=context), on_cluster)
    for output, value in built[name].outputs.items():
        pulumi.export(f"{name}_{output}", value)

if not isinstance(settings, TeamSettings) and settings.monitoring.enabled:
    urls = {name: one.outputs["url"] for name, one in built.items()}
    alarms.watch(llm.own_load_balancers(settings, plan, urls))
