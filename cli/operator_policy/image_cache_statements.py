"""Statements on the pull-through caches of images in Amazon ECR.

A policy of its own, for stacks with ``images.pull_through``, as the gateway's is.
"""

from cli.operator_policy.statement import Allowed, Place, actions_of

LINKED_SERVICES = ("ecr", "pullthroughcache.ecr")
"""Services of ECR that have a role in the account: for repositories of templates, and for the secrets of rules."""


def image_cache_statements(place: Place) -> list[Allowed]:
    """Statements on the resources of the component ``PullThroughCache``, and on what AWS requires of the caller for them."""
    return [
        Allowed(
            sid="UseCacheRules",
            actions=actions_of(
                "ecr",
                "CreatePullThroughCacheRule CreateRepositoryCreationTemplate DeletePullThroughCacheRule "
                "DeleteRepositoryCreationTemplate DescribePullThroughCacheRules DescribeRepositoryCreationTemplates "
                "UpdatePullThroughCacheRule UpdateRepositoryCreationTemplate",
            ),
            resources=["*"],
            conditions={"StringEquals": {"aws:RequestedRegion": place.region}},
            because="AWS lets neither a rule nor a template be named: they are the registry's of the account and region",
        ),
        Allowed(
            sid="MakeCachedRepositories",
            actions=actions_of("ecr", "CreateRepository PutLifecyclePolicy"),
            resources=[place.arn("ecr", f"repository/{prefix}/*") for prefix in place.image_prefixes],
            because="repositories that cache images are named as in their registries, below the prefix of the stack",
        ),
        Allowed(
            sid="ReadCacheSecrets",
            actions=["secretsmanager:GetSecretValue"],
            resources=[place.arn("secretsmanager", "secret:ecr-pullthroughcache/*")],
            because="Secrets Manager ends the ARNs with random letters; ECR takes secrets of this name only",
        ),
        Allowed(
            sid="LinkCacheRoles",
            actions=["iam:CreateServiceLinkedRole"],
            resources=[place.arn("iam", "role/aws-service-role/*", region="")],
            conditions={"StringEquals": {"iam:AWSServiceName": [f"{one}.amazonaws.com" for one in LINKED_SERVICES]}},
            because="AWS names these roles; the services are listed",
        ),
    ]
