"""Dashboards of CloudWatch."""

import json

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup

_MOST_WIDGETS, _WIDTH, _MOST_METRICS = 500, 24, 500
_KINDS = frozenset({"metric", "text", "log", "alarm", "explorer", "custom"})


def _body(_: ResourceContext, inputs: dict[str, object]) -> Failures:
    """Check the body: JSON with widgets that fit the grid (CloudWatch API Reference, "Dashboard body structure")."""
    text = text_of(inputs.get("dashboardBody"))
    if text is None:
        return []
    try:
        body = json.loads(text)
    except ValueError as error:
        return [("dashboardBody", f"is not JSON: {error}")]
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list) or len(widgets) > _MOST_WIDGETS:
        return [("dashboardBody", f"needs widgets, {_MOST_WIDGETS} at most")]
    problems: Failures = []
    for index, widget in enumerate(widgets):
        where = f"widget {index}"
        if widget.get("type") not in _KINDS or not isinstance(widget.get("properties"), dict):
            problems.append(("dashboardBody", f"{where} needs properties, and a type of {', '.join(sorted(_KINDS))}"))
        elif widget.get("x", 0) + widget.get("width", 6) > _WIDTH:
            problems.append(("dashboardBody", f"{where} is wider than the {_WIDTH} columns of the grid"))
        elif len(widget["properties"].get("metrics", [])) > _MOST_METRICS:
            problems.append(("dashboardBody", f"{where} has more than {_MOST_METRICS} metrics"))
    return problems


TYPE = ResourceType(
    token="aws:cloudwatch/dashboard:Dashboard",
    service="cloudwatch",
    create="put_dashboard",
    put=True,
    id="{dashboardName}",
    read=Lookup(operation="get_dashboard", arguments={"DashboardName": "{id}"}),
    delete=("delete_dashboards", {"DashboardNames": ["{id}"]}),
    replace=frozenset({"dashboardName"}),
    outputs={"dashboardArn": "arn:{partition}:cloudwatch::{account}:dashboard/{id}"},
    checks=(_body,),
)
