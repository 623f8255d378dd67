"""Alarms of CloudWatch on one metric, or on an expression of several."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import items_of, text_of
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, TagCalls
from rehearsal.plugins.wire import UNKNOWN, Properties, Value

_MISSING = ("breaching", "notBreaching", "ignore", "missing")
_COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
_SHORT_PERIODS = (1, 5, 10, 20, 30)
_HOUR, _DAY = 3600, 86400
_MOST_ACTIONS = 5
_ACTIONS = ("alarmActions", "okActions", "insufficientDataActions")
_ARN = "arn:{partition}:cloudwatch:{region}:{account}:alarm:{id}"


def _choices(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the values that are one of a few, and the number of actions (CloudWatch API Reference, PutMetricAlarm)."""
    problems: Failures = []
    for key, allowed in (("treatMissingData", _MISSING), ("comparisonOperator", _COMPARISONS)):
        text = text_of(inputs.get(key))
        if text is not None and text not in allowed:
            problems.append((key, f"{text} is not one of {', '.join(allowed)}"))
    for key in _ACTIONS:
        number = len(items_of(inputs.get(key)))
        if number > _MOST_ACTIONS:
            problems.append((key, f"{number} actions, and an alarm has {_MOST_ACTIONS} at most"))
    return problems


def _one_metric(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that there is one metric with one statistic, or queries of which one has the value of the alarm."""
    if inputs.get("metricQueries") is UNKNOWN:
        return []
    queries = items_of(inputs.get("metricQueries"))
    if inputs.get("metricName") is not None and queries:
        return [("metricQueries", "conflicts with metricName")]
    if queries:
        expressions = [str(query.get("expression", "")) for query in queries if isinstance(query, dict)]
        if any("SEARCH(" in expression.upper() for expression in expressions):
            return [("metricQueries", "an alarm cannot have a SEARCH expression")]
        returned = [query for query in queries if isinstance(query, dict) and query.get("returnData") is True]
        return [] if len(returned) == 1 else [("metricQueries", f"{len(returned)} queries have returnData, not one")]
    if inputs.get("metricName") is None:
        return [("metricName", "needed without metricQueries")]
    statistics = [key for key in ("statistic", "extendedStatistic") if inputs.get(key) is not None]
    return [] if len(statistics) == 1 else [("statistic", "exactly one of statistic and extendedStatistic is needed")]


def _periods(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the period, and that the alarm looks at a day at most, or at a week where its period is an hour or more."""
    period, number = inputs.get("period"), inputs.get("evaluationPeriods")
    problems: Failures = []
    if isinstance(period, int) and (period % 60 or period < 1) and period not in _SHORT_PERIODS:
        problems.append(("period", f"{period} is not a multiple of 60"))
    if isinstance(period, int) and isinstance(number, int):
        longest = 7 * _DAY if period >= _HOUR else _DAY
        if period * number > longest:
            problems.append(("evaluationPeriods", f"{number} periods of {period} s are longer than {longest} s"))
    enough = inputs.get("datapointsToAlarm")
    if isinstance(enough, int) and isinstance(number, int) and enough > number:
        problems.append(("datapointsToAlarm", f"{enough} is more than evaluationPeriods, {number}"))
    return problems


def _pairs(dimensions: Value) -> list[dict[str, Value]]:
    given = dimensions if isinstance(dimensions, Mapping) else {}
    return [{"Name": key, "Value": value} for key, value in sorted(given.items())]


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    metric = query.get("metric")
    made = {
        "Id": query["id"],
        "Expression": query.get("expression"),
        "Label": query.get("label"),
        "Period": query.get("period"),
        "ReturnData": bool(query.get("returnData", False)),
        "MetricStat": metric
        and {
            "Metric": {
                "Namespace": metric["namespace"],
                "MetricName": metric["metricName"],
                "Dimensions": _pairs(metric.get("dimensions")),
            },
            "Period": metric["period"],
            "Stat": metric["stat"],
        },
    }
    return {key: value for key, value in made.items() if value is not None}


class MetricAlarmHandler(ResourceHandler):
    """An alarm, whose dimensions are a map here and a list in AWS."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters with dimensions and queries in AWS's form."""
        plain = {key: value for key, value in inputs.items() if key not in {"dimensions", "metricQueries"}}
        params = super().create_params(context, plain)
        if inputs.get("dimensions"):
            params["Dimensions"] = _pairs(inputs["dimensions"])
        if inputs.get("metricQueries"):
            params["Metrics"] = [_query(query) for query in inputs["metricQueries"]]
        return params

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the alarm with its dimensions as a map."""
        found = super().read(context, resource_id, properties)
        if found:
            found["Dimensions"] = {pair["Name"]: pair["Value"] for pair in found.get("Dimensions", [])}
            found.pop("Metrics", None)
        return found


def _forget_tags_of_deleted_alarms() -> None:
    """Delete the tags of a deleted alarm: moto gives them to the next one of that name."""
    from moto.cloudwatch.models import CloudWatchBackend  # noqa: PLC0415 - the server alone imports moto

    delete = CloudWatchBackend.delete_alarms

    def delete_alarms(self: CloudWatchBackend, alarm_names: list[str]) -> None:
        arns = [self.alarms[name].alarm_arn for name in alarm_names if name in self.alarms]
        delete(self, alarm_names)
        for arn in arns:
            self.tagger.delete_all_tags_for_resource(arn)

    replace_methods(CloudWatchBackend, delete_alarms)


TYPE = ResourceType(
    token="aws:cloudwatch/metricAlarm:MetricAlarm",
    service="cloudwatch",
    create="put_metric_alarm",
    put=True,
    id="{name}",
    read=Lookup(operation="describe_alarms", arguments={"AlarmNames": ["{id}"]}, path="MetricAlarms.0"),
    delete=("delete_alarms", {"AlarmNames": ["{id}"]}),
    renames={
        "name": "AlarmName",
        "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
        "okActions": "OKActions",
    },
    replace=frozenset({"name"}),
    tags=TagCalls(
        member="Tags",
        add="tag_resource",
        remove="untag_resource",
        arguments={"ResourceARN": _ARN},
        read=Lookup(operation="list_tags_for_resource", arguments={"ResourceARN": _ARN}, path="Tags"),
    ),
    name="name",
    outputs={"arn": _ARN},
    defaults={"actionsEnabled": True, "treatMissingData": "missing"},
    empty={"evaluateLowSampleCountPercentiles": ""},
    checks=(_choices, _one_metric, _periods),
    moto_patches=(_forget_tags_of_deleted_alarms,),
    handler=MetricAlarmHandler,
    note="its state changes by set-alarm-state alone: no metric is evaluated",
)
