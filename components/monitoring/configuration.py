"""Configuration of Prometheus and Alertmanager, written by the package ``monitoring`` from the stack's settings."""

import pulumi

from components.monitoring.context import MonitoringArgs
from components.monitoring.workspace import Workspace
from monitoring import notify, rules, scrape
from planner.units import MIB
from settings.derived.monitoring.names import ALERTMANAGER, ALERTMANAGER_PORT, GPU_NAMESPACE, NAMESPACE
from settings.derived.platform_facts import PlatformFacts

PROMETHEUS_FILE, RULES_FILE, ALERTMANAGER_FILE = "prometheus.yml", "rules.yml", "alertmanager.yml"


def prometheus_files(args: MonitoringArgs, workspace: Workspace | None) -> dict[str, pulumi.Input[str]]:
    """Files of Prometheus by name: its configuration, and the rules."""
    return {PROMETHEUS_FILE: _prometheus(args, workspace), RULES_FILE: rules.render(rule_arguments(args))}


def alertmanager_files(args: MonitoringArgs) -> dict[str, pulumi.Input[str]]:
    """Files of Alertmanager by name; its configuration has the topic's ARN, which AWS makes."""

    def written(arn: str) -> str:
        return notify.render(
            notify.NotifyArgs(
                cluster=args.naming.cluster,
                topic_arn=arn,
                repeat_hours=args.settings.notify.repeat_hours,
                time_scale=args.time_scale,
            )
        )

    return {ALERTMANAGER_FILE: pulumi.Output.from_input(args.topic_arn).apply(written)}


def rule_arguments(args: MonitoringArgs) -> rules.RuleArgs:
    """What the rules are made of."""
    return rules.RuleArgs(
        thresholds=rules.Thresholds(**args.settings.thresholds.model_dump()),
        services=args.services,
        gateway=args.facts.gateway is not None,
        response_logs=args.facts.gateway is not None and args.facts.gateway.response_logs,
        karpenter=args.karpenter,
        keda=args.facts.keda is not None,
        dcgm=args.gpus,
        gpu_usd_per_hour=args.gpu_usd_per_hour,
        memory_bytes=args.size.memory_mib * MIB,
        remote_write=args.settings.remote_write is not None,
        key_age_days=args.settings.key_age_days,
        runbooks=args.settings.runbooks,
        time_scale=args.time_scale,
    )


def _prometheus(args: MonitoringArgs, workspace: Workspace | None) -> pulumi.Input[str]:
    if workspace is None:
        return scrape.render(scrape_arguments(args))

    def written(url: str) -> str:
        return scrape.render(scrape_arguments(args, scrape.RemoteWrite(url=url, region=workspace.region)))

    return workspace.remote_write_url.apply(written)


def scrape_arguments(args: MonitoringArgs, remote_write: scrape.RemoteWrite | None = None) -> scrape.ScrapeArgs:
    """What Prometheus reads."""
    return scrape.ScrapeArgs(
        cluster=args.naming.cluster,
        namespace=NAMESPACE,
        scrape_seconds=args.settings.scrape_seconds,
        max_engines=args.size.engines,
        gateway_namespace=_gateway_namespace(args.facts),
        karpenter=args.karpenter,
        keda_namespace=args.facts.keda.namespace if args.facts.keda else None,
        gpu_namespace=GPU_NAMESPACE if args.gpus else None,
        alertmanager=f"{ALERTMANAGER}:{ALERTMANAGER_PORT}",
        rule_files=(RULES_FILE,),
        remote_write=remote_write,
        time_scale=args.time_scale,
    )


def _gateway_namespace(facts: PlatformFacts) -> str | None:
    return facts.gateway.namespace if facts.gateway else None
