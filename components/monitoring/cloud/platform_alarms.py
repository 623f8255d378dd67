"""The alarms of a platform: what AWS's own metrics say of load balancers, nodes, network, queues and functions.

Names, dimensions and statistics are those of the services' user guides: "CloudWatch metrics for your Application Load Balancer"
and "... Network Load Balancer", "Monitor NAT gateways with Amazon CloudWatch", "Available CloudWatch metrics for Amazon SQS",
"Amazon CloudWatch metrics for Amazon EC2 Auto Scaling", "DynamoDB metrics and dimensions", "Lambda function metrics",
"Monitoring Amazon SNS topics using CloudWatch", "Monitoring Amazon EventBridge", "Supported CloudWatch metrics" (ACM), "Monitor Amazon Data
Firehose with CloudWatch metrics", "Amazon EKS and Kubernetes Container Insights metrics", "Amazon EC2 usage metrics".
"""

from collections.abc import Mapping

import pulumi

from components.gateway.response_logs import BUFFER_SECONDS
from components.monitoring.cloud.alarm import MINUTE, Alarm, Metric
from planner.catalog.quotas import Quota
from settings.derived.monitoring import alarms as keys
from settings.derived.monitoring import names

NOTHING_HAPPENED = "the metric has values only when it is above 0"
IDLE = "a queue without messages for six hours has no values"
HEARTBEAT = "it has a value each minute as long as there are targets"
COUNTED = "Container Insights has a value each minute as long as it runs and there is a pod"
MOST_METRICS = 10
"""Metrics that one expression of an alarm may have (CloudWatch API Reference, PutMetricAlarm)."""
CERTIFICATE_DAYS = 21
"""ACM renews 60 days before the end: by then it has failed for weeks, and there is time to look."""
LATE_SECONDS = 3 * BUFFER_SECONDS
"""Age of a response log that is not in the bucket. It is 15 minutes, the longest that a stream may collect: "Implement best practices
with CloudWatch Alarms" of the Amazon Data Firehose Developer Guide alarms above it."""
NOTICE_SECONDS = 120
"""Time between the notice of a spot interruption and its end."""


def gateway_alarms(balancer: pulumi.Input[str], *, latency_seconds: float, errors_percent: float) -> list[Alarm]:
    """Alarms of the application load balancer in front of the gateway.

    Args:
        balancer: CloudWatch's dimension of it, ``app/NAME/ID``.
        latency_seconds: 95th percentile of the seconds until a target begins to answer.
        errors_percent: share of answers of targets with a status of 500 or more.
    """

    def metric(name: str, stat: str = "Sum") -> Metric:
        return Metric(namespace="AWS/ApplicationELB", name=name, dimensions={"LoadBalancer": balancer}, stat=stat)

    return [
        Alarm(
            key="alb-errors",
            summary="The load balancer of the gateway answered more than 10 requests with a 5xx of its own in 5 minutes.",
            metric=metric("HTTPCode_ELB_5XX_Count"),
            threshold=10,
            periods=3,
            breaching=2,
            missing="notBreaching",
            because=NOTHING_HAPPENED,
        ),
        Alarm(
            key="alb-target-errors",
            summary=f"More than {errors_percent:g} % of the gateway's answers are 5xx.",
            # A few requests at night are no trend.
            expression="IF(requests > 20, 100 * FILL(errors, 0) / requests, 0)",
            metrics={"errors": metric("HTTPCode_Target_5XX_Count"), "requests": metric("RequestCount")},
            threshold=errors_percent,
            periods=3,
            breaching=2,
            missing="notBreaching",
            because="there are no values without requests",
        ),
        Alarm(
            key="alb-latency",
            summary=f"5 % of requests to the gateway wait longer than {latency_seconds:g} s until an answer begins.",
            metric=metric("TargetResponseTime", "p95"),
            threshold=latency_seconds,
            periods=3,
            missing="notBreaching",
            because="there are no values without requests",
        ),
        _no_healthy_target("alb-targets", "AWS/ApplicationELB", balancer, "The gateway"),
    ]


def service_alarm(name: str, balancer: pulumi.Input[str]) -> Alarm:
    """The alarm of a service's own network load balancer, whose dimension is ``net/NAME/ID``."""
    return _no_healthy_target(keys.service_key(name), "AWS/NetworkELB", balancer, f"Service {name}")


