"""The budget of AWS Budgets: what the stack really costs, compared with its settings' budget."""

from dataclasses import dataclass
from decimal import Decimal

import pulumi
import pulumi_aws as aws

from components.monitoring.cloud.topic import AlertTopic

NOTICES = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
"""What is compared with the budget, and the per cent of it above which a notice is sent."""


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What the stack may cost, and how its costs are known."""

    usd_per_month: float
    """US dollars a month."""
    stack: str
    """Value of the tag ``stack``, by which AWS Budgets finds the costs once it is an active cost allocation tag."""


def budget(
    name: str, cluster_name: str, spending: Spending, alerts: AlertTopic, parent: pulumi.Resource
) -> aws.budgets.Budget:
    """Make the budget of a calendar month."""
    return aws.budgets.Budget(
        name,
        name=cluster_name,
        budget_type="COST",
        time_unit="MONTHLY",
        # Digits only: an amount with an exponent is refused (AWS Budgets API Reference, Spend).
        limit_amount=f"{Decimal(str(spending.usd_per_month)).normalize():f}",
        limit_unit="USD",
        cost_filters=[
            aws.budgets.BudgetCostFilterArgs(name="TagKeyValue", values=[f"user:stack${spending.stack}"]),
        ],
        notifications=[
            aws.budgets.BudgetNotificationArgs(
                notification_type=kind,
                comparison_operator="GREATER_THAN",
                threshold=percent,
                threshold_type="PERCENTAGE",
                subscriber_sns_topic_arns=[alerts.topic.arn],
            )
            for kind, percent in NOTICES
        ],
        # AWS Budgets publishes a test message when it gets the topic.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[alerts.policy]),
    )
