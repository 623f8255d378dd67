"""Statements on what Karpenter needs in AWS: its queue, the rules that fill it, the nodes' instance profile, spot's role."""

from collections.abc import Iterator

from cli.operator_policy.statement import Allowed, Place, actions_of

SPOT_ROLE = "role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"


def karpenter_statements(place: Place) -> Iterator[Allowed]:
    """Statements on the resources of the component ``Karpenter``, apart from its roles."""
    yield Allowed(
        sid="UseQueues",
        actions=actions_of(
            "sqs", "CreateQueue DeleteQueue GetQueueAttributes ListQueueTags SetQueueAttributes TagQueue UntagQueue"
        ),
        resources=[place.arn("sqs", "llm-*")],
        because="one queue a cluster, named as the cluster is, llm-STACK",
    )
    yield Allowed(
        sid="UseRules",
        actions=actions_of(
            "events",
            "DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets RemoveTargets TagResource "
            "UntagResource",
        ),
        resources=[place.arn("events", "rule/llm-*")],
        because="Pulumi ends the rules' names with random digits",
    )
    yield Allowed(
        sid="UseInstanceProfiles",
        actions=actions_of(
            "iam",
            "AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile "
            "RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile",
        ),
        resources=[place.arn("iam", "instance-profile/llm-*", region="")],
        because="Pulumi ends the profile's name with random digits; which roles go in, PassRoles holds",
    )
    yield Allowed(
        sid="TagSpotRole",
        actions=actions_of("iam", "TagRole UntagRole"),
        resources=[place.arn("iam", SPOT_ROLE, region="")],
        because="AWS names the role; its tags say which stack made it",
    )
    yield Allowed(
        sid="ListRoles",
        actions=["iam:ListRoles"],
        resources=["*"],
        because="whether the account has spot's role; it only reads, and AWS lets no resource be named for it",
    )