def _no_healthy_target(key: str, namespace: str, balancer: pulumi.Input[str], subject: str) -> Alarm:
    # HealthyHostCount has the dimension TargetGroup besides, of a group that the controller makes and names: the query takes
    # each group of the load balancer.
    groups = f'FROM SCHEMA("{namespace}", LoadBalancer, TargetGroup)'
    query = pulumi.Output.concat("SELECT MAX(HealthyHostCount) ", groups, " WHERE LoadBalancer = '", balancer, "'")
    return Alarm(
        key=key,
        summary=f"{subject} has no healthy target at its load balancer.",
        expression=query,
        threshold=1,
        below=True,
        seconds=MINUTE,
        periods=3,
        missing="breaching",
        because=HEARTBEAT,
    )


def node_alarm(pool: str, group: pulumi.Input[str]) -> Alarm:
    """The alarm of a node group that has fewer nodes than it should for 20 minutes; ``group`` is its Auto Scaling group.

    EKS enables the group's metrics (awsdocs/amazon-eks-user-guide, latest/ug/nodes/enable-asg-metrics.adoc).
    """

    def metric(name: str) -> Metric:
        return Metric(
            namespace="AWS/AutoScaling", name=name, dimensions={"AutoScalingGroupName": group}, stat="Minimum"
        )

    return Alarm(
        key=keys.node_group_key(pool),
        summary=f"Node group {pool} has had fewer nodes than it should for 20 minutes.",
        expression="wanted - running",
        metrics={"wanted": metric("GroupDesiredCapacity"), "running": metric("GroupInServiceInstances")},
        threshold=0,
        periods=4,
        missing="breaching",
        because="an Auto Scaling group has a value each minute, also with no instance",
    )


def nat_alarm(number: int, gateway: pulumi.Input[str]) -> Alarm:
    """The alarm of a NAT gateway without free ports: new connections to an address fail."""
    return Alarm(
        key=keys.nat_key(number),
        summary=f"NAT gateway {number} could not allocate a port: connections of nodes to the internet fail.",
        metric=Metric(
            namespace="AWS/NATGateway",
            name="ErrorPortAllocation",
            dimensions={"NatGatewayId": gateway},
            stat="Sum",
        ),
        threshold=0,
        missing="notBreaching",
        because="it is 0 while there is traffic, and has no value without",
    )


def interruption_alarm(queue: pulumi.Input[str]) -> Alarm:
    """The alarm of notices that Karpenter does not read: nodes end before they are drained."""
    return Alarm(
        key=keys.INTERRUPTIONS,
        summary="Karpenter does not read its queue: a notice of an interruption is older than the time it gives.",
        metric=_queue(queue, "ApproximateAgeOfOldestMessage"),
        threshold=NOTICE_SECONDS,
        seconds=MINUTE,
        missing="notBreaching",
        because=IDLE,
    )


def quota_alarm(usage_class: str, quota: Quota, percent: float) -> Alarm:
    """The alarm of an EC2 quota that nears its end: what the whole account runs in the region, in percent of it.

    SERVICE_QUOTA is the quota of a usage metric, as the account has it (CloudWatch User Guide, "Visualizing your service quotas and
    setting alarms"); EC2 has a value each minute, whose maximum counts ("Amazon EC2 usage metrics").
    """
    return Alarm(
        key=keys.quota_key(usage_class),
        summary=f"More than {percent:g} % of EC2's quota {quota.code} is in use ({quota.name}): beyond it no node is launched.",
        expression="100 * usage / SERVICE_QUOTA(usage)",
        metrics={
            "usage": Metric(
                namespace="AWS/Usage",
                name="ResourceCount",
                dimensions={"Service": "EC2", "Type": "Resource", "Resource": "vCPU", "Class": usage_class},
                stat="Maximum",
            )
        },
        threshold=percent,
        periods=3,
        missing="notBreaching",
        because="there are no values of a class without an instance",
    )


def table_alarm(table: pulumi.Input[str]) -> Alarm:
    """The alarm of a gateway's table that rejects requests, without which keys and budgets are not read."""

    def metric(name: str) -> Metric:
        return Metric(namespace="AWS/DynamoDB", name=name, dimensions={"TableName": table}, stat="Sum")

    return Alarm(
        key="table-throttled",
        summary="DynamoDB throttles the gateway's table of keys and usage.",
        expression="FILL(reads, 0) + FILL(writes, 0)",
        metrics={"reads": metric("ReadThrottleEvents"), "writes": metric("WriteThrottleEvents")},
        threshold=0,
        periods=2,
        missing="notBreaching",
        because=NOTHING_HAPPENED,
    )


def certificate_alarm(certificate: pulumi.Input[str]) -> Alarm:
    """The alarm of a certificate that ACM did not renew, which it tries from 60 days before the end on.

    "Supported CloudWatch metrics" of the ACM User Guide: two values a day.
    """
    return Alarm(
        key=keys.CERTIFICATE,
        summary=f"The gateway's certificate ends in less than {CERTIFICATE_DAYS} days, and ACM has not renewed it.",
        metric=Metric(
            namespace="AWS/CertificateManager",
            name="DaysToExpiry",
            dimensions={"CertificateArn": certificate},
            stat="Minimum",
        ),
        threshold=CERTIFICATE_DAYS,
        below=True,
        seconds=86400,
        missing="notBreaching",
        because="a new certificate has no value on its first day",
    )


