"""The CloudWatch dashboard of a platform, generated from what it consists of.

Its form is that of the CloudWatch API Reference, "Dashboard body structure and syntax".
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from components.monitoring.cloud.alarm import Alarm, Metric

COLUMNS = 24
_WIDTH, _HEIGHT, _ALARM_HEIGHT = 12, 6, 4


def dashboard(
    name: str,
    cluster_name: str,
    region: str,
    *,
    alarms: Mapping[str, Alarm],
    arns: Sequence[pulumi.Input[str]],
    parent: pulumi.Resource,
) -> aws.cloudwatch.Dashboard:
    """Make the dashboard: the state of every alarm, and below it what each of them watches.

    Args:
        name: Logical name.
        cluster_name: Its name.
        region: Region of the metrics.
        alarms: Title to the alarm.
        arns: ARNs of the alarms.
        parent: The component.
    """
    state = {
        "type": "alarm",
        "x": 0,
        "y": 0,
        "width": COLUMNS,
        "height": _ALARM_HEIGHT,
        "properties": {"title": f"Alarms of {cluster_name}", "alarms": list(arns)},
    }
    widgets = [state, *(_widget(place, title, alarm, region) for place, (title, alarm) in enumerate(alarms.items()))]
    return aws.cloudwatch.Dashboard(
        name,
        dashboard_name=cluster_name,
        dashboard_body=pulumi.Output.json_dumps({"widgets": widgets}),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _widget(place: int, title: str, alarm: Alarm, region: str) -> dict[str, Any]:
    sign = "<" if alarm.below else ">"
    return {
        "type": "metric",
        "x": place % (COLUMNS // _WIDTH) * _WIDTH,
        "y": _ALARM_HEIGHT + place // (COLUMNS // _WIDTH) * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": {
            "title": title,
            "view": "timeSeries",
            "region": region,
            "period": alarm.seconds,
            "metrics": _metrics(alarm),
            "annotations": {"horizontal": [{"label": f"alarm {sign} {alarm.threshold:g}", "value": alarm.threshold}]},
        },
    }


def _metrics(alarm: Alarm) -> list[list[Any]]:
    if alarm.metric:
        return [_row(alarm.metric, {})]
    rows: list[list[Any]] = [[{"id": "value", "expression": alarm.expression, "label": alarm.key}]]
    return rows + [_row(metric, {"id": key, "visible": False}) for key, metric in alarm.metrics.items()]


def _row(metric: Metric, options: Mapping[str, Any]) -> list[Any]:
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.stat, **options}]
