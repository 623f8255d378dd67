"""One alarm of CloudWatch, as data, and how it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws

MINUTE = 60
Missing = Literal["breaching", "notBreaching"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of CloudWatch."""

    namespace: str
    """Such as ``AWS/SQS``."""
    name: str
    """Such as ``ApproximateAgeOfOldestMessage``."""
    dimensions: Mapping[str, pulumi.Input[str]]
    """Name to value; all that the service publishes it with, or there are no data."""
    stat: str
    """Statistic, such as ``Sum`` or ``p95``."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm on one metric, or on an expression."""

    key: str
    """End of its name, and its section of the runbook."""
    summary: str
    """What is wrong, in one sentence."""
    threshold: float
    """Value of the metric or the expression."""
    missing: Missing
    """What missing data mean: nothing happened (``notBreaching``), or the resource is gone (``breaching``)."""
    because: str
    """Why missing data mean this."""
    metric: Metric | None = None
    """The metric; None with an expression."""
    expression: pulumi.Input[str] | None = None
    """Metric math over ``metrics``, or a query of Metrics Insights without any."""
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    """Id in the expression to the metric."""
    below: bool = False
    """Whether values below the threshold alarm; those above it do otherwise."""
    seconds: int = 5 * MINUTE
    """Period of one value."""
    periods: int = 1
    """Values that are looked at."""
    breaching: int | None = None
    """How many of them must alarm; default all."""
    end_reported: bool = True
    """Whether its end is a message too; not that of one which a message that is not delivered begins: it would begin again."""


@dataclass(frozen=True, kw_only=True)
class AlarmContext:
    """What the alarms of a platform have in common."""

    name: str
    """Logical name of the component."""
    cluster_name: str
    """Begin of the alarms' names."""
    topic_arn: pulumi.Input[str]
    """Where they report to."""
    runbook: str
    """URL of the page with a section for each alarm."""
    parent: pulumi.Resource
    """The component."""
    after: Sequence[pulumi.Resource]
    """What must be there before a message arrives."""


def make_alarm(alarm: Alarm, context: AlarmContext) -> aws.cloudwatch.MetricAlarm:
    """Make an alarm that reports to the topic when it fires and when it is over."""
    kind = alarm.key.partition("/")[0]
    name = alarm.key.replace("/", "-")
    operator = "LessThanThreshold" if alarm.below else "GreaterThanThreshold"
    percentile = alarm.metric is not None and alarm.metric.stat.startswith("p")
    return aws.cloudwatch.MetricAlarm(
        f"{context.name}-{name}",
        name=f"{context.cluster_name}-{name}",
        alarm_description=f"{alarm.summary} Runbook: {context.runbook}#{kind}",
        comparison_operator=operator,
        threshold=alarm.threshold,
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=alarm.breaching or alarm.periods,
        treat_missing_data=alarm.missing,
        # With "ignore" an alarm that fires would stay through a night of few requests.
        evaluate_low_sample_count_percentiles="evaluate" if percentile else None,
        alarm_actions=[context.topic_arn],
        ok_actions=[context.topic_arn] if alarm.end_reported else [],
        opts=pulumi.ResourceOptions(parent=context.parent, depends_on=list(context.after)),
        **_of_metric(alarm.metric, alarm.seconds) if alarm.metric else {"metric_queries": _queries(alarm)},
    )


def _of_metric(metric: Metric, seconds: int) -> dict[str, object]:
    statistic = "extended_statistic" if metric.stat.startswith("p") else "statistic"
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": dict(metric.dimensions),
        "period": seconds,
        statistic: metric.stat,
    }


def _queries(alarm: Alarm) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    query = aws.cloudwatch.MetricAlarmMetricQueryArgs
    operands = [
        query(
            id=key,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                period=alarm.seconds,
                stat=metric.stat,
            ),
            return_data=False,
        )
        for key, metric in alarm.metrics.items()
    ]
    # A query of Metrics Insights names its period, an expression has that of its operands.
    period = None if alarm.metrics else alarm.seconds
    value = query(id="value", expression=alarm.expression, label=alarm.summary, period=period, return_data=True)
    return [*operands, value]
