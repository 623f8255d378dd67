"""Budgets of AWS Budgets, with their notifications."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import items_of, text_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, TagCalls
from rehearsal.plugins.wire import Properties

_ACCOUNT_AND_NAME = {"AccountId": "{account}", "BudgetName": "{name}"}
_MOST_NOTIFICATIONS = 5
_DATE = "%Y-%m-%d_%H:%M"
"""Form in which the real provider writes dates."""


def _notifications(_: ResourceContext, inputs: Properties) -> Failures:
    """Check number and subscribers of the notifications, and the limit (AWS Budgets API Reference)."""
    problems: Failures = []
    found = items_of(inputs.get("notifications"))
    if len(found) > _MOST_NOTIFICATIONS:
        problems.append(
            ("notifications", f"{len(found)} notifications, and a budget has {_MOST_NOTIFICATIONS} at most")
        )
    for index, one in enumerate(found):
        if isinstance(one, Mapping) and not (one.get("subscriberEmailAddresses") or one.get("subscriberSnsTopicArns")):
            problems.append((f"notifications[{index}]", "needs a subscriber"))
    amount = text_of(inputs.get("limitAmount"))
    if amount is not None and not amount.replace(".", "", 1).isdigit():
        problems.append(("limitAmount", f"{amount} is not an amount"))
    return problems


class BudgetHandler(ResourceHandler):
    """A budget; moto cannot change one, so a change writes it again under its name."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return account, budget, notifications and tags."""
        budget: dict[str, Any] = {
            "BudgetName": inputs["name"],
            "BudgetType": inputs["budgetType"],
            "TimeUnit": inputs["timeUnit"],
            "BudgetLimit": {"Amount": str(inputs["limitAmount"]), "Unit": inputs["limitUnit"]},
            "CostFilters": {one["name"]: list(one["values"]) for one in inputs.get("costFilters") or []},
        }
        notifications = [
            {
                "Notification": {
                    "NotificationType": one["notificationType"],
                    "ComparisonOperator": one["comparisonOperator"],
                    "Threshold": float(one["threshold"]),
                    "ThresholdType": one["thresholdType"],
                },
                "Subscribers": [
                    *({"SubscriptionType": "SNS", "Address": arn} for arn in one.get("subscriberSnsTopicArns") or []),
                    *({"SubscriptionType": "EMAIL", "Address": to} for to in one.get("subscriberEmailAddresses") or []),
                ],
            }
            for one in inputs.get("notifications") or []
        ]
        account = context.fill("{account}", {})
        params = {"AccountId": account, "Budget": budget, "NotificationsWithSubscribers": notifications}
        tags = [{"Key": key, "Value": value} for key, value in sorted((inputs.get("tags") or {}).items())]
        return params | ({"ResourceTags": tags} if tags else {})

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the budget with limit and filters as the program writes them."""
        found = super().read(context, resource_id, {**properties, "name": resource_id.partition(":")[2]})
        if found is None:
            return None
        filters = [{"name": key, "values": values} for key, values in sorted(found.get("CostFilters", {}).items())]
        limit = found["BudgetLimit"]
        return {**found, "CostFilters": filters, "LimitAmount": limit["Amount"], "LimitUnit": limit["Unit"]}

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs; a budget without a start began with this month."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        first = dt.datetime.now(dt.UTC).replace(day=1, hour=0, minute=0)
        outputs.setdefault("timePeriodStart", before.get("timePeriodStart") or first.strftime(_DATE))
        return outputs

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Write it again."""
        self.delete(context, resource_id, old, outputs)
        self.create(context, new)


TYPE = ResourceType(
    token="aws:budgets/budget:Budget",
    service="budgets",
    create="create_budget",
    id="{account}:{name}",
    read=Lookup(operation="describe_budget", arguments=_ACCOUNT_AND_NAME, path="Budget"),
    delete=("delete_budget", _ACCOUNT_AND_NAME),
    skip=frozenset({"accountId", "namePrefix", "notifications", "timePeriodEnd", "timePeriodStart"}),
    replace=frozenset({"accountId", "name", "namePrefix"}),
    tags=TagCalls(member="ResourceTags"),
    name="name",
    name_length=100,
    outputs={"arn": "arn:{partition}:budgets::{account}:budget/{name}", "accountId": "{account}"},
    empty={**NAME_PREFIX, "costFilters": [], "timePeriodEnd": "2087-06-15_00:00"},
    checks=(_notifications,),
    handler=BudgetHandler,
    note="nothing is spent, so no notification is sent",
)
