"""What AWS itself reports of a platform: alerts on one SNS topic, by services that need no Prometheus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import pulumi
import pulumi_aws as aws

from components.cluster.gpu_cluster import GpuCluster
from components.gateway.gateway import Gateway
from components.iam import Statement
from components.kms import Place
from components.monitoring.cloud.alarm import Alarm, AlarmContext, make_alarm
from components.monitoring.cloud.chat import Chat, chat
from components.monitoring.cloud.dashboard import dashboard
from components.monitoring.cloud.events import announcements
from components.monitoring.cloud.load_balancers import LoadBalancer, dimension
from components.monitoring.cloud.platform_alarms import (
    certificate_alarm,
    dead_letter_alarm,
    delivery_alarms,
    gateway_alarms,
    interruption_alarm,
    monitoring_alarms,
    nat_alarm,
    node_alarm,
    quota_alarm,
    response_logs_alarm,
    service_alarm,
    table_alarm,
)
from components.monitoring.cloud.spending import Spending, budget
from components.monitoring.cloud.topic import AlertTopic, alert_topic, publish_statements
from components.network.vpc import LlmVpc
from planner.catalog.partitions import has_budgets
from planner.catalog.quotas import Quota
from settings.derived.gateway.names import NAME as GATEWAY
from settings.derived.monitoring.alarms import alarmed_quotas
from settings.derived.monitoring.names import TOPIC_OUTPUT
from settings.derived.naming import Naming
from settings.derived.plan import StackPlan
from settings.models.monitoring import RUNBOOKS, email_slug
from settings.models.stack import PlatformSettings

RUNBOOK = "cloudwatch.md"
"""Page with a section for each alarm."""


@dataclass(frozen=True, kw_only=True)
class CloudAlarmsArgs:
    """Arguments of :class:`CloudAlarms`; what a platform does not have is None or empty, and has no alarm."""

    cluster_name: str
    """Name of the EKS cluster; names of alarms, topic, dashboard and budget begin with it."""
    region: str
    """AWS region."""
    nat_gateway_ids: Sequence[pulumi.Input[str]] = ()
    """NAT gateways of the network."""
    node_groups: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Pool to the Auto Scaling group of its node group."""
    gateway: LoadBalancer | None = None
    """Application load balancer in front of the gateway."""
    interruption_queue: pulumi.Input[str] | None = None
    """Name of Karpenter's queue."""
    quotas: Mapping[str, Quota] = field(default_factory=dict)
    """EC2 quotas that count the pools' nodes, by CloudWatch's class of their use."""
    gateway_table: pulumi.Input[str] | None = None
    """Name of the gateway's table."""
    gateway_certificate: pulumi.Input[str] | None = None
    """ARN of the gateway's certificate."""
    response_stream: pulumi.Input[str] | None = None
    """Name of the Firehose stream of response logs."""
    insights: bool = False
    """Whether Container Insights counts the pods of Prometheus and Alertmanager."""
    emails: Sequence[str] = ()
    """Addresses that are subscribed; AWS sends each a link to confirm."""
    chat_webhook_secret_arn: str | None = None
    """Secret with the URL of a chat's webhook."""
    spending: Spending | None = None
    """Budget of the stack; None also where AWS Budgets is not there."""
    log_retention_days: int = 30
    """Days that the logs of the function are kept."""
    latency_seconds: float = 30
    """Seconds until the gateway begins to answer, above which the slowest 5 % alarm."""
    errors_percent: float = 5
    """Share of 5xx in the gateway's answers that alarms."""
    quota_percent: float = 80
    """Share of a quota in use that alarms."""
    runbook: str = f"{RUNBOOKS}/{RUNBOOK}"
    """URL of the page with a section for each alarm."""
    permissions_boundary: str | None = None
    """ARN of the IAM policy that bounds every role made here."""

    @classmethod
    def of(
        cls,
        settings: PlatformSettings,
        plan: StackPlan,
        naming: Naming,
        *,
        vpc: LlmVpc,
        cluster: GpuCluster,
        gateway: Gateway | None,
    ) -> Self:
        """Arguments of the alarms of a platform stack."""
        names = plan.facts.gateway
        notify = settings.monitoring.notify
        return cls(
            cluster_name=naming.cluster,
            region=plan.facts.region,
            nat_gateway_ids=vpc.nat_gateway_ids,
            node_groups=cluster.scaling_groups,
            gateway=LoadBalancer(kind="app", owner=f"{names.namespace}/{GATEWAY}", address=gateway.address)
            if gateway and names
            else None,
            interruption_queue=cluster.interruption_queue,
            quotas=alarmed_quotas(settings.pools),
            gateway_table=gateway.table if gateway else None,
            gateway_certificate=gateway.certificate if gateway else None,
            response_stream=gateway.response_stream if gateway else None,
            insights=settings.monitoring.container_insights is not None,
            emails=notify.emails,
            chat_webhook_secret_arn=notify.chat_webhook_secret_arn,
            spending=Spending(usd_per_month=settings.budget.usd_per_month, stack=naming.stack)
            if settings.budget and has_budgets(plan.facts.region)
            else None,
            log_retention_days=settings.monitoring.cloudwatch.log_retention_days,
            latency_seconds=settings.monitoring.cloudwatch.gateway_latency_seconds,
            errors_percent=settings.monitoring.cloudwatch.gateway_errors_percent,
            quota_percent=settings.monitoring.cloudwatch.quota_percent,
            runbook=f"{settings.monitoring.runbooks}/{RUNBOOK}",
            permissions_boundary=settings.permissions_boundary,
        )


