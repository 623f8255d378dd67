"""Statements on what monitoring needs in AWS: its topic, its alarms and budget, the function that posts to a chat, log groups,
a workspace.

A policy of its own, for stacks with monitoring, as the gateway's is.
"""

from collections.abc import Iterator

from cli.operator_policy.statement import NEW_TAG, OWN, Allowed, Place, actions_of
from settings.models.base import NAMESPACE

_NAMED = "names begin with the cluster's, llm-STACK"


def monitoring_statements(place: Place) -> list[Allowed]:
    """Statements on the resources of the components ``Monitoring`` and ``CloudAlarms``, apart from their roles."""
    return [*_topics(place), *_cloudwatch(place), *_functions(place), *_logs(place), *_workspaces(place)]


def _topics(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="UseTopics",
        actions=actions_of(
            "sns",
            "CreateTopic DeleteTopic GetTopicAttributes ListTagsForResource SetTopicAttributes Subscribe TagResource "
            "UntagResource",
        ),
        resources=[place.arn("sns", "llm-*")],
        because=_NAMED,
    )
    yield Allowed(
        sid="UseSubscriptions",
        actions=actions_of("sns", "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"),
        resources=[place.arn("sns", "llm-*")],
        because="a subscription's ARN is its topic's with an id at its end",
    )


def _cloudwatch(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="UseAlarms",
        actions=actions_of("cloudwatch", "DeleteAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource"),
        resources=[place.arn("cloudwatch", "alarm:llm-*")],
        because=_NAMED,
    )
    yield Allowed(
        sid="LookAtAlarms",
        actions=["cloudwatch:DescribeAlarms"],
        resources=[place.arn("cloudwatch", "alarm:*")],
        because="the provider looks for its alarm among those of the account; it only reads",
    )
    yield Allowed(
        sid="LookAtLoadBalancers",
        actions=actions_of("elasticloadbalancing", "DescribeLoadBalancers DescribeTags"),
        resources=["*"],
        conditions={"StringEquals": {"aws:RequestedRegion": place.region}},
        because="alarms need the ARNs of load balancers that the controller makes; these only read",
    )
    yield Allowed(
        sid="UseDashboards",
        actions=actions_of("cloudwatch", "DeleteDashboards GetDashboard PutDashboard"),
        resources=[place.arn("cloudwatch", "dashboard/llm-*", region="")],
        because=_NAMED,
    )
    yield Allowed(
        sid="UseBudgets",
        actions=actions_of("budgets", "ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget"),
        resources=[place.arn("budgets", "budget/llm-*", region="")],
        because=_NAMED,
    )


def _functions(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="UseFunctions",
        actions=actions_of(
            "lambda",
            "AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency GetFunction GetFunctionCodeSigningConfig "
            "GetPolicy ListTags ListVersionsByFunction PutFunctionConcurrency RemovePermission TagResource UntagResource "
            "UpdateFunctionCode UpdateFunctionConfiguration",
        ),
        resources=[place.arn("lambda", "function:llm-*")],
        because=_NAMED,
    )


def _logs(place: Place) -> Iterator[Allowed]:
    groups = [place.arn("logs", f"log-group:{name}") for name in ("/aws/containerinsights/llm-*", "/aws/lambda/llm-*")]
    yield Allowed(
        sid="UseLogGroupsOfMonitoring",
        actions=actions_of(
            "logs",
            "AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey ListTagsForResource "
            "PutRetentionPolicy TagResource UntagResource",
        ),
        resources=groups,
        because=f"{_NAMED}; those of containers and nodes, and of the function; each is made with a key",
    )


def _workspaces(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="CreateWorkspaces",
        actions=["aps:CreateWorkspace"],
        resources=["*"],
        conditions={"StringEquals": {NEW_TAG: NAMESPACE, "aws:RequestedRegion": place.region}},
        because="a new workspace has no id yet; it must carry the platform's tag",
    )
    yield Allowed(
        sid="UseWorkspaces",
        actions=actions_of(
            "aps",
            "DeleteWorkspace DescribeLoggingConfiguration DescribeWorkspace ListTagsForResource TagResource UntagResource "
            "UpdateWorkspaceAlias",
        ),
        resources=[place.arn("aps", "workspace/*")],
        conditions=OWN,
        because="AMP makes the ids; the tag says whose it is",
    )