def response_logs_alarm(stream: pulumi.Input[str]) -> Alarm:
    """The alarm of response logs that Firehose has and does not write to the bucket; ``stream`` is the stream's name.

    The age of the oldest record, not ``DeliveryToS3.Success``, of which a failed call that a repetition makes good lowers the share.
    """
    return Alarm(
        key=keys.RESPONSE_LOGS,
        summary=f"Firehose has had response logs for more than {LATE_SECONDS // MINUTE} minutes that are not in the bucket.",
        metric=Metric(
            namespace="AWS/Firehose",
            name="DeliveryToS3.DataFreshness",
            dimensions={"DeliveryStreamName": stream},
            stat="Maximum",
        ),
        threshold=LATE_SECONDS,
        missing="notBreaching",
        because="a stream without records has no oldest one",
    )


def monitoring_alarms(cluster: str) -> list[Alarm]:
    """Alarms of Prometheus and Alertmanager without a pod that runs: what they would report of it is not sent.

    A pod that ends again and again counts as running (its phase) between two starts. ``cluster`` is the EKS cluster's name.
    """
    return [
        Alarm(
            key=key,
            summary=f"{title} has had no pod for 15 minutes: no alert of the cluster is sent.",
            metric=Metric(
                namespace="ContainerInsights",
                name="service_number_of_running_pods",
                dimensions={"ClusterName": cluster, "Namespace": names.NAMESPACE, "Service": service},
                stat="Maximum",
            ),
            threshold=1,
            below=True,
            periods=3,
            missing="breaching",
            because=COUNTED,
        )
        for key, title, service in zip(
            keys.MONITORING, ("Prometheus", "Alertmanager"), (names.PROMETHEUS, names.ALERTMANAGER), strict=True
        )
    ]


def delivery_alarms(
    topic: pulumi.Input[str], rules: Mapping[str, pulumi.Input[str]], function: pulumi.Input[str] | None
) -> list[Alarm]:
    """Alarms of the way that alerts go: they reach email even where the chat fails, and the other way round.

    Args:
        topic: name of the topic.
        rules: key to the name of each rule of EventBridge that publishes to it, ten at most.
        function: name of the function that posts to the chat; None without one.
    """
    if len(rules) > MOST_METRICS:
        raise ValueError(f"{len(rules)} rules, and an expression of an alarm has {MOST_METRICS} metrics at most")
    failed = {
        f"rule{number}": Metric(
            namespace="AWS/Events", name="FailedInvocations", dimensions={"RuleName": rule}, stat="Sum"
        )
        for number, rule in enumerate(rules.values())
    }
    alarms = [
        Alarm(
            key="alerts-undelivered",
            summary="SNS could not deliver an alert to a subscriber.",
            metric=Metric(
                namespace="AWS/SNS",
                name="NumberOfNotificationsFailed",
                dimensions={"TopicName": topic},
                stat="Sum",
            ),
            threshold=0,
            missing="notBreaching",
            because=NOTHING_HAPPENED,
            end_reported=False,
        ),
        Alarm(
            key="events-undelivered",
            summary="EventBridge could not publish an event to the topic of alerts.",
            expression=" + ".join(f"FILL({one}, 0)" for one in failed),
            metrics=failed,
            threshold=0,
            missing="notBreaching",
            because=NOTHING_HAPPENED,
        ),
    ]
    if function is not None:
        alarms.append(
            Alarm(
                key="chat-errors",
                summary="The function that posts alerts to the chat failed.",
                metric=Metric(namespace="AWS/Lambda", name="Errors", dimensions={"FunctionName": function}, stat="Sum"),
                threshold=0,
                missing="notBreaching",
                because="there are no values without alerts",
                end_reported=False,
            )
        )
    return alarms


def dead_letter_alarm(queue: pulumi.Input[str]) -> Alarm:
    """The alarm of alerts that the chat did not get after all attempts."""
    return Alarm(
        key="chat-dead-letters",
        summary="Alerts that the chat did not get are in the dead-letter queue.",
        metric=_queue(queue, "ApproximateNumberOfMessagesVisible"),
        threshold=0,
        missing="notBreaching",
        because=IDLE,
    )


def _queue(queue: pulumi.Input[str], name: str) -> Metric:
    return Metric(namespace="AWS/SQS", name=name, dimensions={"QueueName": queue}, stat="Maximum")