class CloudAlarms(pulumi.ComponentResource):
    """The SNS topic of all alerts, and CloudWatch, EventBridge and AWS Budgets that publish to it."""

    topic_arn: pulumi.Output[str]
    """ARN of the topic of all alerts."""
    key_arn: pulumi.Output[str]
    """ARN of the KMS key that encrypts its messages."""

    def __init__(self, name: str, args: CloudAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the alarms ``name``."""
        super().__init__("llm:monitoring:CloudAlarms", name, None, opts)
        self._name, self._args = name, args
        invoke = pulumi.InvokeOptions(parent=self)
        place = Place(
            partition=aws.get_partition_output(opts=invoke).partition,
            account=aws.get_caller_identity_output(opts=invoke).account_id,
            region=args.region,
        )
        alerts = alert_topic(name, f"{args.cluster_name}-alerts", place, self)
        self.topic_arn, self.key_arn = alerts.topic.arn, alerts.key.arn
        for email in args.emails:
            aws.sns.TopicSubscription(
                f"{name}-{email_slug(email)}",
                topic=alerts.topic.arn,
                protocol="email",
                endpoint=email,
                opts=pulumi.ResourceOptions(parent=self),
            )
        posting = None
        if args.chat_webhook_secret_arn:
            posting = chat(
                f"{name}-chat",
                args.cluster_name,
                alerts,
                secret_arn=args.chat_webhook_secret_arn,
                retention_days=args.log_retention_days,
                permissions_boundary=args.permissions_boundary,
                parent=self,
            )
        rules = {key: rule.name for key, rule in announcements(name, alerts, self).items()}
        if args.spending:
            budget(name, args.cluster_name, args.spending, alerts, self)
        self._delivery, self._policy = _delivery(alerts, rules, posting), alerts.policy
        self.register_outputs({"topic_arn": self.topic_arn, "key_arn": self.key_arn})

    def watch(self, services: Mapping[str, LoadBalancer]) -> None:
        """Make the alarms and their dashboard, once: apart from the topic, which the services' metrics need before there are services.

        Args:
            services: the platform's own services with a load balancer of their own, by name.
        """
        name, args = self._name, self._args
        context = AlarmContext(
            name=name,
            cluster_name=args.cluster_name,
            topic_arn=self.topic_arn,
            runbook=args.runbook,
            parent=self,
            after=[self._policy],
        )
        watched = [*_platform(args, services, self), *self._delivery]
        made = [make_alarm(alarm, context) for alarm in watched]
        dashboard(
            name,
            args.cluster_name,
            args.region,
            alarms={alarm.key: alarm for alarm in watched},
            arns=[alarm.arn for alarm in made],
            parent=self,
        )

    def grant_publish(self) -> list[Statement]:
        """Statements that let a role, such as Alertmanager's, publish to the topic."""
        return publish_statements(self.topic_arn, self.key_arn)

    def export(self) -> None:
        """Export what subscribers outside of the stack need."""
        pulumi.export(TOPIC_OUTPUT, self.topic_arn)


def _platform(args: CloudAlarmsArgs, services: Mapping[str, LoadBalancer], parent: pulumi.Resource) -> list[Alarm]:
    alarms: list[Alarm] = []
    if args.gateway:
        balancer = dimension(args.gateway, args.cluster_name, parent)
        alarms += gateway_alarms(balancer, latency_seconds=args.latency_seconds, errors_percent=args.errors_percent)
    if args.gateway_table is not None:
        alarms.append(table_alarm(args.gateway_table))
    if args.gateway_certificate is not None:
        alarms.append(certificate_alarm(args.gateway_certificate))
    if args.response_stream is not None:
        alarms.append(response_logs_alarm(args.response_stream))
    alarms += [
        service_alarm(service, dimension(balancer, args.cluster_name, parent)) for service, balancer in services.items()
    ]
    alarms += [node_alarm(pool, group) for pool, group in args.node_groups.items()]
    alarms += [nat_alarm(number, gateway) for number, gateway in enumerate(args.nat_gateway_ids, start=1)]
    if args.interruption_queue is not None:
        alarms.append(interruption_alarm(args.interruption_queue))
    alarms += [quota_alarm(usage_class, quota, args.quota_percent) for usage_class, quota in args.quotas.items()]
    if args.insights:
        alarms += monitoring_alarms(args.cluster_name)
    return alarms


def _delivery(alerts: AlertTopic, rules: Mapping[str, pulumi.Input[str]], posting: Chat | None) -> list[Alarm]:
    alarms = delivery_alarms(alerts.topic.name, rules, posting.function.name if posting else None)
    return [*alarms, dead_letter_alarm(posting.dead_letters.name)] if posting else alarms
